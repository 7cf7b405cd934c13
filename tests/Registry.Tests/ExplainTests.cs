using System.Text.Json;
using Restoration.Domain;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Every number of a summary can be computed again from the events that it names.</summary>
public sealed class ExplainTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static decimal Canonical(JsonElement quantity) => JsonSerializer.Deserialize<Quantity>(quantity, WireJson.Options).Canonical;

    private static decimal Hectares(decimal canonical) => decimal.Round(canonical / Unit.Ha.Factor, 4, MidpointRounding.ToEven);

    private async Task<string> Report()
    {
        var city = registry.Host.As("explained", City, Roles.Reporter);
        var posted = await city.PostEvents(
            from division in new[] { Yudu, Ningdu }
            from period in new[] { "2021-01", "2021-02", "2022-03", "2022-04", "2023-05" }
            select Event(
                Data(period[^1] - '0' + 0.3333m, period, division: division, unit: division == Yudu ? "mu" : "ha", investment: new { amount = period[^1] - '0', unit = "wan-yuan" }), $"{division}-{period}", "/explained"));
        Assert.All(posted.Is(200).Json.GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("status").GetString() is "recorded" or "duplicate", r.ToString()));
        foreach (var (division, period) in new[] { (Yudu, "2021-01"), (Ningdu, "2021-02"), (Yudu, "2022-03") })
        {
            await registry.Host.As($"bureau-{division}", division, Roles.Reviewer).Post($"/v1/registry/progress/p1-area.{division}.{period}/check", new { }, ("Restoration-Actor", "c-1"));
            await registry.CityBureau.Post($"/v1/registry/progress/p1-area.{division}.{period}/verify", new { }, ("Restoration-Actor", "v-1"));
        }

        await city.PostEvent(Event(
            new { corrects = new { source = "/explained", id = $"{Yudu}-2022-03" }, quantity = new { value = 1.7777m, unit = "mu" }, reason = "twice" }, $"correction-{Guid.NewGuid():N}", "/explained",
            "restoration.progress.corrected.v1"));
        return $"registry:{await registry.Database.Value<long>("select max(seq_id) from events.mt_events")}"; // whatever came last: repeated, some of it records nothing
    }

    /// <summary>All items, and what others add.</summary>
    private static async Task<(List<JsonElement> Items, List<JsonElement> Elsewhere)> Explain(Caller caller, string link)
    {
        var (items, elsewhere) = (new List<JsonElement>(), new List<JsonElement>());
        for (var next = $"{link}{(link.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=3"; next is not null;)
        {
            var answer = (await caller.Get(next)).Is(200);
            items.AddRange(answer.Json.GetProperty("items").EnumerateArray());
            elsewhere = [.. answer.Json.GetProperty("elsewhere").EnumerateArray()];
            next = answer.Header("Link")?.Split('>')[0][1..];
        }

        return (items, elsewhere);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?year=2022")]
    [InlineData("?division=360731")]
    [InlineData("?asOf=2030-01-01")]
    public async Task A_summary_adds_up_the_events_it_names(string query)
    {
        var position = await Report();
        var summary = (await registry.Planner.Get($"/v1/registry/plans/gz/summary{query}{(query.Length == 0 ? '?' : '&')}minPosition={position}")).Is(200).Json;
        var project = summary.GetProperty("programmes")[0].GetProperty("projects")[0];
        var measure = project.GetProperty("measures")[0];
        foreach (var (division, full) in new[] { (City, true), (Yudu, false) })
        {
            var reader = registry.Reader(division);
            var (items, elsewhere) = await Explain(reader, measure.GetProperty("explain").GetString()!);
            foreach (var kind in new[] { "reported", "verified" })
            {
                var sum = items.Concat(elsewhere).Where(i => i.GetProperty("kind").GetString() == kind).Sum(i => Canonical(i.GetProperty("quantity")));
                Assert.Equal(measure.GetProperty(kind).GetProperty("value").GetDecimal(), Hectares(sum));
            }

            Assert.Equal(full || query.Contains(Yudu, StringComparison.Ordinal), elsewhere.Count == 0);
            Assert.Equal(full && !query.Contains(Yudu, StringComparison.Ordinal), items.Any(i => i.ToString().Contains(Ningdu, StringComparison.Ordinal)));
            Assert.DoesNotContain(elsewhere, e => e.ToString().Contains(Ningdu, StringComparison.Ordinal));
            foreach (var item in items)
            {
                var fact = (await reader.Get(item.GetProperty("fact").GetString()!)).Is(200).Json.GetProperty("items")[0];
                Assert.Equal(item.GetProperty("position").GetInt64(), fact.GetProperty("position").GetInt64());
                Assert.Equal(item.GetProperty("version").GetInt64(), fact.GetProperty("version").GetInt64());
                Assert.Equal(item.GetProperty("eventId").GetGuid(), fact.GetProperty("id").GetGuid());
                Assert.Equal(Canonical(item.GetProperty("quantity")), Canonical(fact.GetProperty("data").GetProperty("total")));
            }

            var (all, others) = await Explain(reader, project.GetProperty("explain").GetString()!);
            Assert.Equal(
                project.GetProperty("investmentCompleted").GetProperty("amount").GetDecimal(),
                all.Concat(others).Where(i => i.GetProperty("kind").GetString() == "investment").Sum(i => i.GetProperty("investment").GetProperty("amount").GetDecimal()));
        }

        Assert.True(measure.GetProperty("verified").GetProperty("value").GetDecimal() > 0);
        Assert.StartsWith("/v1/registry/plans/gz/summary/explain", summary.GetProperty("explain").GetString()!, StringComparison.Ordinal);
        (await registry.Reader("360222").Get("/v1/registry/plans/gz/summary/explain")).Is(403, "division.forbidden");
    }
}
