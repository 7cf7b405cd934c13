using System.Text.Json;
using System.Text.RegularExpressions;

namespace Restoration.System.Tests;

/// <summary>What was known at a time is answered later as it was answered then, by every route that can be asked about the past.</summary>
public sealed class PastTests(TheSystem system)
{
    /// <summary>Where the ids for a route come from: a list, and the member that names an item.</summary>
    private static readonly Dictionary<string, (string List, string Id)> s_lists = new()
    {
        ["/v1/registry/divisions"] = ("/v1/registry/divisions", "id"),
        ["/v1/registry/plans"] = ("/v1/registry/plans", "id"),
        ["/v1/registry/zones"] = ("/v1/registry/zones", "id"),
        ["/v1/registry/projects"] = ("/v1/registry/projects", "id"),
        ["/v1/registry/progress"] = ("/v1/registry/progress", "id"),
        ["/v1/registry/samples"] = ("/v1/registry/samples", "id"),
        ["/v1/indicators/indicators"] = ("/v1/indicators/indicators", "id"),
        ["/v1/indicators/observations"] = ("/v1/indicators/observations", "id"),
        ["/v1/indicators/plans"] = ("/v1/registry/plans", "id"),
        ["/v1/mines/sites"] = ("/v1/mines/sites", "id"),
        ["/v1/funding/funds"] = ("/v1/funding/funds", "id"),
        ["/v1/funding/allocations"] = ("/v1/funding/allocations", "id"),
        ["/v1/funding/projects"] = ("/v1/funding/projects", "projectId"),
    };

    [Fact]
    public async Task What_was_known_then_is_answered_as_it_was_then()
    {
        var ground = await Ground.UnderWay(system);
        await ground.AskForChange();
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        await work.GoOn(4);
        await CountySystem.StopAll(counties);
        await work.Stop();
        await Convergence.Holds(system);

        var auditor = await system.Client("auditor", ground.City.Id, "auditor");
        var routes = await Routes(auditor, ground.PlanId);
        Assert.True(routes.Count > 35, $"Only {routes.Count} resources can be asked for.");
        var then = (await system.Read("registry", "select clock_timestamp()", r => r.GetDateTime(0)))[0];
        var before = await Answers(auditor, routes, null);
        Assert.All(before, a => a.Answer.Is(200));

        var other = await Ground.UnderWay(system);
        List<CountySystem> again = [.. await CountySystem.StartAll(system, ground), .. await CountySystem.StartAll(system, other)];
        await using (var more = await Work.Begin(system, other))
        {
            await more.GoOn(3);
            await CountySystem.StopAll(again);
            await more.Stop();
        }

        await Convergence.Holds(system);
        var now = await Answers(auditor, routes, null);
        var past = await Answers(auditor, routes, $"recordedAsOf={then:yyyy-MM-dd'T'HH:mm:ss.ffffff}Z");
        Assert.True(before.Zip(now).Count(b => b.First.Answer.Text != b.Second.Answer.Text) >= 2, "Too little changed since."); // the overview and the trial balance at least
        foreach (var ((route, was), (_, told)) in before.Zip(past))
        {
            // What explains a number of the past is asked of that past, and so are further pages.
            Assert.True(told.Status == 200 && Said(was) == Said(told), $"{route}\nwas  {was.Text}\ntold {told.Status} {told.Text}");
            Assert.Equal(was.Header("ETag"), told.Header("ETag"));
        }

        // Before anything was known there was nothing, and a day that is none is refused.
        foreach (var route in routes.Where(r => r.EndsWith(ground.ProjectId, StringComparison.Ordinal) || r.EndsWith(ground.PlanId, StringComparison.Ordinal)))
        {
            (await auditor.Get($"{route}?recordedAsOf=2000-01-01")).Is(404);
            (await auditor.Get($"{route}?asOf=2000-13-01")).Is(400);
        }
    }

    private static string Said(Answer answer) => Regex.Replace(answer.Text, "[?&]recordedAsOf=[^\"&]*|\"next\":\"[^\"]*\"", "");

    private static async Task<List<(string Route, Answer Answer)>> Answers(Caller caller, List<string> routes, string? query)
    {
        var answers = new List<(string, Answer)>();
        foreach (var route in routes)
        {
            answers.Add((route, await caller.Get(query is null ? route : $"{route}?{query}")));
        }

        return answers;
    }

    /// <summary>Every route of the documents that can be asked about the past, with every id that there is (some of the many).</summary>
    private static async Task<List<string>> Routes(Caller caller, string own)
    {
        var routes = new List<string>();
        foreach (var service in TheSystem.Services)
        {
            var paths = (await caller.Get($"/openapi/{service}.json")).Is(200).Json.GetProperty("paths").EnumerateObject()
                .Where(p => p.Value.TryGetProperty("get", out var get) && Parameters(get).Contains("recordedAsOf")).Select(p => p.Name).ToList();
            Assert.NotEmpty(paths);
            foreach (var path in paths.Where(p => !p.StartsWith("/v1/mines/accounts", StringComparison.Ordinal))) // with targets and money of today, as it says
            {
                if (!path.Contains('{', StringComparison.Ordinal))
                {
                    routes.Add(path);
                    continue;
                }

                var (list, id) = s_lists[path[..path.IndexOf("/{", StringComparison.Ordinal)]];
                var items = (await caller.Get($"{list}?limit=500")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
                foreach (var item in items.Where((item, i) => i % Math.Max(1, items.Count / 12) == 0 || item.GetProperty(id).GetString()!.StartsWith(own, StringComparison.Ordinal)))
                {
                    var route = path.Replace("{id}", item.GetProperty(id).GetString(), StringComparison.Ordinal).Replace("{programmeId}", "basin", StringComparison.Ordinal)
                        .Replace("{change}", $"{own}-c", StringComparison.Ordinal)
                        .Replace("{year}", "2024", StringComparison.Ordinal);
                    if ((await caller.Get(route)).Status == 200) // a plan without indicators has no table
                        routes.Add(route);
                }
            }
        }

        return routes;

        static IEnumerable<string?> Parameters(JsonElement get) =>
            get.TryGetProperty("parameters", out var all) ? all.EnumerateArray().Select(p => p.GetProperty("name").GetString()) : [];
    }
}
