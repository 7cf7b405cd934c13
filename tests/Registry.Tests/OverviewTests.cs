using System.Text.Json;
using Restoration.Domain;
using Restoration.ServiceDefaults;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Whatever way the projects are told apart, the sums are those of the log.</summary>
public sealed class OverviewTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static readonly string[] s_kinds = ["reported", "checked", "verified"];

    /// <summary>Random reports, checks, verifications and corrections; the position of the last.</summary>
    private async Task<string> Traffic(int seed)
    {
        var random = new Random(seed);
        string position = "";
        for (var round = 0; round < 4; round++)
        {
            var batch = Enumerable.Range(0, 40).Select(i =>
            {
                var measure = random.Next(3) == 0 ? "p2-area" : "p1-area";
                return (object)Event(
                    Data(random.Next(1, 40) / 8m, $"{2021 + random.Next(3)}-0{1 + random.Next(6)}", "increment", measure == "p1-area" && random.Next(2) == 0 ? Yudu : Ningdu, measure, "r",
                        random.Next(2) == 0 ? "mu" : "ha", new { amount = random.Next(1, 9), unit = "wan-yuan" }),
                    source: "/overview");
            }).ToList();
            var answer = (await registry.Host.As("overview-reports", City, Roles.Reporter).PostEvents(batch)).Is(200);
            Assert.All(answer.Json.GetProperty("results").EnumerateArray(), r => Assert.Equal("recorded", r.GetProperty("status").GetString()));
            position = answer.Header("X-Position")!;
            for (var act = 0; act < 20; act++)
            {
                var path = $"/v1/registry/progress/{(random.Next(2) == 0 ? $"p1-area.{Yudu}" : $"p2-area.{Ningdu}")}.{2021 + random.Next(3)}-0{1 + random.Next(6)}";
                position = (await registry.Host.As("checks", City, Roles.Reviewer).Post($"{path}/check", new { }, ("Restoration-Actor", "c-1"))).Header("X-Position") ?? position;
                if (random.Next(2) == 0 && await registry.CityBureau.Post($"{path}/verify", new { }, ("Restoration-Actor", "v-1")) is { Status: 200 } verified)
                    position = verified.Header("X-Position") ?? position; // none where it was verified already
            }
        }

        return position;
    }

    private static decimal Value(JsonElement amount, string kind) => amount.GetProperty(kind).GetProperty("value").GetDecimal();

    private static IEnumerable<JsonElement> Parts(JsonElement overview, string by) => overview.GetProperty("parts").EnumerateArray().Where(p => p.GetProperty("by").GetString() == by);

    private static decimal Area(JsonElement part, string kind) => part.GetProperty("amounts").EnumerateArray().Where(a => a.GetProperty("dimension").GetString() == "area").Sum(a => Value(a, kind));

    private static decimal Money(JsonElement part) => part.GetProperty("investmentCompleted").GetProperty("amount").GetDecimal();

    [Fact]
    public async Task Each_way_adds_up_to_the_same_and_so_do_the_levels()
    {
        var position = await Traffic(20261128);
        var city = (await registry.Reader(City).Get($"/v1/registry/overview?minPosition={position}")).Is(200).Json;
        Assert.True(s_kinds.All(k => Area(city, k) > 0) && Money(city) > 0, city.ToString());
        foreach (var by in new[] { "programme", "kind", "lead-unit", "county", "year" })
        {
            var parts = Parts(city, by).ToList();
            Assert.True(parts.Count > 0, by);
            Assert.Equal(Money(city), parts.Sum(Money));
            // Each is rounded to four decimals by itself.
            Assert.All(s_kinds, kind => Assert.InRange(Math.Abs(Area(city, kind) - parts.Sum(p => Area(p, kind))), 0, 0.0001m * parts.Count));
        }

        foreach (var other in new[] { $"/v1/registry/overview?division={Province}", "/v1/registry/overview?recordedAsOf=2999-01-01" })
        {
            var same = (await registry.Reader(Province).Get(other)).Is(200).Json;
            Assert.All(s_kinds, kind => Assert.Equal(Area(city, kind), Area(same, kind)));
        }

        // A county's own answer is its line in the city's.
        foreach (var county in new[] { Yudu, Ningdu })
        {
            var own = (await registry.Reader(county).Get("/v1/registry/overview")).Is(200).Json;
            var line = Parts(city, "county").Single(p => p.GetProperty("id").GetString() == county);
            Assert.All(s_kinds, kind => Assert.Equal(Area(line, kind), Area(own, kind)));
            Assert.Equal(Money(line), Money(own));
            Assert.Equal([county], Parts(own, "county").Select(p => p.GetProperty("id").GetString()));
        }

        // And the plan's summary says the same of its measures.
        var summary = (await registry.Reader(City).Get($"/v1/registry/plans/gz/summary?minPosition={position}")).Is(200).Json;
        var measures = summary.GetProperty("programmes").EnumerateArray().SelectMany(p => p.GetProperty("projects").EnumerateArray()).SelectMany(p => p.GetProperty("measures").EnumerateArray())
            .Where(m => m.TryGetProperty("reported", out _)).ToList();
        Assert.All(s_kinds, kind => Assert.InRange(Math.Abs(Area(city, kind) - measures.Sum(m => Value(m, kind))), 0, 0.0001m * measures.Count));
        Assert.Equal(Parts(city, "programme").Select(p => Area(p, "verified")), Parts(summary, "programme").Select(p => Area(p, "verified")));
        Assert.Equal(
            Parts(city, "programme").Single().GetProperty("share").GetDecimal(),
            summary.GetProperty("programmes")[0].GetProperty("share").GetDecimal());
    }

    [Fact]
    public async Task It_counts_projects_and_says_what_it_rests_on()
    {
        var position = await Traffic(7);
        var city = (await registry.Reader(City).Get($"/v1/registry/overview?minPosition={position}")).Is(200).Json;
        Assert.Equal(3, city.GetProperty("projects").GetInt64());
        Assert.Equal([("in-progress", 3L)], city.GetProperty("states").EnumerateArray().Select(t => (t.GetProperty("state").GetString()!, t.GetProperty("projects").GetInt64())));
        Assert.Equal((1_000_000m, 1L), (city.GetProperty("estimate").GetProperty("amount").GetDecimal(), city.GetProperty("projectsWithoutEstimate").GetInt64()));
        Assert.Equal((2L, 4L), (city.GetProperty("counties").GetProperty("with").GetInt64(), city.GetProperty("counties").GetProperty("of").GetInt64()));
        var units = Parts(city, "lead-unit").ToDictionary(p => p.GetProperty("id").GetString()!, p => p.GetProperty("projects").GetInt64());
        Assert.Equal((1L, 2L), (units["市水利局"], units[""]));
        Assert.Equal("东江流域", Parts(city, "programme").Single().GetProperty("name").GetString());
        Assert.Equal(300m, Area(city, "target"));

        // p2 is Ningdu's alone, so that its target is Ningdu's; of p1 it has no target before one is assigned.
        var ningdu = Parts(city, "county").Single(p => p.GetProperty("id").GetString() == Ningdu);
        Assert.Equal((1L, 2L), (ningdu.GetProperty("coverage").GetProperty("with").GetInt64(), ningdu.GetProperty("coverage").GetProperty("of").GetInt64()));
        var own = (await registry.Reader(Ningdu).Get("/v1/registry/overview")).Is(200).Json;
        Assert.Equal(100m, Area(own, "target"));
        Assert.Equal(ningdu.GetProperty("share").GetDecimal(), own.GetProperty("share").GetDecimal());

        var other = (await registry.Reader("360222").Get("/v1/registry/overview")).Is(200).Json;
        Assert.Equal((0L, 0), (other.GetProperty("projects").GetInt64(), other.GetProperty("parts").GetArrayLength()));
    }

    [Fact]
    public async Task Parts_are_a_list_and_what_explains_them_adds_up()
    {
        var position = await Traffic(11);
        var reader = registry.Reader(City);
        var overview = (await reader.Get($"/v1/registry/overview?minPosition={position}")).Is(200).Json;
        var csv = (await reader.Get("/v1/registry/overview/parts?by=county", ("Accept", "text/csv"), ("Accept-Language", "zh"))).Is(200).Text;
        Assert.StartsWith("汇总口径,", csv.TrimStart('\ufeff'), StringComparison.Ordinal);
        Assert.Contains("于都县", csv, StringComparison.Ordinal);
        (await reader.Get("/v1/registry/overview/parts?by=moon")).Is(400, "parameter.malformed");
        var lines = (await reader.Get("/v1/registry/plans/gz/summary/parts?by=year&year=2022")).Is(200).Json.GetProperty("items");
        Assert.Equal(["2022"], lines.EnumerateArray().Select(l => l.GetProperty("id").GetString()));

        foreach (var part in Parts(overview, "county").Concat(Parts(overview, "year")).Concat(Parts(overview, "lead-unit")).Append(overview))
        {
            var items = new List<JsonElement>();
            var link = part.GetProperty("explain").GetString()!;
            for (var next = $"{link}{(link.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=7"; next is not null;)
            {
                var page = (await reader.Get(next)).Is(200);
                items.AddRange(page.Json.GetProperty("items").EnumerateArray());
                next = page.Header("Link")?.Split('>')[0][1..];
            }

            foreach (var kind in s_kinds)
            {
                var canonical = items.Where(i => i.GetProperty("kind").GetString() == kind).Sum(i => JsonSerializer.Deserialize<Quantity>(i.GetProperty("quantity"), WireJson.Options).Canonical);
                Assert.Equal(Area(part, kind), decimal.Round(canonical / Unit.Ha.Factor, 4, MidpointRounding.ToEven));
            }

            Assert.Equal(Money(part), items.Where(i => i.GetProperty("kind").GetString() == "investment").Sum(i => i.GetProperty("investment").GetProperty("amount").GetDecimal()));
        }
    }
}
