using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Mines.Sites;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Mines.Tests.MinesSystem;
using static Restoration.Mines.Tests.Sample;

namespace Restoration.Mines.Tests;

/// <summary>Count and area by county, against targets and money.</summary>
public sealed class AccountTests(MinesSystem system) : IClassFixture<MinesSystem>
{
    private const string East = "acc-east", West = "acc-west";

    private static async Task<JsonElement> Accounts(Caller caller, string query) => (await caller.Get($"/v1/mines/accounts{query}")).Is(200).Json;

    private static string Line(JsonElement a) => string.Join(' ', ((string[])["known", "verified", "inWorks", "accepted"]).Select(t =>
        $"{a.GetProperty(t).GetProperty("sites").GetInt64()}:{a.GetProperty(t).GetProperty("area").GetProperty("value").GetDecimal():0.####}"));

    private static string? Goal(JsonElement a, string member) => a.TryGetProperty(member, out var goal)
        ? $"{Number(goal.GetProperty("attained")):0.####}/{Number(goal.GetProperty("target")):0.####}={goal.GetProperty("share").GetDecimal()}"
        : null;

    private static decimal Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : value.GetProperty("value").GetDecimal();

    [Fact]
    public async Task Accounts_stand_by_county_and_for_the_whole()
    {
        await system.Define("acc", "账市", "city", Province);
        await system.Define(East, "东县", "county", "acc");
        await system.Define(West, "西县", "county", "acc");
        await system.Design("acc-p1", "acc-plan", division: "acc", counties: [East, West], measures: [SitesFor("acc-p1-m1", 4), LandFor("acc-p1-m2", 0.1m, West)]);
        await system.Design("acc-p2", "acc-plan", division: "acc", counties: [East], measures: [LandFor("acc-p2-m1", 0.2m)]);
        await system.Design("acc-p3", "acc-plan", division: "acc", counties: [East], measures: [LandFor("acc-p3-m1", 9)]);
        await system.Design("acc-p4", "acc-plan", "forest", "acc", [East]); // no site is linked to it
        await system.Start("acc-p4");
        await system.Issue("acc-p4", 3, 2);
        await system.Start("acc-p1");
        await system.Start("acc-p2");
        await system.Issue("acc-p1", 1_000_000, 250_000);
        await system.Issue("acc-p2", 70_000, 0);
        await system.Issue("acc-p3", 1, 1);
        var bureau = system.Host.As("acc-bureau", "acc", Roles.Reviewer);
        await system.To("accepted", "acc-1", 10, "acc-p2", East, accepted: 9, bureau);
        await system.To("works", "acc-2", 5, "acc-p1", East, bureau: bureau);
        await system.To("accepted", "acc-3", 8, "acc-p1", West, bureau: bureau);
        await system.To("verified", "acc-4", 4, null, West, bureau: bureau);
        await system.To("reported", "acc-5", 2, null, West, bureau: bureau);
        await system.To("struck-off", "acc-6", 100, null, West, bureau: bureau);

        var all = await Accounts(bureau, "");
        Assert.Equal("5:29 4:27 1:5 2:17", Line(all.GetProperty("whole")));
        Assert.Equal([East, West], all.GetProperty("counties").EnumerateArray().Select(c => c.GetProperty("division").GetString()));
        var (whole, east, west) = (all.GetProperty("whole"), all.GetProperty("counties")[0], all.GetProperty("counties")[1]);
        Assert.Equal(("2:15 2:15 1:5 1:9", "3:14 2:12 0:0 1:8"), (Line(east), Line(west)));
        Assert.Equal((0.4m, 0.5862m), (whole.GetProperty("share").GetDecimal(), whole.GetProperty("areaShare").GetDecimal()));
        Assert.Equal(("1/4=0.25", "17/30=0.5667"), (Goal(whole, "sitesTarget"), Goal(whole, "areaTarget")));
        Assert.Equal((null, "9/20=0.45"), (Goal(east, "sitesTarget"), Goal(east, "areaTarget"))); // of a project in this county alone
        Assert.Equal((null, "8/10=0.8"), (Goal(west, "sitesTarget"), Goal(west, "areaTarget"))); // of a measure that names the county
        Assert.Equal((1_070_000m, 250_000m), (Yuan(whole, "issued"), Yuan(whole, "paid")));
        Assert.Equal((70_000m, 0m), (Yuan(east, "issued"), Yuan(west, "issued")));
        Assert.Equal("东县", east.GetProperty("name").GetString());

        var plan = await Accounts(bureau, "?planId=acc-plan&unit=km2");
        Assert.Equal("3:0.23 3:0.23 1:0.05 2:0.17", Line(plan.GetProperty("whole")));
        foreach (var account in new[] { whole, east, west, plan.GetProperty("whole") }.Concat(plan.GetProperty("counties").EnumerateArray()))
            await AddsUp(bureau, account);
        var narrow = await Accounts(bureau, $"?division={West}");
        var alone = narrow.GetProperty("whole");
        Assert.Equal(("3:14 2:12 0:0 1:8", "8/10=0.8", 0m), (Line(alone), Goal(alone, "areaTarget"), Yuan(alone, "issued")));
        Assert.Equal("0:0 0:0 0:0 0:0", Line((await Accounts(bureau, "?planId=none")).GetProperty("whole")));
        (await bureau.Get($"/v1/mines/accounts?division={Yudu}")).Is(403, "division.forbidden");
        (await bureau.Get("/v1/mines/accounts?division=999999")).Is(422, "division.unknown");
        Assert.False((await Accounts(system.Host.As("all", Client.Everywhere, Roles.Reader), "")).TryGetProperty("division", out _));

        static decimal Yuan(JsonElement a, string member) => a.GetProperty(member).GetProperty("amount").GetDecimal();
    }

    private sealed record Turn(int Site, int Act, int Area);

    /// <summary>An account's numbers are those of what it names, and each site's fact is where it says.</summary>
    private static async Task AddsUp(Caller caller, JsonElement account)
    {
        var items = new List<JsonElement>();
        for (var next = $"{account.GetProperty("explain").GetString()}{(account.GetProperty("explain").GetString()!.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=2"; next is not null;)
        {
            var page = (await caller.Get(next)).Is(200);
            items.AddRange(page.Json.GetProperty("items").EnumerateArray());
            next = page.Header("Link")?.Split('>')[0][1..];
        }

        var sites = items.Where(i => Text(i, "kind") == "site").ToList();
        foreach (var (tally, counts) in new (string, Func<string, bool>)[]
        {
            ("known", s => s != "struck-off"), ("verified", s => s is not ("reported" or "struck-off")), ("inWorks", s => s is "works" or "self-checked" or "rectification"),
        })
        {
            var those = sites.Where(s => counts(Text(s, "state")!)).ToList();
            Assert.Equal(account.GetProperty(tally).GetProperty("sites").GetInt32(), those.Count);
            Assert.Equal(Canonical(account.GetProperty(tally).GetProperty("area")), those.Sum(s => Canonical(s.GetProperty("area"))));
        }

        var accepted = sites.Where(s => s.TryGetProperty("accepted", out _)).ToList();
        Assert.Equal(account.GetProperty("accepted").GetProperty("sites").GetInt32(), accepted.Count);
        Assert.Equal(Canonical(account.GetProperty("accepted").GetProperty("area")), accepted.Sum(s => Canonical(s.GetProperty("accepted"))));
        Assert.Equal(Yuan(account, "issued"), items.Where(i => Text(i, "kind") == "money").Sum(i => Yuan(i, "issued")));
        Assert.Equal(Yuan(account, "paid"), items.Where(i => Text(i, "kind") == "money").Sum(i => Yuan(i, "paid")));
        Assert.Equal(
            account.TryGetProperty("areaTarget", out var area) ? Canonical(area.GetProperty("target")) : 0,
            items.Where(i => Text(i, "kind") == "area-target").Sum(i => Canonical(i.GetProperty("area"))));
        Assert.Equal(
            account.TryGetProperty("sitesTarget", out var count) ? count.GetProperty("target").GetDecimal() : 0,
            items.Where(i => Text(i, "kind") == "sites-target").Sum(i => i.GetProperty("target").GetDecimal()));
        Assert.All(items, i => Assert.True(i.GetProperty("version").GetInt64() > 0));
        foreach (var site in sites)
            Assert.Equal(site.GetProperty("position").GetInt64(), (await caller.Get(Text(site, "fact")!)).Is(200).Json.GetProperty("items")[0].GetProperty("position").GetInt64());

        static string? Text(JsonElement item, string member) => item.TryGetProperty(member, out var text) ? text.GetString() : null;
        static decimal Yuan(JsonElement item, string member) => item.GetProperty(member).GetProperty("amount").GetDecimal();
        static decimal Canonical(JsonElement quantity) => JsonSerializer.Deserialize<Quantity>(quantity, WireJson.Options).Canonical;
    }

    private static readonly Arbitrary<Turn[]> s_turns = (
        from site in Gen.Choose(0, 3)
        from act in Gen.Choose(0, 9)
        from area in Gen.Choose(1, 110)
        select new Turn(site, act, area)).ArrayOf().ToArbitrary();

    /// <summary>Acts drawn at random, refused ones among them, through the real log; the accounts are what a fold over its facts says.</summary>
    [Fact]
    public void The_accounts_equal_a_fold_over_the_facts() => Prop.ForAll(s_turns, turns => Folds($"fold-{Guid.NewGuid():N}", turns).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(12).WithStartSize(40).WithEndSize(80));

    private async Task<bool> Folds(string county, Turn[] turns)
    {
        await system.Define(county, county, "county", City);
        var log = system.Host.Services.GetRequiredService<EventLog>();
        foreach (var turn in turns)
        {
            var site = Plain with { Id = $"{county}-{turn.Site}", Division = county };
            await log.Write(new Work
            {
                Decide = s => s.Record(Site.Aggregate, Site.Stream(site.Id), Decided(s.Get(Site.Aggregate, Site.Stream(site.Id)), turn, site)),
            });
        }

        var facts = await system.Database.Value<string>(
            $"""
            select coalesce(jsonb_agg(jsonb_build_object('id', stream_id, 'type', type, 'area', data->'area'->'value') order by seq_id), '[]')::text
            from events.mt_events where stream_id like 'site-{county}-%'
            """);
        var (known, accepted) = (new HashSet<string>(), new Dictionary<string, decimal>());
        foreach (var fact in JsonSerializer.Deserialize<JsonElement>(facts).EnumerateArray())
        {
            var (id, type) = (fact.GetProperty("id").GetString()!, fact.GetProperty("type").GetString());
            known.Add(id);
            if (type == "site-accepted.v1")
            {
                accepted[id] = fact.GetProperty("area").GetDecimal();
            }
            else if (type == "site-reopened.v2")
            {
                Assert.True(accepted.Remove(id));
            }
        }

        var account = (await Accounts(system.CityBureau, $"?division={county}")).GetProperty("whole");
        return (known.Count, accepted.Count, accepted.Values.Sum()) == (
            account.GetProperty("known").GetProperty("sites").GetInt32(), account.GetProperty("accepted").GetProperty("sites").GetInt32(),
            Number(account.GetProperty("accepted").GetProperty("area")));
    }

    /// <summary>Mostly the next step of the site's life, which else would seldom come in its turn; sometimes one out of turn.</summary>
    private static Decision<SiteEvent> Decided(Site s, Turn turn, SiteRef site) => (turn.Act, s.State) switch
    {
        (0, _) or ( > 2, SiteState.SelfChecked) => SiteDecider.Decide(s, Accept(Grass(turn.Area / 10m))),
        (1, _) => SiteDecider.Decide(s, new ReopenSite(City, "r", City1, At)),
        (2, _) or (_, SiteState.Verified) => SiteDecider.Decide(s, Sample.Works(turn.Area / 10m, "r")),
        (_, SiteState.Unknown) => SiteDecider.Decide(
            s, Sample.Survey(site, Found with { Town = null }), DivisionTree.Of([.. Tree.Nodes, new(site.Division, site.Division, "county", City)])),
        (_, SiteState.Reported) => SiteDecider.Decide(s, new VerifySite(City, null, City1, At)),
        _ => SiteDecider.Decide(s, new SelfCheckSite(null, Checker, At)),
    };
}
