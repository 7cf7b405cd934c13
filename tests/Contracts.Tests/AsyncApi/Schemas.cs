using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Restoration.Contracts.Tests.AsyncApi;

/// <summary>JSON Schema (draft 7, which AsyncAPI speaks) of contracts: plain records, described by their own comments.</summary>
internal static class Schemas
{
    private static readonly Dictionary<string, XElement> s_comments = XDocument.Load(Path.ChangeExtension(typeof(Contracts.Updates.Ping).Assembly.Location, ".xml"))
        .Descendants("member").ToDictionary(m => m.Attribute("name")!.Value);

    private static readonly NullabilityInfoContext s_nullability = new();

    public static JsonObject Of(Fact fact)
    {
        var definitions = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        var schema = Record(fact.Contract, definitions);
        var document = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#", ["$id"] = $"/schemas/{fact.Name}.json", ["title"] = fact.Contract.Name,
        };
        foreach (var (name, member) in schema.ToList())
        {
            schema.Remove(name);
            document[name] = member;
        }

        if (definitions.Count > 0) document["definitions"] = new JsonObject(definitions.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)d.Value)));
        return document;
    }

    /// <summary>What the type's own comment says.</summary>
    public static string? Summary(Type type) => s_comments.TryGetValue($"T:{type.FullName}", out var comment) ? Text(comment.Element("summary")) : null;

    private static JsonObject Record(Type type, SortedDictionary<string, JsonObject> definitions)
    {
        var (members, required) = (new JsonObject(), new JsonArray());
        foreach (var property in type.GetProperties())
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            var member = Value(s_nullability.Create(property), definitions);
            if (s_comments.TryGetValue($"T:{type.FullName}", out var comment)
                && Text(comment.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == property.Name)) is { } said)
            {
                // Beside a reference nothing else counts in draft 7.
                if (member.ContainsKey("$ref")) member = new JsonObject { ["allOf"] = new JsonArray(member) };
                member["description"] = said;
            }

            members[name] = member;
            if (s_nullability.Create(property).ReadState != NullabilityState.Nullable) required.Add(name);
        }

        var schema = new JsonObject();
        if (Summary(type) is { } summary) schema["description"] = summary;
        (schema["type"], schema["properties"]) = ("object", members);
        if (required.Count > 0) schema["required"] = required;
        return schema;
    }

    private static JsonObject Value(NullabilityInfo info, SortedDictionary<string, JsonObject> definitions)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        if (type.IsGenericType) return new() { ["type"] = "array", ["items"] = Value(info.GenericTypeArguments[0], definitions) };
        switch (type.Name)
        {
            case nameof(String): return new() { ["type"] = "string" };
            case nameof(Boolean): return new() { ["type"] = "boolean" };
            case nameof(Int32) or nameof(Int64): return new() { ["type"] = "integer" };
            case nameof(Decimal): return new() { ["type"] = "number" };
            case nameof(DateOnly): return new() { ["type"] = "string", ["format"] = "date" };
            case nameof(DateTimeOffset): return new() { ["type"] = "string", ["format"] = "date-time" };
        }

        if (!definitions.ContainsKey(type.Name))
        {
            definitions[type.Name] = []; // before its members, one of which may be of its kind
            definitions[type.Name] = Record(type, definitions);
        }

        return new() { ["$ref"] = $"#/definitions/{type.Name}" };
    }

    /// <summary>A comment as plain text: names of code in backticks, members as on the wire.</summary>
    private static string? Text(XElement? comment) => comment is null ? null : Regex.Replace(
        string.Concat(comment.Nodes().Select(n => n switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "paramref" } e => $"`{JsonNamingPolicy.CamelCase.ConvertName(e.Attribute("name")!.Value)}`",
            XElement { Name.LocalName: "see" } e => $"`{e.Attribute("cref")!.Value.Split('.')[^1]}`",
            XElement e => $"`{e.Value}`",
            _ => "",
        })), @"\s+", " ").Trim();
}
