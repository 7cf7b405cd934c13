using System.Text.Json;
using RabbitMQ.Client;
using Restoration.Messaging;

namespace Restoration.Updates.Feed;

/// <summary>
/// Asks sources for what is missing, one request at a time: while a replay makes progress no other is asked for, and one that brings
/// nothing is asked for again, less and less often.
/// </summary>
public sealed class ReplayRequests(TimeSpan pause, TimeProvider clock)
{
    private readonly Dictionary<string, (DateTimeOffset Until, TimeSpan Pause)> _outstanding = [];

    public bool MayAsk(string source)
    {
        var now = clock.GetUtcNow();
        if (!_outstanding.TryGetValue(source, out var last))
        {
            _outstanding[source] = (now + pause, pause);
            return true;
        }
        if (now < last.Until) return false;
        var longer = last.Pause * 2 < pause * 12 ? last.Pause * 2 : pause * 12;
        _outstanding[source] = (now + longer, longer);
        return true;
    }

    public void Progressed(string source)
    {
        if (!_outstanding.TryGetValue(source, out var last)) return;
        if (clock.GetUtcNow() < last.Until) _outstanding[source] = (clock.GetUtcNow() + pause, pause);
        else _outstanding.Remove(source);
    }

    public static async Task AskAsync(IChannel channel, string source, Known known)
    {
        await FeedWire.DeclareRequestsAsync(channel, source);
        var request = new ReplayRequest("updates", known.Position, known.Epoch);
        var body = JsonSerializer.SerializeToUtf8Bytes(request, JsonSerializerOptions.Web);
        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent };
        // The client's confirms do not survive a cancelled publish, so the wait has a limit instead.
        await channel.BasicPublishAsync("", FeedWire.RequestsOf(source), mandatory: true, properties, body, CancellationToken.None)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }
}
