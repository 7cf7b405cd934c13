using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>What was not taken is kept for its sender, as it was told.</summary>
public sealed class RejectedTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    [Fact]
    public async Task A_client_sees_what_was_refused_of_its_own_the_latest_first_and_nobody_else_does()
    {
        var (sender, other) = (registry.Host.As("rejected-1", Yudu, "reporter"), registry.Host.As("rejected-2", Yudu, "reporter"));
        (await sender.PostEvent(Posted("1", "p1-none"))).Is(404);
        (await sender.PostEvent(Posted("2", "p1-none"), "?dryRun=true")).Is(404);
        var batch = (await sender.PostEvents([Posted("3", "p1-area"), Posted("4", "p1-none"), new { id = "5\0\ud83c", type = "odd\0" }])).Is(200);
        Assert.Equal(["recorded", "rejected", "rejected"], batch.Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetString()));

        var page = (await sender.Get("/v1/registry/events/rejected")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([2, 1, 0], page.Select(i => i.GetProperty("index").GetInt32()));
        Assert.Equal(["4", "1"], page.Skip(1).Select(i => i.GetProperty("id").GetString()));
        Assert.Equal(
            batch.Json.GetProperty("results")[1].GetProperty("problem").GetProperty("detail").GetString(), page[1].GetProperty("problem").GetProperty("detail").GetString());
        Assert.Equal("restoration.progress.reported.v1", page[1].GetProperty("type").GetString());
        var code = page[1].GetProperty("problem").GetProperty("code").GetString();
        Assert.Equal(2, (await sender.Get($"/v1/registry/events/rejected?code={code}")).Is(200).Json.GetProperty("items").GetArrayLength());

        Assert.Equal(0, (await other.Get("/v1/registry/events/rejected")).Is(200).Json.GetProperty("items").GetArrayLength());
        (await registry.Host.Nobody.Get("/v1/registry/events/rejected")).Is(401);

        // An id that was refused is not used up, and page follows page.
        (await sender.PostEvent(Posted("4", "p1-area", "2022-02"))).Is(201);
        var first = (await sender.Get("/v1/registry/events/rejected?limit=2")).Is(200).Json;
        var second = (await sender.Get($"/v1/registry/events/rejected?limit=2&cursor={first.GetProperty("next").GetString()}")).Is(200).Json;
        Assert.Equal(
            page.Select(i => i.GetRawText()),
            first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(i => i.GetRawText()));
        Assert.False(second.TryGetProperty("next", out _));
    }

    private static object Posted(string id, string measure, string period = "2022-01") => new
    {
        specversion = "1.0",
        id,
        source = "/rejected",
        type = "restoration.progress.reported.v1",
        subject = "p1",
        time = "2022-03-01T08:00:00Z",
        data = new { projectId = "p1", measureId = measure, division = Yudu, period, mode = "increment", quantity = new { value = 1, unit = "ha" } },
    };
}
