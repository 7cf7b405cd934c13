using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>One fact about a resource.</summary>
/// <param name="At">When it happened; <paramref name="RecordedAt"/> when it was stored.</param>
/// <param name="Client">Who did it, with the person in <paramref name="Actor"/>.</param>
/// <param name="Source">The sender's source and id, where it came as an event.</param>
/// <param name="Data">The fact as stored.</param>
public sealed record HistoryItem(
    long Version, long Position, Guid Id, string Type, DateTimeOffset At, DateTimeOffset RecordedAt, string Client, string? Actor,
    string? Source, string? SourceId, JsonElement Data);

/// <param name="Next">Cursor of the next page; absent at the end.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryItem> Items, string? Next);

/// <summary>The history of a resource: its stream, oldest first.</summary>
public static class History
{
    /// <param name="about">Which of the stream's facts are about the resource; all where null.</param>
    public static async Task<IResult> Of(
        HttpContext http, NpgsqlDataSource db, EventTypes types, string stream, string? cursor, int limit, Func<Event, bool>? about = null)
    {
        var after = 0L;
        if (limit is < 1 or > 500 || (cursor is not null && !long.TryParse(cursor, out after)))
        {
            return Problems.Of(Refusal.Malformed("parameter.malformed", "limit is 1 to 500, cursor is what the page before answered as next."));
        }

        var items = new List<HistoryItem>();
        string? next = null;
        while (next is null)
        {
            var page = await StoredEvents.OfStream(db, types, stream, after, 1_000, http.RequestAborted);
            foreach (var e in page.Where(e => about is null || about(e.Fact)))
            {
                if (items.Count == limit)
                {
                    next = items[^1].Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    break;
                }

                items.Add(new HistoryItem(
                    e.Version, e.Position, e.Id, e.Type, e.Fact.At, e.Recorded, e.Fact.By.Client, e.Fact.By.Actor,
                    e.Headers.Source, e.Headers.Id, JsonSerializer.Deserialize<JsonElement>(e.Data.Span)));
            }

            if (page.Count < 1_000)
            {
                break;
            }

            after = page[^1].Version;
        }

        if (next is not null)
        {
            http.Response.Headers.Append("Link", $"<{http.Request.Path}?limit={limit}&cursor={next}>; rel=\"next\"");
        }

        return items.Count == 0 && after == 0 && cursor is null
            ? Problems.Of(Refusal.NotFound("resource.unknown", "There is no such resource."))
            : Results.Json(new HistoryPage(items, next), HttpJson.Api.HistoryPage);
    }
}
