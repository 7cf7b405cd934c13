using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>The roll-up behind plan summaries: whatever comes in, it is what the log adds up to.</summary>
public sealed class ProgressTotalsTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    /// <summary>Reported and verified by measure, division and year, folded over the log by the database itself.</summary>
    private const string Fold =
        """
        with facts as (
            select seq_id, type, data, data->'figure'->>'projectId' project, data->'figure'->>'measureId' measure, data->'figure'->>'division' division, data->'figure'->>'period' period,
                (data->'total'->>'value')::numeric * case data->'total'->>'unit' when 'ha' then 30000 when 'mu' then 2000 end total
            from events.mt_events where type like 'progress-%'
        ), figures as (
            select project, measure, division, period,
                (array_agg(total order by seq_id desc) filter (where type in ('progress-reported.v1', 'progress-corrected.v1', 'progress-rederived.v1', 'progress-verified.v1')))[1] reported,
                coalesce((array_agg(total order by seq_id desc) filter (where type in ('progress-checked.v1', 'progress-verified.v1')))[1], 0) as checked,
                coalesce((array_agg(total order by seq_id desc) filter (where type = 'progress-verified.v1'))[1], 0) verified
            from facts group by 1, 2, 3, 4
        ), sums as (
            select measure, division, left(period, 4) as year, sum(reported) reported, sum(checked) as checked, sum(verified) verified from figures group by 1, 2, 3
            union all select measure, division, '', sum(reported), sum(checked), sum(verified) from figures group by 1, 2
            union all select project, division, left(period, 4) as year, sum(reported), sum(checked), sum(verified) from figures group by 1, 2, 3
        )
        select coalesce(string_agg(format('%s %s %s %s %s %s', measure, division, year, trim_scale(reported), trim_scale(checked), trim_scale(verified)), E'\n' order by measure, division, year), '') from sums
        """;

    /// <summary>The sums of each level, of which none is derived from another.</summary>
    private const string View =
        """
        with sums as (
            select measure_id, division, year::text, reported, checked, verified from registry.measure_totals
            union all select measure_id, division, '', reported, checked, verified from registry.part_totals
            union all select project_id, division, year::text, reported, checked, verified from registry.project_totals where dimension = 'area'
        )
        select coalesce(string_agg(format('%s %s %s %s %s %s', measure_id, division, year, trim_scale(reported), trim_scale(checked), trim_scale(verified)), E'\n' order by measure_id, division, year), '') from sums
        """;

    [Fact]
    public async Task After_random_traffic_it_equals_a_fold_over_the_log()
    {
        var random = new Random(20240702);
        var sent = new List<string>();
        for (var round = 0; round < 12; round++)
        {
            var batch = Enumerable.Range(0, 25).Select(_ => Next(random, sent)).ToList();
            (await registry.Host.As("all-reports", City, Roles.Reporter).PostEvents(batch)).Is(200);
            await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
            {
                var path = $"/v1/registry/progress/{Measure(i)}.{(i % 2 == 0 ? Yudu : Ningdu)}.{2022 + (i % 3)}-0{1 + (round % 3)}";
                await registry.Host.As("county-bureau", City, Roles.Reviewer).Post($"{path}/check", new { }, ("Restoration-Actor", "c-1"));
                if (i % 3 != 2)
                    await registry.CityBureau.Post($"{path}/verify", new { }, ("Restoration-Actor", "v-1"));
                else
                    await registry.CityBureau.Post($"{path}/dispute", new { reason = "r" });
            }));
            if (round == 5)
                await registry.Restart();
        }

        var expected = await registry.Database.Value<string>(Fold);
        Assert.True(expected.Split('\n').Length > 8, expected);
        Assert.Contains(expected.Split('\n'), line => !line.EndsWith(" 0", StringComparison.Ordinal));
        Assert.Equal(expected, await Eventually.Get(() => registry.Database.Value<string>(View), v => v == expected, $"the view becomes\n{expected}"));
    }

    [Fact]
    public async Task A_summary_says_how_far_it_is_and_waits_for_a_position()
    {
        var posted = (await registry.Reporter.PostEvent(Event(Data(25, "2021-06", reason: "补报", investment: new { amount = 3, unit = "wan-yuan" })))).Is(201).Header("X-Position")!;
        foreach (var (act, caller, actor) in new[] { ("check", registry.Bureau, "c-1"), ("verify", registry.CityBureau, "v-1") })
            posted = (await caller.Post($"/v1/registry/progress/p1-area.{Yudu}.2021-06/{act}", new { }, ("Restoration-Actor", actor))).Is(200).Header("X-Position")!;

        var answer = (await registry.Planner.Get($"/v1/registry/plans/gz/summary?minPosition={posted}&division={Yudu}&year=2021&unit=mu")).Is(200);
        Assert.True(Position(answer.Header("X-View-Position")!) >= Position(posted));
        var project = answer.Json.GetProperty("programmes")[0].GetProperty("projects")[0];
        var measure = project.GetProperty("measures")[0];
        Assert.Equal((1500m, 375m, 375m, 0.25m, 30_000m), (
            Value("target"), Value("reported"), Value("verified"), measure.GetProperty("share").GetDecimal(),
            project.GetProperty("investmentCompleted").GetProperty("amount").GetDecimal()));
        Assert.False(project.GetProperty("measures")[1].TryGetProperty("reported", out _)); // a total is not reported
        Assert.Equal($"/v1/registry/plans/gz/summary/explain?measureId=p1-area&division={Yudu}&year=2021", measure.GetProperty("explain").GetString());

        var elsewhere = (await registry.Planner.Get($"/v1/registry/plans/gz/programmes/prog-a/summary?minPosition={posted}&division={Ningdu}&year=2021")).Is(200);
        Assert.Equal(0, elsewhere.Json.GetProperty("projects")[0].GetProperty("measures")[0].GetProperty("verified").GetProperty("value").GetDecimal());
        (await registry.Planner.Get("/v1/registry/plans/gz/programmes/none/summary")).Is(404, "programme.unknown");

        decimal Value(string member) => measure.GetProperty(member).GetProperty("value").GetDecimal();

        static long Position(string text) => long.Parse(text.Split(':', ',')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_position_that_does_not_come_is_answered_503_with_when_to_try_again()
    {
        var answer = (await registry.Planner.Get("/v1/registry/plans/gz/summary?minPosition=registry:999999999")).Is(503, "view.behind");
        Assert.NotNull(answer.Header("Retry-After"));
    }

    private static string Measure(int number) => number % 2 == 0 ? "p1-area" : "p2-area";

    private static object Next(Random random, List<string> sent)
    {
        if (sent.Count > 10 && random.Next(5) == 0)
        {
            return Event(
                new { corrects = new { source = "/all", id = sent[random.Next(sent.Count)] }, quantity = new { value = random.Next(0, 30), unit = "mu" }, reason = "r" },
                source: "/all", type: "restoration.progress.corrected.v1");
        }

        var measure = random.Next(2);
        var id = Guid.NewGuid().ToString("N");
        sent.Add(id);
        return Event(
            Data(
                random.Next(0, 50) / 10m, $"{2022 + random.Next(3)}-0{1 + random.Next(4)}", ((string[])["increment", "increment", "year-to-date", "to-date"])[random.Next(4)],
                measure == 0 && random.Next(2) == 0 ? Yudu : Ningdu, Measure(measure), "r", random.Next(2) == 0 ? "mu" : "ha"),
            id, "/all");
    }
}
