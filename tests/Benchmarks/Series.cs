using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Benchmarks;

/// <summary>A small event of a service, about 160 bytes.</summary>
[StoredAs("quantity-measured.v1")]
public sealed record Measured(By By, DateTimeOffset At, string Point, string Division, decimal Value, string Unit) : Event(By, At);

public sealed record Series(long Count, decimal Total);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Measured))]
internal sealed partial class SeriesJson : JsonSerializerContext;

/// <summary>Series of measurements: as many streams as a benchmark wants, and every way in which a service would write to them.</summary>
internal static class Measuring
{
    /// <summary>A table of rows written in the append, and a table beside the log's with its columns and indexes.</summary>
    public const string Schema = """
        create schema views;
        create table views.series (id text primary key, count bigint not null, total numeric not null, version bigint not null);
        grant usage on schema views to {role};
        grant select, insert, update, delete on all tables in schema views to {role};
        """;

    private static readonly RowTable s_rows = new("views.series", """
        insert into views.series (id, count, total, version) select id, count, total, version
        from jsonb_to_recordset($1) r(id text, count bigint, total numeric, version bigint)
        on conflict (id) do update set count = excluded.count, total = excluded.total, version = excluded.version
        """);

    private static readonly By s_by = new("reporter-360703", "1001");
    private static readonly DateTimeOffset s_at = new(2025, 12, 31, 8, 0, 0, TimeSpan.Zero);

    public static readonly EventTypes Types = new(typeof(Measuring).Assembly, SeriesJson.Default);

    public static readonly Aggregate<Series, Measured> Kind = new("series", new Series(0, 0), Fold);

    private static readonly Aggregate<Series, Measured> s_shown = new(
        "series", new Series(0, 0), Fold,
        (version, series, recorded) => [new Row(
            s_rows, ((Measured)recorded[0]).Point,
            JsonSerializer.SerializeToUtf8Bytes(new { id = ((Measured)recorded[0]).Point, count = series.Count, total = series.Total, version }))]);

    public static string Stream(long number) => $"series-{number:d7}";

    public static Measured Fact(long stream, int value) => new(s_by, s_at, $"point-{stream:d7}", "360703", value / 100m, "万m³");

    /// <summary>As a command over HTTP: events, the stored reply under its key, headers with the trace.</summary>
    public static Work Command(long stream, int events = 1) => new()
    {
        Decide = streams => Record(streams, Kind, stream, events),
        Key = new ReplyKey("reporter-360703 POST /v1/registry/points", Guid.NewGuid().ToString(), Hash($"{stream}")),
        Answer = (streams, _) => new Reply(
            200, "application/json; charset=utf-8",
            Encoding.UTF8.GetBytes($$"""{"id":"{{stream}}","version":{{streams.Version(Kind, Stream(stream))}}}"""),
            $"\"{streams.Version(Kind, Stream(stream))}\""),
        Headers = new EventHeaders("/v1/registry/points", null, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        Correlation = "0af7651916cd43dd8448eb211c80319c",
    };

    /// <summary>As a CloudEvent: a claim, and the row of the stream that callers read back.</summary>
    public static Work Claimed(long stream)
    {
        var id = Guid.NewGuid().ToString();
        return new()
        {
            Decide = streams => Record(streams, s_shown, stream, 1),
            Claim = new Claim("/county/360703", id, Hash(id)),
            Headers = new EventHeaders("/county/360703", id, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            Correlation = "0af7651916cd43dd8448eb211c80319c",
            Causation = id,
        };
    }

    private static Series Fold(Series series, Measured fact) => new(series.Count + 1, series.Total + fact.Value);

    private static Refusal? Record(Streams streams, Aggregate<Series, Measured> kind, long stream, int events)
    {
        var name = Stream(stream);
        var count = (int)streams.Get(kind, name).Count;
        return streams.Record(kind, name, [.. Enumerable.Range(count, events).Select(value => Fact(stream, value))]);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
