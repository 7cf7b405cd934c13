using System.Globalization;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>The list of projects with every filter that a dashboard has.</summary>
internal static class ProjectLists
{
    /// <summary>The mean of its measures' verified shares, as the summary has it.</summary>
    private const string Share =
        """
        (select avg(least(1, coalesce((select sum(t.verified) from part_totals t where t.measure_id = u.id), 0) / u.target)) from unnest(p.measure_ids, p.targets) u(id, target))
        """;

    /// <summary>How a list is ordered: what the order is, what comes after a cursor ($18, $19, $20), and the keys of an item.</summary>
    private sealed record Order(string By, string After, Func<ProjectItem, string[]> Keys);

    private static readonly Dictionary<string, Order> s_orders = new()
    {
        ["number"] = new(
            "p.plan_id, coalesce(p.number, 0), p.id", "(p.plan_id, coalesce(p.number, 0), p.id) > ($18, $19, $20)", p => [p.PlanId, Text(p.Number ?? 0), p.Id]),
        ["name"] = new(
            """p.name collate "zh-x-icu", p.id""", """(p.name collate "zh-x-icu", p.id) > ($18 collate "zh-x-icu", $20) and $19::numeric is not null""", p => [p.Name, "0", p.Id]),
        ["estimate"] = new(
            "coalesce(p.estimate, -1) desc, p.id", "(coalesce(p.estimate, -1) < $19 or coalesce(p.estimate, -1) = $19 and p.id > $20) and $18::text is not null",
            p => ["", Text(p.Estimate?.Yuan ?? -1), p.Id]),
        ["share"] = new(
            "round(coalesce(share, -1), 4) desc, p.id", "(round(coalesce(share, -1), 4) < $19 or round(coalesce(share, -1), 4) = $19 and p.id > $20) and $18::text is not null",
            p => ["", Text(p.Share ?? -1), p.Id]),
    };

    public static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? planId, string? programmeId, string? keyWorkId, string? kind, string? state, string? leadUnit,
        string? division, string? town, string? scheduleState, string? channel, string? approvingDivision, string? name, int? year, Moment? changedSince, string? sort,
        string? cursor, int? limit, string? minPosition)
    {
        var (refusal, number) = (Lists.Begin(http, cursor, limit, keys: 3, out var after), 0m);
        if (refusal is null && !s_orders.ContainsKey(sort ?? "number"))
        {
            refusal = Refusal.Malformed("parameter.malformed", $"sort is one of {string.Join(", ", s_orders.Keys)}.", new Fault("?sort", "There is no such order."));
        }

        if (refusal is null && after is not null && !decimal.TryParse(after[1], NumberStyles.Number, CultureInfo.InvariantCulture, out number))
        {
            refusal = Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it.");
        }

        if (refusal is not null)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, sort == "share" ? ProgressTotals.Name : null, minPosition, "funding") is { } behind)
        {
            return behind;
        }

        var order = s_orders[sort ?? "number"];
        var (seen, asked) = (await territory.Seen(http.Client()), await territory.Asked(division));
        // The share of each project only where it is the order; else of those that are answered.
        var from = sort == "share" ? $"(select p.*, {Share} share from projects p) p" : "projects p";
        await using var command = db.CreateCommand(
            $"""
            select {ProjectViews.ItemColumns}, {(sort == "share" ? "share" : Share)}, j.state
            from {from} left join schedules j on j.project_id = p.id
            where {ProjectViews.Seen} and ($3::text is null or p.plan_id = $3) and ($4::text is null or p.programme_id = $4) and ($5::text is null or p.key_work_id = $5)
              and ($6::text is null or p.kind = $6) and ($7::text is null or p.state = $7) and ($8::text is null or p.lead_unit = $8)
              and ($9::text[] is null or p.division = any($9) or p.counties && $9 or (cardinality(p.counties) = 0 and p.division = any($10)))
              and ($11::text is null or jsonb_exists(p.definition->'towns', $11)) and ($12::text is null or j.state = $12)
              and ($13::text is null or exists (select from jsonb_array_elements(p.definition->'fundingPlan') f where f->>'channel' = $13))
              and ($14::text is null or coalesce(p.life->>'approvingDivision', p.division) = $14) and ($15::text is null or strpos(lower(p.name), lower($15)) > 0)
              and ($16::int is null or exists (select from unnest(p.years_from, p.years_to) y(a, b) where $16 between y.a and y.b))
              and ($17::timestamptz is null or exists (select from events.mt_streams s where s.id = 'project-' || p.id and s.timestamp >= $17))
              and ($20::text is null or {order.After})
            order by {order.By} limit $21
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(planId).Add(programmeId).Add(keyWorkId).Add(kind).Add(state).Add(leadUnit).Add(asked.Under).Add(asked.Path)
            .Add(town).Add(scheduleState).Add(channel).Add(approvingDivision).Add(name).Add(year).Add(changedSince?.At).Add(after?[0]).Add(number).Add(after?[2]);
        return await Lists.Of(http, command, limit, r => ProjectViews.Item(r, progress: true), order.Keys, Wire.Api.PageProjectItem);
    }

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
