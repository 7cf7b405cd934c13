using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Positions = System.Collections.Generic.IReadOnlyList<System.Collections.Generic.KeyValuePair<string, long>>;

namespace Restoration.Http;

/// <summary>
/// Answers that rest on what follows asynchronously say how far each source is in them (<c>X-View-Position: registry:123,mines:88</c>),
/// and wait for positions that the caller names.
/// </summary>
public sealed class Freshness
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(20);

    /// <summary>By roll-up: what is in it of other services, and what will be when it has applied a position of its own log.</summary>
    private readonly ConcurrentDictionary<string, (Positions Held, (long Head, Positions Positions)? Coming)> _foreign = new();

    /// <summary>Waits up to two seconds for <paramref name="minPosition"/>; answers a refusal where it is malformed or does not come.</summary>
    /// <param name="view">The roll-up that is asked; null where the rows are written in the append, which holds all of the own log.</param>
    /// <param name="minPosition"><c>registry:123</c>, several separated by commas.</param>
    /// <param name="sources">Other services whose facts the answer rests on.</param>
    public static async Task<IResult?> Reach(HttpContext http, string? view, string? minPosition, params IReadOnlyList<string> sources)
    {
        var own = http.RequestServices.GetRequiredService<Intake>().Service;
        var wanted = new List<(string Source, long Position)>();
        foreach (var part in minPosition?.Split(',') ?? [])
        {
            if (part.Trim().Split(':') is not [var source, var number] || (source != own && !sources.Contains(source))
                || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
            {
                return Problems.Of(Refusal.Malformed(
                    "parameter.malformed", "minPosition is <source>:<position>, as X-Position answered it; several are separated by commas.",
                    new Fault("?minPosition", $"The sources of this answer are {string.Join(", ", sources.Prepend(own))}.")));
            }

            wanted.Add((source, position));
        }

        var (clock, freshness) = (http.RequestServices.GetRequiredService<TimeProvider>(), http.RequestServices.GetRequiredService<Freshness>());
        for (var started = clock.GetTimestamp(); ; await Task.Delay(s_again, clock, http.RequestAborted))
        {
            var at = await freshness.At(http, own, view, sources);
            http.Response.Headers["X-View-Position"] = string.Join(',', at.Select(p => $"{p.Key}:{p.Value}"));
            if (wanted.All(w => at.FirstOrDefault(p => p.Key == w.Source).Value >= w.Position))
            {
                return null;
            }

            if (clock.GetElapsedTime(started) > s_wait)
            {
                return new ProblemResult(
                    StatusCodes.Status503ServiceUnavailable, "view.behind", $"This is at {http.Response.Headers["X-View-Position"]}.", null, TimeSpan.FromSeconds(1));
            }
        }
    }

    private async Task<Positions> At(HttpContext http, string own, string? view, IReadOnlyList<string> sources)
    {
        var reached = http.RequestServices.GetService<Gaps>()?.Reached; // before the head: what they brought is recorded by then
        await using var command = http.RequestServices.GetRequiredService<NpgsqlDataSource>().CreateCommand(
            """
            select coalesce((select max(seq_id) from events.mt_events), 0), coalesce((select last_seq_id from events.mt_event_progression where name = $1), 0),
                array(select source from edge.known order by source), array(select greatest(position, reached) from edge.known order by source)
            """).With($"view:{view}");
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        await reader.ReadAsync(http.RequestAborted);
        var (head, applied) = (reader.GetInt64(0), reader.GetInt64(1));
        var known = reader.GetFieldValue<string[]>(2).Zip(reader.GetFieldValue<long[]>(3)).ToDictionary(k => k.First, k => k.Second);
        Positions foreign = [.. sources.Select(s => KeyValuePair.Create(s, Math.Max(known.GetValueOrDefault(s), reached?.GetValueOrDefault(s) ?? 0)))];
        return view is null ? [new(own, head), .. foreign] : [new(own, applied), .. Held(view, head, applied, foreign)];
    }

    /// <summary>What others brought is in a roll-up when it has applied what was recorded of it.</summary>
    private Positions Held(string view, long head, long applied, Positions foreign) => _foreign.AddOrUpdate(
        view,
        _ => applied >= head ? (foreign, null) : ([], (head, foreign)),
        (_, was) => applied >= head ? (foreign, null)
            : was.Coming is { } coming ? applied >= coming.Head ? (coming.Positions, (head, foreign)) : was
            : (was.Held, (head, foreign))).Held;
}
