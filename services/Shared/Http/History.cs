using System.Globalization;
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
        HttpContext http, NpgsqlDataSource db, EventTypes types, string stream, string? cursor, int? limit, Func<Event, bool>? about = null)
    {
        var after = 0L;
        if (limit is < 1 or > Lists.MostItems || (cursor is not null && !long.TryParse(cursor, out after)))
        {
            return Problems.Of(Refusal.Malformed("parameter.malformed", $"limit is 1 to {Lists.MostItems}, cursor is what the page before answered as next."));
        }

        var (items, next) = await Page(after, limit ?? Lists.DefaultLimit);
        if (items.Count == 0 && cursor is null)
        {
            return Problems.Of(Refusal.NotFound("resource.unknown", "There is no such resource."));
        }

        if (next is not null)
        {
            Lists.Link(http, next);
        }

        return await Lists.Of(http, new HistoryPage(items, next), HttpJson.Api.HistoryPage, items, HttpJson.Api.HistoryItem, Pages);

        async IAsyncEnumerable<IReadOnlyList<HistoryItem>> Pages()
        {
            for (var from = (string?)"0"; from is not null;)
            {
                (var page, from) = await Page(long.Parse(from, CultureInfo.InvariantCulture), Lists.MostItems);
                yield return page;
            }
        }

        async Task<(List<HistoryItem> Items, string? Next)> Page(long from, int most)
        {
            var (found, bytes) = (new List<HistoryItem>(), 0L);
            while (true)
            {
                var (page, more) = await StoredEvents.OfStream(db, types, stream, from, 1_000, http.RequestAborted);
                foreach (var e in page.Where(e => about is null || about(e.Fact)))
                {
                    if (found.Count == most || bytes >= StoredEvents.MostBytes)
                    {
                        return (found, found[^1].Version.ToString(CultureInfo.InvariantCulture));
                    }

                    found.Add(new HistoryItem(
                        e.Version, e.Position, e.Id, e.Type, e.Fact.At, e.Recorded, e.Fact.By.Client, e.Fact.By.Actor,
                        e.Headers.Source, e.Headers.Id, JsonSerializer.Deserialize<JsonElement>(e.Data.Span)));
                    bytes += e.Data.Length;
                }

                if (!more)
                {
                    return (found, null);
                }

                from = page[^1].Version;
            }
        }
    }
}
