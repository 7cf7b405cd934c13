using System.Text.Json;
using System.Text.Json.Nodes;

namespace Restoration.Support;

/// <summary>The document a service answers, beside the one that is committed: a change shows in review.</summary>
public static class OpenApiDocument
{
    /// <summary>Fails where the service answers another document than <c>contracts/openapi/{service}.json</c>.</summary>
    public static async Task IsAsCommitted(HttpClient http, string service)
    {
        var file = Path.Combine(Source.Root, "contracts", "openapi", $"{service}.json");
        var answered = JsonNode.Parse(await http.GetStringAsync($"/openapi/{service}.json"))!.ToJsonString(Source.Readable) + "\n";
        if (Source.UpdatesGolden)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, answered);
        }

        Assert.Equal(File.Exists(file) ? await File.ReadAllTextAsync(file) : "nothing", answered);
    }

    public static async Task<JsonElement> Of(HttpClient http, string service) =>
        JsonDocument.Parse(await http.GetStringAsync($"/openapi/{service}.json")).RootElement;
}
