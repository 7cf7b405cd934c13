using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>Every view of every service is made anew from its log while everybody works; the process that does it dies now and then.</summary>
public sealed class RebuildTests(TheSystem system)
{
    private sealed record View(string Service, string Name, string[] Tables);

    [Fact]
    public async Task Views_made_anew_under_load_are_what_the_logs_say_and_come_out_the_same_once_more()
    {
        var ground = await Ground.UnderWay(system);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        await work.GoOn(3);
        var views = await All();
        Assert.True(views.Count >= 14, $"Only {views.Count} views.");
        foreach (var view in views)
        {
            await Ask(view);
            if (view.Name is "figures" or "ledger")
            {
                await system[view.Service].DieAndComeBack();
            }

            await Done(view);
        }

        await CountySystem.StopAll(counties);
        await work.Stop();
        await Convergence.Holds(system);

        var filled = 0;
        foreach (var view in views)
        {
            await Eventually.Get(() => Lag(view), lag => lag == 0, $"{view.Name} is at the head");
            var before = await Content(view);
            filled += before.Count(table => table.Content[..2] != "0 ");
            await Ask(view);
            await Done(view);
            Assert.Equal(before, await Content(view));
        }

        Assert.True(filled > 9, $"Only {filled} tables have rows.");
    }

    /// <summary>They cover every table of their services but the copies of what others said.</summary>
    private async Task<List<View>> All()
    {
        var all = new List<View>();
        foreach (var service in TheSystem.Services)
        {
            var views = (await system.Operator.Get($"/v1/{service}/ops/views")).Is(200).Json.GetProperty("items").EnumerateArray()
                .Select(v => new View(service, v.GetProperty("name").GetString()!, [.. v.GetProperty("tables").EnumerateArray().Select(t => t.GetString()!)])).ToList();
            string[] copies = service == "mines" ? ["projects", "project_money"] : [];
            Assert.Equal(
                await system.Read(service, $"select tablename::text from pg_tables where schemaname = '{service}' order by 1", r => r.GetString(0)),
                views.SelectMany(v => v.Tables).Concat(copies).Order(StringComparer.Ordinal));
            all.AddRange(views);
        }

        return all;
    }

    private async Task Ask(View view) => (await system.Operator.Post($"/v1/{view.Service}/ops/views/{view.Name}/rebuild", new { })).Is(202);

    private async Task<JsonElement> Status(View view)
    {
        var answer = await system.Operator.Get($"/v1/{view.Service}/ops/views");
        return answer.Status == 200 ? answer.Json.GetProperty("items").EnumerateArray().Single(v => v.GetProperty("name").GetString() == view.Name) : default;
    }

    private async Task<long> Lag(View view) => (await Status(view)).GetProperty("lag").GetInt64();

    private Task Done(View view) => Eventually.Get(
        async () =>
        {
            if (await Status(view) is not { ValueKind: JsonValueKind.Object } status)
                return false; // its process is on its way back
            var rebuild = status.GetProperty("rebuild");
            Assert.False(rebuild.TryGetProperty("failure", out var failure), $"{view.Name}: {failure}");
            return rebuild.TryGetProperty("finished", out _);
        },
        done => done, $"{view.Name} of {view.Service} is rebuilt", 60);

    /// <summary>How many rows, and a hash over them.</summary>
    private async Task<List<(string Table, string Content)>> Content(View view)
    {
        var content = new List<(string, string)>();
        foreach (var table in view.Tables)
        {
            content.Add((table, (await system.Read(
                view.Service, $"select count(*) || ' ' || coalesce(md5(string_agg(t::text, ';' order by t::text)), '') from {view.Service}.{table} t", r => r.GetString(0)))[0]));
        }

        return content;
    }
}
