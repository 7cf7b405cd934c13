namespace Restoration.System.Tests;

/// <summary>A fund marked secret, an allocation of it and a payment, planted; then everything is searched for them.</summary>
public sealed class SecretTests(TheSystem system)
{
    private const string Beginning = "00010000000000000000", Name = "涉密修复专项", Payee = "涉密施工单位", Document = "密〔2024〕7号", Reason = "涉密不予公开";
    private static readonly Place s_city = new("360900", "宜春市", "city", "360000"), s_county = new("360981", "丰城市", "county", "360900");

    [Fact]
    public async Task Nothing_of_a_secret_fund_leaves_by_any_way()
    {
        var ground = await Ground.Open(system, s_city, s_county);
        await ground.DefineDivisions();
        await ground.RegisterPlan();
        await ground.DesignProject();
        await ground.AdoptPlan();
        var finance = await system.Client("finance", s_city.Id, "finance");
        var reader = await system.Client("reader", "360000", "reader");
        var watching = (await reader.Post("/v1/updates/subscriptions", new { target = "https://192.0.2.1.example/hook", order = "parallel" })).Is(201).Json.GetProperty("id").GetString();
        await Eventually.Get(() => finance.Get($"/v1/funding/projects/{ground.ProjectId}/account"), a => a.Status == 200 && a.Json.GetProperty("state").GetString() == "open", "the account", show: a => a.Text);

        // Open money around it: whoever sees the balances of that could work the rest out.
        var (secret, open) = ($"{ground.PlanId}-hidden-fund", $"{ground.PlanId}-open-fund");
        await Spend(finance, ground, open, 600, 500, 100, null);
        await Spend(finance, ground, secret, 7_654_321.09m, 4_321_098.76m, 1_234_567.89m, Reason);
        await Spend(finance, ground, $"{ground.PlanId}-late-fund", 60, 50, 10, null);
        await Eventually.Get(
            () => reader.Get($"/v1/registry/projects/{ground.ProjectId}"), p => p.Status == 200 && p.Json.GetProperty("money").GetProperty("paid").GetProperty("amount").GetDecimal() == 110,
            "the open money in the project, and no other", show: p => p.Text);
        // What comes last is in the feed, and all that leaves before it.
        await Eventually.Get(
            () => Comparison.Feed(system), feed => feed.Any(e => e.GetRawText().Contains($"{ground.PlanId}-late-fund-p", StringComparison.Ordinal)), "the last payment in the feed", 60, feed => $"{feed.Count} entries");

        string[] marks = [secret, Name, Payee, Document, Reason, "7654321.09", "4321098.76", "1234567.89", "3086530.87", "3333222.33", "4321648.76", "1234677.89"];
        foreach (var (way, text) in await Seen(ground, reader, watching!))
            Assert.All(marks, mark => Assert.False(text.Contains(mark, StringComparison.Ordinal), $"{way} says {mark}."));
        Assert.Contains(open, (await Comparison.Feed(system)).Select(e => e.GetRawText()).Aggregate("", string.Concat), StringComparison.Ordinal);

        var kept = (await finance.Get($"/v1/funding/funds/{secret}")).Is(200).Json;
        Assert.Equal((Name, 3_333_222.33m), (kept.GetProperty("name").GetString(), kept.GetProperty("available").GetProperty("amount").GetDecimal()));
    }

    /// <summary>Every way by which something is told, with all it says to others than finance and auditors of the city.</summary>
    private async Task<List<(string Way, string Text)>> Seen(Ground ground, Caller reader, string watching)
    {
        var ways = new List<(string, string)>();
        var feed = await Comparison.Feed(system);
        ways.Add(("the feed", string.Concat(feed.Select(e => e.GetRawText()))));
        await using (var dashboard = await Follower.Open(system.Operator, lastEventId: Beginning))
            ways.Add(("the stream", string.Concat((await dashboard.Sees(feed.Count, 60)).Select(e => e.Body))));
        ways.Add(("the snapshot", (await system.Operator.Get("/v1/updates/snapshot")).Is(200).Text));
        ways.Add(("the feed's database", string.Concat(await system.Read("updates", "select convert_from(body, 'UTF8') from feed.entries", r => r.GetString(0)))));
        ways.Add(("the deliveries", (await reader.Get($"/v1/updates/subscriptions/{watching}/deliveries?limit=500")).Is(200).Text));
        var others = new[]
        {
            reader, await system.Client("county", s_county.Id, "reader", "reviewer", "reporter"), await system.Client("elsewhere", "360700", "finance", "auditor"),
            await system.Client("planner", s_city.Id, "planner", "reviewer"), system.Operator,
        };
        foreach (var caller in others)
        {
            foreach (var path in new[]
            {
                "funding/funds?limit=500", "funding/allocations?limit=500", "funding/projects?limit=500", "funding/overview", "funding/overview/explain", "funding/ledger/entries?limit=500",
                "funding/ledger/trial-balance", $"funding/projects/{ground.ProjectId}/account", $"funding/projects/{ground.ProjectId}/account/history", $"funding/projects/{ground.ProjectId}/entries",
                "registry/projects?limit=500", $"registry/projects/{ground.ProjectId}", $"registry/projects/{ground.ProjectId}/history", $"registry/plans/{ground.PlanId}/summary", "mines/accounts",
                $"funding/funds?limit=500&division={s_city.Id}", "registry/ops/dead-letters", "mines/ops/dead-letters", "funding/ops/status",
            })
                ways.Add(($"{caller.Id} at {path}", (await caller.Get($"/v1/{path}")).Text));
            foreach (var path in new[] { $"funding/funds/{ground.PlanId}-hidden-fund", $"funding/allocations/{ground.PlanId}-hidden-fund-a" })
                ways.Add(($"{caller.Id} at {path}", (await caller.Get($"/v1/{path}")).Is(404).Text.Replace(path, "", StringComparison.Ordinal)));
        }

        foreach (var (service, schema) in new[] { ("registry", "events"), ("mines", "events") })
            ways.Add(($"the log of {service}", string.Concat(await system.Read(service, $"select data::text || coalesce(headers::text, '') from {schema}.mt_events", r => r.GetString(0)))));
        ways.AddRange(system.Parts.Select(part => ("a log", part.LogText)));
        return ways;
    }

    private static async Task Spend(Caller finance, Ground ground, string fund, decimal appropriated, decimal allocated, decimal paid, string? secretReason)
    {
        var name = secretReason is null ? "省级生态修复补助" : Name;
        (await finance.Post("/v1/funding/funds", new { id = fund, name, channel = "provincial-subsidy", division = s_city.Id, from = 2021, to = 2200, documentNumber = secretReason is null ? null : Document, secretReason })).Is(201);
        (await finance.Post($"/v1/funding/funds/{fund}/appropriate", new { amount = Yuan(appropriated) }, ("Restoration-Actor", "F-1"))).Is(200);
        (await finance.Post("/v1/funding/allocations", new { id = $"{fund}-a", fundId = fund, items = new[] { new { projectId = ground.ProjectId, amount = Yuan(allocated) } } }, ("Restoration-Actor", "F-1"))).Is(201);
        (await finance.Post($"/v1/funding/allocations/{fund}-a/issue", new { }, ("Restoration-Actor", "F-2"))).Is(200);
        var payee = secretReason is null ? "施工单位" : Payee;
        (await finance.Send(HttpMethod.Post, "/v1/funding/events", Caller.Json(new Dictionary<string, object>
        {
            ["specversion"] = "1.0", ["id"] = fund, ["source"] = $"/{finance.Id}", ["type"] = "restoration.payment.executed.v1", ["subject"] = ground.ProjectId, ["time"] = "2025-05-20T09:00:00+08:00",
            ["data"] = new { paymentId = $"{fund}-p", projectId = ground.ProjectId, fundId = fund, amount = Yuan(paid), requestedBy = "F-3", approvedBy = "F-4", payee },
        }, "application/cloudevents+json"))).Is(201);

        static object Yuan(decimal amount) => new { amount, unit = "yuan" };
    }
}
