using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>An event that was not taken, as its sender was told.</summary>
/// <param name="At">When it was posted; <paramref name="Time"/> is the business time it bore.</param>
/// <param name="Index">Its place in the batch, from 0.</param>
public sealed record RejectedEvent(
    DateTimeOffset At, int Index, string? Source, string? Id, string? Type, string? Subject, DateTimeOffset? Time, JsonElement Problem);

/// <summary>
/// What was refused is kept for its sender: a county whose system logs nothing can still see why. Only what it was told and what names the
/// event; its content the sender has. Thirty days, and the last ten thousand of a client.
/// </summary>
internal static class Rejected
{
    private const int Most = 10_000;

    public static async Task Keep(NpgsqlDataSource db, string client, IReadOnlyList<(CloudEvent? Event, int Index, Problem Problem)> events, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            $"""
            with kept as (
                insert into edge.rejected (client, index, source, id, type, subject, time, code, problem)
                select $1, * from unnest($2, $3, $4, $5, $6, $7, $8, $9) returning number
            )
            delete from edge.rejected r using (select min(number) first, count(*) many from kept) k
            where k.first % 256 < k.many and (r.at < now() - interval '30 days'
                or (r.client = $1 and r.number < (select number from edge.rejected where client = $1 order by number desc offset {Most} limit 1)))
            """).With(client).With<int[]>([.. events.Select(e => e.Index)]);
        Texts(e => e.Event?.Source);
        Texts(e => e.Event?.Id);
        Texts(e => e.Event?.Type);
        Texts(e => e.Event?.Subject);
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset?[]>
        {
            TypedValue = [.. events.Select(e => e.Event?.Time.ToUniversalTime())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        });
        Texts(e => e.Problem.Code);
        command.Parameters.Add(new NpgsqlParameter<byte[][]>
        {
            TypedValue = [.. events.Select(e => JsonSerializer.SerializeToUtf8Bytes(e.Problem, WireJson.Options))], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Json,
        });
        await command.ExecuteNonQueryAsync(stop);

        void Texts(Func<(CloudEvent? Event, int Index, Problem Problem), string?> text) => command.Parameters.Add(new NpgsqlParameter<string?[]>
        {
            TypedValue = [.. events.Select(e => text(e) is { } said ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(said)).Replace('\0', '\ufffd') : null)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
    }

    public static async Task<IResult> List(HttpContext http, NpgsqlDataSource db, string? code, string? cursor, int? limit)
    {
        var before = long.MaxValue;
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
            return Problems.Of(refusal);
        if (after is not null && !long.TryParse(after[0], CultureInfo.InvariantCulture, out before))
            return Problems.Of(Domain.Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it."));
        await using var command = db.CreateCommand(
            """
            select number, at, index, source, id, type, subject, time, problem from edge.rejected
            where client = $1 and number < $2 and ($3::text is null or code = $3) order by number desc limit $4
            """).With(http.Client().Id).With(before).With(code);
        var numbers = new List<long>();
        return await Lists.Of(
            http, command, limit,
            r =>
            {
                numbers.Add(r.GetInt64(0));
                return new RejectedEvent(
                    r.GetFieldValue<DateTimeOffset>(1), r.GetInt32(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Time(7),
                    JsonSerializer.Deserialize<JsonElement>(r.GetFieldValue<byte[]>(8)));
            },
            _ => [numbers[^2].ToString(CultureInfo.InvariantCulture)], HttpJson.Api.PageRejectedEvent);
    }
}
