using System.Text.Json;
using Restoration.Support;

namespace Restoration.Registry.Tests;

/// <summary>What an integrator reads first.</summary>
public sealed class OpenApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    [Fact]
    public Task The_document_is_the_committed_one() => OpenApiDocument.IsAsCommitted(registry.Host.Http, "registry");

    [Fact]
    public async Task Each_route_says_what_it_is_for_and_what_it_answers()
    {
        var operations = await Operations();
        Assert.True(operations.Count > 25, $"{operations.Count} operations");
        Assert.All(operations, o =>
        {
            Assert.True(o.Operation.TryGetProperty("summary", out _), o.Name);
            Assert.Contains(o.Operation.GetProperty("responses").EnumerateObject(), r => r.Name[0] == '2' && (r.Name == "204" || r.Value.TryGetProperty("content", out _)));
            Assert.True(o.Operation.TryGetProperty("security", out _), o.Name);
        });
    }

    [Fact]
    public async Task Each_command_says_that_it_needs_a_key_and_takes_a_version()
    {
        var commands = (await Operations()).Where(o => o.Name.StartsWith("post", StringComparison.Ordinal) && !o.Name.EndsWith("/events", StringComparison.Ordinal)
            && !o.Name.Contains("/ops/", StringComparison.Ordinal)
            && !o.Name.EndsWith("/imports", StringComparison.Ordinal)).ToList(); // an operator's acts repeat without effect, and so does a sheet
        Assert.True(commands.Count >= 13, $"{commands.Count} commands");
        Assert.All(commands, c =>
        {
            var parameters = c.Operation.GetProperty("parameters").EnumerateArray().ToDictionary(p => p.GetProperty("name").GetString()!);
            Assert.True(parameters["Idempotency-Key"].GetProperty("required").GetBoolean(), c.Name);
            Assert.Contains("If-Match", parameters.Keys);
            Assert.True(c.Operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema").TryGetProperty("$ref", out _), c.Name);
        });
    }

    [Fact]
    public async Task Values_have_schemas_with_examples()
    {
        var schemas = (await OpenApiDocument.Of(registry.Host.Http, "registry")).GetProperty("components").GetProperty("schemas");
        foreach (var name in new[] { "Quantity", "Money", "Period" })
        {
            Assert.True(schemas.GetProperty(name).TryGetProperty("description", out _), name);
            Assert.True(schemas.GetProperty(name).TryGetProperty("example", out _) || schemas.GetProperty(name).TryGetProperty("examples", out _), name);
        }

        Assert.Equal(["value", "unit"], schemas.GetProperty("Quantity").GetProperty("required").EnumerateArray().Select(r => r.GetString()));
        Assert.Contains("soil-and-water", schemas.GetProperty("ProjectKind").GetProperty("enum").EnumerateArray().Select(e => e.GetString()));
    }

    private async Task<List<(string Name, JsonElement Operation)>> Operations() => [..
        from path in (await OpenApiDocument.Of(registry.Host.Http, "registry")).GetProperty("paths").EnumerateObject()
        from method in path.Value.EnumerateObject()
        select ($"{method.Name} {path.Name}", method.Value)];
}
