using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Restoration.Contracts.Tests.AsyncApi;

/// <summary>The documents of what leaves, beside those that are committed: a change shows in review. <c>UPDATE_GOLDEN=1</c> writes them.</summary>
public sealed class AsyncApiTests
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string s_schemas = Path.Combine(Contracts(), "schemas");

    [Fact]
    public void The_document_is_the_committed_one() => IsAsCommitted(Path.Combine(Contracts(), "asyncapi.yaml"), Yaml.Of(Document.Make()));

    [Fact]
    public void Every_fact_has_its_schema_and_every_schema_its_fact()
    {
        Assert.True(Fact.All.Count > 40, $"Only {Fact.All.Count} were found.");
        foreach (var fact in Fact.All) IsAsCommitted(Path.Combine(s_schemas, $"{fact.Name}.json"), Schemas.Of(fact).ToJsonString(s_readable) + "\n");
        Assert.Equal(
            Fact.All.Select(f => f.Name).Order(StringComparer.Ordinal), Directory.GetFiles(s_schemas, "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
    }

    private static void IsAsCommitted(string file, string text)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        Assert.Equal(File.Exists(file) ? File.ReadAllText(file) : "nothing", text);
    }

    private static string Contracts([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "contracts");
}
