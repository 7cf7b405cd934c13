using System.Text.Json;
using System.Text.RegularExpressions;
using Restoration.Support;

namespace Restoration.Gateway.Tests;

/// <summary>What an integrator reads first.</summary>
public sealed class OpenApiTests(House house) : IClassFixture<House>
{
    [Fact]
    public Task The_document_is_the_committed_one() => OpenApiDocument.IsAsCommitted(house.Gateway.Http, "gateway");

    [Fact]
    public async Task What_is_told_as_it_happens_is_described_beside_it_for_everybody()
    {
        using var document = await house.Gateway.Send(HttpMethod.Get, "/asyncapi.yaml", null);
        var text = await document.Content.ReadAsStringAsync();
        Assert.Equal((200, "application/yaml"), ((int)document.StatusCode, document.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith("asyncapi: \"3.0.0\"", text, StringComparison.Ordinal);
        var schemas = Regex.Matches(text, @"\./(schemas/[\w.-]+\.json)").Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.True(schemas.Count > 40, $"{schemas.Count} schemas");
        foreach (var schema in schemas)
        {
            using var answer = await house.Gateway.Send(HttpMethod.Get, $"/{schema}", null);
            Assert.Equal($"/{schema}", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("$id").GetString());
        }
    }

    [Fact]
    public async Task Each_route_says_what_it_is_for_and_what_it_answers()
    {
        var operations = await Operations();
        Assert.True(operations.Count >= 10, $"{operations.Count} operations");
        Assert.All(operations, o =>
        {
            Assert.True(o.Operation.TryGetProperty("summary", out _), o.Name);
            var responses = o.Operation.GetProperty("responses");
            Assert.Contains(responses.EnumerateObject(), r => r.Name[0] == '2' && r.Value.TryGetProperty("content", out _));
            Assert.All(responses.EnumerateObject(), r => Assert.NotEmpty(r.Value.GetProperty("description").GetString()!));
            Assert.True(responses.TryGetProperty("429", out _), o.Name);
            if (o.Operation.TryGetProperty("parameters", out var parameters))
                Assert.All(parameters.EnumerateArray(), p => Assert.True(p.TryGetProperty("description", out _), $"{o.Name} {p}"));
            Assert.Equal(o.Name.Contains("/v1/", StringComparison.Ordinal), o.Operation.TryGetProperty("security", out _));
        });
    }

    [Fact]
    public async Task Each_command_says_what_guards_it_and_what_it_takes()
    {
        var writes = (await Operations()).Where(o => o.Name.Contains("/v1/", StringComparison.Ordinal) && !o.Name.StartsWith("get", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, writes.Count);
        Assert.All(writes, o =>
        {
            var required = o.Operation.GetProperty("parameters").EnumerateArray()
                .ToDictionary(p => p.GetProperty("name").GetString()!, p => p.TryGetProperty("required", out var r) && r.GetBoolean());
            Assert.Equal(o.Name.StartsWith("patch", StringComparison.Ordinal), required["If-Match"]);
            Assert.Equal(o.Name.StartsWith("post", StringComparison.Ordinal), required.ContainsKey("Idempotency-Key"));
            Assert.All(["400", "401", "403", "412", "422"], status => Assert.True(o.Operation.GetProperty("responses").TryGetProperty(status, out _), $"{o.Name} {status}"));
            Assert.True(o.Operation.TryGetProperty("requestBody", out _), o.Name);
        });
    }

    private async Task<List<(string Name, JsonElement Operation)>> Operations() => [..
        from path in (await OpenApiDocument.Of(house.Gateway.Http, "gateway")).GetProperty("paths").EnumerateObject()
        from method in path.Value.EnumerateObject()
        select ($"{method.Name} {path.Name}", method.Value)];
}
