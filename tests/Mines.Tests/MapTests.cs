using System.Text.Json;

namespace Restoration.Mines.Tests;

/// <summary>Sites on the map, as GIS programs read them (RFC 7946); and the accounts as a table.</summary>
public sealed class MapTests(MinesSystem system) : IClassFixture<MinesSystem>
{
    private const string Path = "/v1/mines/sites";
    private static readonly (string, string) s_map = ("Accept", "application/geo+json");

    [Fact]
    public async Task Sites_are_features_with_what_they_say_as_JSON()
    {
        foreach (var i in Enumerable.Range(0, 60))
            await system.To("reported", $"map-{i:d2}");
        var answer = (await system.County.Get($"{Path}?state=reported", s_map)).Is(200);
        Assert.Equal(("application/geo+json", "Accept, Accept-Language"), (answer.Message.Content.Headers.ContentType!.ToString(), answer.Header("Vary")));
        Assert.Equal("FeatureCollection", answer.Json.GetProperty("type").GetString());
        var features = answer.Json.GetProperty("features").EnumerateArray().ToDictionary(f => f.GetProperty("id").GetString()!);
        Assert.True(features.Count >= 60, $"{features.Count} of all that there are."); // more than a page
        var json = (await system.County.Get($"{Path}?state=reported&limit=500")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(json.Count, features.Count);
        foreach (var site in json)
        {
            var feature = features[site.GetProperty("id").GetString()!];
            Assert.Equal(["type", "id", "geometry", "properties"], feature.EnumerateObject().Select(m => m.Name));
            Assert.Equal(("Feature", "Point"), (feature.GetProperty("type").GetString(), feature.GetProperty("geometry").GetProperty("type").GetString()));
            // Longitude first.
            Assert.Equal($"[{site.GetProperty("lon")},{site.GetProperty("lat")}]", feature.GetProperty("geometry").GetProperty("coordinates").GetRawText());
            Assert.True(JsonElement.DeepEquals(site, feature.GetProperty("properties")));
        }
    }

    [Fact]
    public async Task They_come_in_pages_where_a_length_is_asked_for()
    {
        foreach (var i in Enumerable.Range(0, 3))
            await system.To("reported", $"page-{i}");
        var seen = new List<string>();
        for (var next = $"{Path}?limit=2"; next is not null;)
        {
            var page = (await system.County.Get(next, s_map)).Is(200);
            var ids = page.Json.GetProperty("features").EnumerateArray().Select(f => f.GetProperty("id").GetString()!).ToList();
            Assert.InRange(ids.Count, 1, 2);
            seen.AddRange(ids);
            next = page.Header("Link") is { } link ? link[1..].Split('>')[0] : null;
        }

        Assert.Equal(seen.Distinct(), seen);
        Assert.Subset(seen.ToHashSet(), new HashSet<string> { "page-0", "page-1", "page-2" });
        var none = (await system.County.Get($"{Path}?mineral=none", s_map)).Is(200).Text;
        Assert.Equal("""{"type":"FeatureCollection","features":[]}""", none);
    }

    [Fact]
    public async Task What_has_no_place_is_no_map()
    {
        (await system.County.Get("/v1/mines/accounts", s_map)).Is(406, "accept.unsupported");
        (await system.Ningdus.Get("/v1/mines/events/rejected", s_map)).Is(406, "accept.unsupported");
        Assert.Equal("application/json", (await system.County.Get("/v1/mines/accounts", ("Accept", "application/geo+json, application/json;q=0.1"))).Is(200).Message.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_accounts_are_a_table_too_with_the_whole_first()
    {
        await system.To("accepted", "table-1");
        var json = (await system.CityBureau.Get("/v1/mines/accounts")).Is(200).Json;
        var lines = (await system.CityBureau.Get("/v1/mines/accounts", ("Accept", "text/csv"), ("Accept-Language", "zh"))).Is(200).Text.TrimStart('\ufeff').Split("\r\n");
        Assert.StartsWith("行政区,名称,查明·矿山数,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($",,{json.GetProperty("whole").GetProperty("known").GetProperty("sites")},", lines[1], StringComparison.Ordinal);
        Assert.Equal(json.GetProperty("counties").GetArrayLength() + 3, lines.Length); // heading, whole, and what follows the last line's end
    }
}
