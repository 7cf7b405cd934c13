using System.Globalization;
using System.Text.Json;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>How a project stands against its schedule: what time alone changes, and what is verified.</summary>
public sealed class ScheduleTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static readonly (string, string) s_settable = ("Clock:Mode", "settable");

    private async Task<JsonElement> State(string project, string state) => await Eventually.Get(
        async () => (await registry.Planner.Get($"/v1/registry/projects/{project}/schedule")).Json,
        s => s.ValueKind == JsonValueKind.Object && s.TryGetProperty("state", out var is_) && is_.GetString() == state, $"{project} is {state}");

    private async Task Report(object data, string time)
    {
        var report = Event(data, source: "/ningdu");
        report["time"] = time;
        (await registry.Host.As("ningdu-reports", Ningdu, Roles.Reporter).PostEvent(report)).Is(201);
    }

    private async Task Verify(string measure, string division, string period)
    {
        var path = $"/v1/registry/progress/{measure}.{division}.{period}";
        (await registry.Host.As("checks", division, Roles.Reviewer).Post($"{path}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        (await registry.CityBureau.Post($"{path}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200);
    }

    [Fact]
    public async Task Time_alone_changes_a_state_each_month_once_however_many_processes_wait()
    {
        await registry.Restart(s_settable);
        await using var other = registry.Another(s_settable);
        try
        {
            var year = (await Now()).Year + 1;
            (await registry.Planner.Post("/v1/registry/plans", new { id = "later", division = City, name = "规划", from = 2021, to = year + 1, programmes = new[] { new { id = "prog-l", name = "东江流域" } } })).Is(201);
            (await registry.Planner.Post("/v1/registry/projects", new
            {
                id = "late", planId = "later", programmeId = "prog-l", name = "晚开工的项目", kind = "water", counties = new[] { Ningdu }, schedule = new[] { new { from = year, to = year + 1 } },
                measures = new[] { new { id = "late-a", name = "治理面积", quantity = new { value = 100, unit = "ha" } } },
            })).Is(201);
            (await registry.Planner.Post("/v1/registry/plans/later/adopt", new { })).Is(200);
            (await registry.Planner.Post("/v1/registry/projects/late/start", new { })).Is(200);
            var first = await State("late", "on-schedule");
            Assert.Equal((0m, 0m), (first.GetProperty("planned").GetDecimal(), first.GetProperty("verified").GetDecimal()));

            // In one leap to May: in March 12 of a hundred points are planned, by the end of April the first quarter is due.
            (await registry.Operator.Post("/v1/registry/ops/clock", new { now = new DateTimeOffset(year, 5, 1, 12, 0, 0, TimeSpan.FromHours(8)) })).Is(200);
            var silent = await State("late", "not-reported");
            Assert.Equal($"{year}-04-30", silent.GetProperty("day").GetString());
            Assert.Equal(new DateTimeOffset(year, 5, 1, 0, 0, 0, TimeSpan.FromHours(8)), silent.GetProperty("since").GetDateTimeOffset());
            Assert.Equal(["not-reported"], silent.GetProperty("counties").EnumerateArray().Select(c => c.GetProperty("state").GetString()));
            Assert.Equal(
                [($"{year}-04-01", "on-schedule", "behind"), ($"{year}-05-01", "behind", "not-reported")],
                (await Changes("late")).Skip(1).Select(c => (c.At, c.Before, c.State)));

            // A report ends the silence, a verification what is behind.
            await Report(new
            {
                projectId = "late", measureId = "late-a", division = Ningdu, period = $"{year}-Q1", mode = "increment", quantity = new { value = 30, unit = "ha" },
                evidence = new[] { new { uri = "https://evidence.example/1.jpg", sha256 = new string('a', 64), kind = "photo" } },
            }, $"{year}-04-30T08:00:00+08:00");
            await State("late", "behind");
            await Verify("late-a", Ningdu, $"{year}-Q1");
            var ahead = await State("late", "ahead");
            Assert.Equal((0.1644m, 0.3m), (ahead.GetProperty("planned").GetDecimal(), ahead.GetProperty("verified").GetDecimal()));
            Assert.Equal(["on-schedule", "behind", "not-reported", "behind", "ahead"], (await Changes("late")).Select(c => c.State));

            var months = await registry.Database.Value<string>("select string_agg(data->>'day', ' ' order by version) from events.mt_events where stream_id = 'calendar'");
            Assert.EndsWith($"{year}-01-31 {year}-02-{DateTime.DaysInMonth(year, 2)} {year}-03-31 {year}-04-30", months, StringComparison.Ordinal);
        }
        finally
        {
            await registry.Restart(s_settable);
        }

        async Task<DateTimeOffset> Now() => (await registry.Operator.Get("/v1/registry/ops/clock")).Is(200).Json.GetProperty("now").GetDateTimeOffset();
    }

    [Fact]
    public async Task A_project_without_a_quantity_stands_as_its_milestones_do()
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan("stones"))).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", new
        {
            id = "monitoring", planId = "stones", programmeId = "prog-a", name = "生态监测网络", kind = "biodiversity", counties = new[] { Ningdu }, schedule = new[] { new { from = 2021, to = 2035 } },
            measures = new[] { new { id = "monitoring-net", name = "监测站点" } },
            milestones = new[] { new { id = "design", name = "方案批复", due = "2022-12-31" }, new { id = "built", name = "建成", due = "2034-12-31" } },
        })).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/stones/adopt", new { documentNumber = "2024-3" })).Is(200);
        (await registry.Planner.Post("/v1/registry/projects/monitoring/start", new { })).Is(200);
        var late = await State("monitoring", "far-behind");
        Assert.Equal((0.5m, 0m, 0), (late.GetProperty("planned").GetDecimal(), late.GetProperty("verified").GetDecimal(), late.GetProperty("measures").GetArrayLength()));
        (await registry.Host.As("ningdu-reports", Ningdu, Roles.Reporter).PostEvent(Event(
            new { projectId = "monitoring", milestoneId = "design", division = Ningdu, on = "2024-06-30" }, source: "/ningdu", type: "restoration.milestone.reached.v1"))).Is(201);
        Assert.Equal(0.5m, (await State("monitoring", "on-schedule")).GetProperty("verified").GetDecimal());
        (await registry.Bureau.Post("/v1/registry/projects/monitoring/milestones/design/withdraw", new { reason = "批复尚未印发" }, ("Restoration-Actor", "c-1"))).Is(403);
        (await registry.Host.As("ningdu-bureau", Ningdu, Roles.Reviewer).Post("/v1/registry/projects/monitoring/milestones/design/withdraw", new { reason = "批复尚未印发" }, ("Restoration-Actor", "c-2"))).Is(200);
        await State("monitoring", "far-behind");
        Assert.Equal(["far-behind", "on-schedule", "far-behind"], (await Changes("monitoring")).Select(c => c.State));
    }

    [Fact]
    public async Task Where_it_stands_is_in_the_project_its_plan_and_the_overview()
    {
        var p2 = await State("p2", "far-behind"); // begun today, so that no quarter is missing
        Assert.Equal(["p2-area"], p2.GetProperty("measures").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        await Report(Data(100, "2025-Q4", measure: "p2-area", division: Ningdu), "2026-01-05T08:00:00+08:00");
        await Verify("p2-area", Ningdu, "2025-Q4");
        await State("p2", "on-schedule");
        var summary = (await registry.Planner.Get("/v1/registry/plans/gz/summary")).Is(200).Json;
        var project = summary.GetProperty("programmes")[0].GetProperty("projects").EnumerateArray().Single(p => p.GetProperty("projectId").GetString() == "p2");
        Assert.Equal(("on-schedule", "on-schedule"), (project.GetProperty("scheduleState").GetString(), project.GetProperty("measures")[0].GetProperty("scheduleState").GetString()));
        var overview = (await registry.Reader(City).Get("/v1/registry/overview")).Is(200).Json;
        Assert.Contains(overview.GetProperty("scheduleStates").EnumerateArray(), t => t.GetProperty("state").GetString() == "on-schedule");
        var ningdu = overview.GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("by").GetString() == "county" && p.GetProperty("id").GetString() == Ningdu);
        Assert.NotNull(ningdu.GetProperty("scheduleState").GetString());
        (await registry.Reader("360222").Get("/v1/registry/projects/p2/schedule")).Is(403);
    }

    private async Task<List<(string At, string? Before, string State)>> Changes(string project) =>
    [
        .. (await registry.Planner.Get($"/v1/registry/projects/{project}/schedule/history?limit=100")).Is(200).Json.GetProperty("items").EnumerateArray()
            .Where(e => e.GetProperty("type").GetString() == "schedule-state-changed.v1").Select(e => e.GetProperty("data"))
            .Select(d => (
                d.GetProperty("at").GetDateTimeOffset().ToOffset(TimeSpan.FromHours(8)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                d.TryGetProperty("before", out var before) ? before.GetString() : null, d.GetProperty("judgement").GetProperty("state").GetString()!)),
    ];
}
