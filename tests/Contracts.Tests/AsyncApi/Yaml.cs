using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Restoration.Contracts.Tests.AsyncApi;

/// <summary>Writes JSON as YAML in blocks. What could be taken for something else is written in quotes, as JSON has it, which YAML reads alike.</summary>
internal static partial class Yaml
{
    private static readonly JsonSerializerOptions s_quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonObject document)
    {
        var text = new StringBuilder();
        Write(text, document, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonObject members, int depth)
    {
        foreach (var (name, value) in members)
        {
            text.Append(' ', depth).Append(Scalar(name)).Append(':');
            Value(text, value, depth + 2);
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int depth)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } members:
                text.Append('\n');
                Write(text, members, depth);
                break;
            case JsonArray { Count: > 0 } items:
                text.Append('\n');
                foreach (var item in items)
                {
                    text.Append(' ', depth).Append('-');
                    if (item is JsonObject { Count: > 0 } members)
                    {
                        // The first member stands behind the dash, the others under it.
                        var at = text.Length;
                        Write(text, members, depth + 2);
                        text.Remove(at, depth + 1);
                    }
                    else
                    {
                        Value(text, item, depth + 2);
                    }
                }

                break;
            case JsonObject:
                text.Append(" {}\n");
                break;
            case JsonArray:
                text.Append(" []\n");
                break;
            case JsonValue plain when plain.GetValueKind() == JsonValueKind.String:
                text.Append(' ').Append(Scalar(plain.GetValue<string>())).Append('\n');
                break;
            default:
                text.Append(' ').Append(value?.ToJsonString() ?? "null").Append('\n');
                break;
        }
    }

    private static string Scalar(string text) =>
        Plain().IsMatch(text) && text is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n")
            ? text : JsonSerializer.Serialize(text, s_quoted);

    [GeneratedRegex(@"^[A-Za-z/$_][A-Za-z0-9/$_.\-]*( [A-Za-z0-9/$_.,;()\-]+)*\z")]
    private static partial Regex Plain();
}
