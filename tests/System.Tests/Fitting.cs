using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Restoration.System.Tests;

/// <summary>Makes bodies that fit the schema of an operation, with the ids of a ground where a member's name says whose id it is.</summary>
/// <param name="known">Values by the name of a member.</param>
/// <param name="random">Draws what is optional and what may be chosen; without it a body has what is required and the first of each choice.</param>
public sealed class Fitting(IReadOnlyDictionary<string, string> known, Random? random = null)
{
    private static readonly Dictionary<string, JsonNode> s_named = new()
    {
        ["from"] = 2021, ["to"] = 2035, ["year"] = 2030, ["start"] = 2021, ["baseYear"] = 2020, ["lon"] = 115.4, ["lat"] = 25.5, ["number"] = 7, ["number:s"] = "7",
        ["sha256"] = new string('a', 64), ["uri"] = "https://photos.example/1.jpg", ["roles"] = "reader", ["role"] = "part", ["value"] = 9.5, ["amount"] = 90.5,
    };

    private int _made;

    /// <summary>Null where the operation takes no body.</summary>
    public JsonNode? Body(Operation operation) => operation.Schema is { } schema ? Of(operation, schema, "", 0) : null;

    private JsonNode? Of(Operation operation, JsonElement given, string name, int depth)
    {
        var schema = operation.Resolve(given);
        if (schema.TryGetProperty("oneOf", out var choices))
            return Of(operation, choices.EnumerateArray().First(c => !(c.TryGetProperty("type", out var t) && t.ValueKind == JsonValueKind.String && t.GetString() == "null")), name, depth);
        if (schema.TryGetProperty("examples", out var examples)) return Copy(Pick(examples.EnumerateArray().ToList()));
        if (schema.TryGetProperty("enum", out var words)) return Copy(Pick(words.EnumerateArray().Where(w => w.ValueKind == JsonValueKind.String).ToList()));
        switch (TypeOf(schema))
        {
            case "object": return Members(operation, schema, depth);
            case "array": return new JsonArray([.. Enumerable.Range(0, random?.Next(1, 3) ?? 1).Select(_ => Of(operation, schema.GetProperty("items"), name, depth + 1))]);
            case "boolean": return random?.Next(2) == 0;
            case "integer" or "number": return s_named.TryGetValue(name, out var number) ? number.DeepClone() : random?.Next(1, 40) ?? 1;
            default: return Text(schema, name);
        }
    }

    private JsonObject Members(Operation operation, JsonElement schema, int depth)
    {
        var made = new JsonObject();
        if (!schema.TryGetProperty("properties", out var properties)) return made;
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(n => n.GetString()!).ToHashSet() : [];
        foreach (var member in properties.EnumerateObject().Where(m => required.Contains(m.Name) || (depth < 6 && random?.Next(5) < 2)))
            made[member.Name] = Of(operation, member.Value, member.Name, depth + 1);
        return made;
    }

    private JsonNode Text(JsonElement schema, string name)
    {
        if (schema.TryGetProperty("format", out var format))
        {
            switch (format.GetString())
            {
                case "date-time": return "2024-05-20T09:00:00+08:00";
                case "date": return DateTime.UtcNow.AddDays(30).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            }
        }

        if (known.TryGetValue(name, out var id)) return id;
        if (s_named.TryGetValue(name, out var value)) return value.GetValueKind() == JsonValueKind.String ? value.DeepClone() : value.ToJsonString();
        return name is "id" or "clientId" ? $"made-{random?.Next() ?? 0}-{_made++}" : random is null ? "甲" : Pick(["甲", "坡面复绿", "a", "府字〔2023〕8号", "于都县"]);
    }

    private static string? TypeOf(JsonElement schema) =>
        !schema.TryGetProperty("type", out var type) ? schema.TryGetProperty("properties", out _) ? "object" : null
        : type.ValueKind == JsonValueKind.String ? type.GetString()
        : type.EnumerateArray().Select(t => t.GetString()).First(t => t != "null");

    private static JsonNode? Copy(JsonElement element) => JsonNode.Parse(element.GetRawText());

    private T Pick<T>(IReadOnlyList<T> from) => from[random?.Next(from.Count) ?? 0];
}
