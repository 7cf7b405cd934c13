using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Restoration.Domain;

namespace Restoration.Messaging;

/// <summary>A message that the broker keeps aside.</summary>
/// <param name="Letter">The fact; null where it cannot be read as one.</param>
/// <param name="Settled">Takes it off its queue for good.</param>
internal sealed record Kept(DeadLetter Seen, Letter? Letter, Func<ValueTask> Settled);

/// <summary>
/// What the broker keeps aside for a service: its dead-letter queue, and the queues that the bus makes. Looking takes nothing away:
/// what was not settled goes back when the look is over.
/// </summary>
public sealed class Aside(Broker broker, NpgsqlDataSource db, Receiver receiver)
{
    private const string Dlq = "dlq";
    private const int MostSettled = 500, LongestText = 2_000;
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(250);

    public static string[] Places { get; } = [Dlq, "error", "skipped"];

    /// <summary>Shows at most so many messages, in the order of the places.</summary>
    /// <exception cref="UnavailableException">The broker is out of reach.</exception>
    internal async Task<T> Visit<T>(IReadOnlyList<string> places, int most, Func<IReadOnlyList<Kept>, Task<T>> act, CancellationToken stop)
    {
        // Messages in one hand are hidden from another: one looks at a time, of all replicas.
        await using var turn = await db.OpenConnectionAsync(stop);
        await using var held = await turn.BeginTransactionAsync(stop);
        await using var wait = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('dead-letters', 0))", turn);
        await wait.ExecuteNonQueryAsync(stop);
        try
        {
            await using var connection = await broker.Connect(stop);
            var kept = new List<Kept>();
            foreach (var place in places)
                await Read(connection, place, most, kept, stop);
            return await act(kept);
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException)
        {
            throw new UnavailableException("The broker is out of reach.", TimeSpan.FromSeconds(5), e);
        }
    }

    /// <summary>
    /// A fact that lies here twice was sent again and given up again; once more would only harm once more. It becomes a dead letter of the
    /// table. Answers how many did.
    /// </summary>
    internal Task<int> Settle(CancellationToken stop) => Visit(
        [Dlq], MostSettled,
        async kept =>
        {
            var repeated = kept.Where(k => k.Letter is not null).GroupBy(k => k.Seen.Id).Where(copies => copies.Count() > 1).ToList();
            foreach (var copies in repeated)
            {
                await receiver.Bury(copies.First().Letter!, copies.First().Seen.Reason, stop);
                foreach (var copy in copies)
                    await copy.Settled();
            }

            return repeated.Count;
        },
        stop);

    /// <summary>By consuming, since a queue with a single active consumer, as the bus makes them, gives nothing away otherwise.</summary>
    private async Task Read(IConnection connection, string place, int most, List<Kept> kept, CancellationToken stop)
    {
        if (kept.Count >= most)
            return;
        var queue = place == Dlq ? $"{receiver.Service}-{place}" : $"{receiver.Service}_{place}";
        var channel = await connection.CreateChannelAsync(cancellationToken: stop);
        try
        {
            var until = kept.Count + Math.Min(most - kept.Count, (await channel.QueueDeclarePassiveAsync(queue, stop)).MessageCount);
            await channel.BasicQosAsync(0, (ushort)(most - kept.Count), false, stop);
            var arriving = Channel.CreateUnbounded<Kept>();
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, message) => arriving.Writer.WriteAsync(Show(channel, place, message), stop).AsTask();
            await channel.BasicConsumeAsync(queue, autoAck: false, consumer, stop);
            while (kept.Count < most)
                kept.Add(await arriving.Reader.ReadAsync(stop).AsTask().WaitAsync(kept.Count < until ? s_late : s_quiet, stop));
        }
        catch (TimeoutException)
        {
            // That was all.
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            // There never was a reason to make this queue.
        }
    }

    private Kept Show(IChannel channel, string place, BasicDeliverEventArgs message)
    {
        var headers = message.BasicProperties.Headers ?? new Dictionary<string, object?>();
        var body = message.Body.ToArray(); // the client takes its buffer back
        Letter? letter = null;
        try
        {
            letter = Letter.Read(name => headers.TryGetValue(name, out var value) ? value : null, body, receiver.Service);
        }
        catch (Exception e) when (e is FormatException or JsonException or OverflowException)
        {
            // Not a fact; it is shown as it is.
        }

        var id = Text(headers, "cloudEvents_id") ?? message.BasicProperties.MessageId ?? Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16));
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, LongestText)));
        var (reason, died) = Story(headers);
        return new Kept(
            new DeadLetter(
                place, letter?.Id.ToString() ?? id, letter?.Source ?? Text(headers, "cloudEvents_source"), letter?.Stream ?? Text(headers, "cloudEvents_stream"),
                letter?.Version, letter?.Type ?? Text(headers, "cloudEvents_type"), reason, died, null,
                letter?.Data ?? JsonSerializer.SerializeToElement(text, LetterJson.Default.String)),
            letter, () => channel.BasicAckAsync(message.DeliveryTag, multiple: false, CancellationToken.None));
    }

    /// <summary>What the broker (<c>x-death</c>) and the bus (<c>MT-Fault-…</c>) wrote on a message, and when.</summary>
    private static (string Reason, DateTimeOffset? Died) Story(IDictionary<string, object?> headers)
    {
        string?[] parts = [Text(headers, "MT-Reason"), Text(headers, "MT-Fault-ExceptionType"), Text(headers, "MT-Fault-Message"), null];
        DateTimeOffset? died = DateTimeOffset.TryParse(Text(headers, "MT-Fault-Timestamp"), CultureInfo.InvariantCulture, out var fault) ? fault : null;
        if (headers.TryGetValue("x-death", out var deaths) && deaths is IList<object> and [IDictionary<string, object?> death, ..])
        {
            parts[^1] = $"{Text(death, "reason")} in {Text(death, "queue")}, {Text(death, "count")} times";
            died ??= death.TryGetValue("time", out var time) && time is AmqpTimestamp stamp ? DateTimeOffset.FromUnixTimeSeconds(stamp.UnixTime) : null;
        }

        return (string.Join(": ", parts.OfType<string>()), died);
    }

    private static string? Text(IDictionary<string, object?> headers, string name) => headers.TryGetValue(name, out var value) ? Letter.TextOf(value) : null;
}
