using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Restoration.Domain;

namespace Restoration.Http;

/// <summary>
/// Reads JSON into a typed record and tells everything that is wrong with its shape at once: what is missing, unknown, null or of the
/// wrong type, each with its pointer. The serializer alone stops at the first.
/// </summary>
public static class Body
{
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Parses text; a syntax error is reported alone. Names are text afterwards; what a string says is read by who reads it.</summary>
    public static JsonElement? Parse(ReadOnlyMemory<byte> utf8, List<Fault> faults)
    {
        // The parser itself looks at neither until the text is asked for, and throws then.
        if (!Utf8.IsValid(utf8.Span) || HasHalfPairs(utf8.Span))
        {
            faults.Add(new Fault("#", "This is not UTF-8, or the name of a member has half a surrogate pair."));
            return null;
        }

        try
        {
            return JsonElement.Parse(utf8.Span, s_strict);
        }
        catch (InvalidOperationException)
        {
            // Looking for members that stand twice, the parser meets a name with half a surrogate pair.
            faults.Add(new Fault("#", "A member's name is not valid Unicode text."));
            return null;
        }
        catch (JsonException e)
        {
            faults.Add(new Fault("#", e.LineNumber is { } line ? $"This is not JSON (line {line + 1}, byte {e.BytePositionInLine + 1})." : "This is not JSON."));
            return null;
        }
    }

    private static bool HasHalfPairs(ReadOnlySpan<byte> utf8)
    {
        // Only an escape can make one, and few bodies have such an escape at all.
        if (utf8.IndexOf("\\ud"u8) < 0 && utf8.IndexOf("\\uD"u8) < 0)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = s_strict.MaxDepth });
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    reader.GetString();
                }
            }

            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
        catch (JsonException)
        {
            return false; // the parser will say where
        }
    }

    /// <summary>Answers null, with the faults, where the shape is wrong.</summary>
    public static T? Read<T>(JsonElement element, JsonTypeInfo<T> type, string pointer, List<Fault> faults) where T : class
    {
        if (IsPlain(JsonMarshal.GetRawUtf8Value(element)))
        {
            try
            {
                return element.Deserialize(type);
            }
            catch (JsonException)
            {
                // Something is wrong with it, and below all of it is found.
            }
        }

        var before = faults.Count;
        Storable(element, pointer, faults);
        if (faults.Count == before)
        {
            Shape(element, type, pointer, faults);
        }

        return faults.Count == before ? element.Deserialize(type) : null;
    }

    /// <summary>Nothing in it that the serializer lets pass and we do not: null as an item of a list, U+0000, half a surrogate pair.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> json) =>
        json.IndexOf("null"u8) < 0 && json.IndexOf("\\u0000"u8) < 0 && json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0;

    private static void Shape(JsonElement element, JsonTypeInfo type, string pointer, List<Fault> faults)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when element.ValueKind != JsonValueKind.Object:
                faults.Add(new Fault(pointer, "An object is expected."));
                break;
            case JsonTypeInfoKind.Object:
                Members(element, type, pointer, faults);
                break;
            case JsonTypeInfoKind.Enumerable when element.ValueKind != JsonValueKind.Array:
                faults.Add(new Fault(pointer, "An array is expected."));
                break;
            case JsonTypeInfoKind.Enumerable:
                var item = type.Options.GetTypeInfo(type.ElementType!);
                var index = 0;
                foreach (var value in element.EnumerateArray())
                {
                    if (value.ValueKind == JsonValueKind.Null)
                    {
                        faults.Add(new Fault($"{pointer}/{index}", "This must not be null."));
                    }
                    else
                    {
                        Shape(value, item, $"{pointer}/{index}", faults);
                    }

                    index++;
                }

                break;
            default:
                Leaf(element, type, pointer, faults);
                break;
        }
    }

    private static void Members(JsonElement element, JsonTypeInfo type, string pointer, List<Fault> faults)
    {
        foreach (var member in element.EnumerateObject())
        {
            var at = $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (type.Properties.FirstOrDefault(p => p.Name == member.Name) is not { } property)
            {
                faults.Add(new Fault(at, $"There is no such member; there are {string.Join(", ", type.Properties.Select(p => p.Name))}."));
            }
            else if (member.Value.ValueKind != JsonValueKind.Null)
            {
                Shape(member.Value, type.Options.GetTypeInfo(property.PropertyType), at, faults);
            }
            else if (!property.IsSetNullable || (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null))
            {
                faults.Add(new Fault(at, "This must not be null."));
            }
        }

        faults.AddRange(type.Properties
            .Where(p => p.IsRequired && !element.TryGetProperty(p.Name, out _))
            .Select(p => new Fault($"{pointer}/{p.Name}", "This is required.")));
    }

    private static void Leaf(JsonElement element, JsonTypeInfo type, string pointer, List<Fault> faults)
    {
        try
        {
            element.Deserialize(type);
        }
        catch (JsonException e)
        {
            // Our own converters say what they expect, and of which member; the serializer's words name .NET types.
            var at = e.Data["member"] is string member ? $"{pointer}/{member}" : pointer;
            faults.Add(new Fault(at, e.Message.Contains("Path: ", StringComparison.Ordinal) ? Expected(type) : e.Message));
        }
    }

    private static string Expected(JsonTypeInfo type)
    {
        var plain = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return plain switch
        {
            _ when plain.IsEnum => $"One of {string.Join(", ", Enum.GetNames(plain).Select(JsonNamingPolicy.KebabCaseLower.ConvertName))} is expected.",
            _ when plain == typeof(string) => "A string is expected.",
            _ when plain == typeof(bool) => "true or false is expected.",
            _ when plain == typeof(DateTimeOffset) => "A time such as 2024-06-15T08:00:00+08:00 is expected.",
            _ when plain == typeof(DateOnly) => "A date such as 2024-06-15 is expected.",
            _ when plain == typeof(int) || plain == typeof(long) => "A whole number is expected.",
            _ when plain == typeof(decimal) => "A number is expected.",
            _ => "The value does not have the right form.",
        };
    }

    /// <summary>PostgreSQL cannot hold U+0000, and half a surrogate pair is no text.</summary>
    internal static void Storable(JsonElement element, string pointer, List<Fault> faults)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Storable(member.Value, $"{pointer}/{member.Name}", faults);
                }

                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Storable(item, $"{pointer}/{index++}", faults);
                }

                break;
            case JsonValueKind.String:
                try
                {
                    if (element.GetString()!.Contains('\0', StringComparison.Ordinal))
                    {
                        faults.Add(new Fault(pointer, "The character U+0000 cannot be stored."));
                    }
                }
                catch (InvalidOperationException)
                {
                    faults.Add(new Fault(pointer, "This is not valid Unicode text."));
                }

                break;
        }
    }
}
