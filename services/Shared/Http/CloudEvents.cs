using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Restoration.Domain;

namespace Restoration.Http;

/// <summary>A CloudEvent 1.0 as it came in.</summary>
/// <param name="Time">Business time, in UTC.</param>
/// <param name="Extensions">Extension attributes, kept in the headers of what it records.</param>
public sealed record CloudEvent(
    string Source, string Id, string Type, DateTimeOffset Time, string? Subject, JsonElement Data, IReadOnlyDictionary<string, JsonElement> Extensions)
{
    /// <summary>What is compared when the identity comes again: type, subject and data. SDKs change time and trace on a retry.</summary>
    public byte[] ContentHash => CanonicalJson.Hash(writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("data"u8);
        CanonicalJson.Write(writer, Data);
        writer.WriteString("subject"u8, Subject);
        writer.WriteString("type"u8, Type);
        writer.WriteEndObject();
    });

    public string? Traceparent =>
        Extensions.TryGetValue("traceparent", out var trace) && trace.ValueKind == JsonValueKind.String ? trace.GetString() : null;
}

/// <summary>Reads the three HTTP modes of CloudEvents 1.0, to the letter.</summary>
public static partial class CloudEvents
{
    private const int Longest = 256;

    /// <summary>The object of a structured or batched event. Null with the faults where it is none.</summary>
    public static CloudEvent? Read(JsonElement json, string pointer, List<Fault> faults)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new Fault(pointer, "A CloudEvent is a JSON object."));
            return null;
        }

        var before = faults.Count;
        var attributes = new Dictionary<string, JsonElement>();
        JsonElement? data = null;
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name == "data")
            {
                data = member.Value;
            }
            else if (member.Name == "data_base64")
            {
                faults.Add(new Fault($"{pointer}/data_base64", "Data is JSON here, in the member data."));
            }
            else if (member.Value.ValueKind != JsonValueKind.Null) // null means absent
            {
                attributes[member.Name] = member.Value;
            }
        }

        return Build(attributes, data, pointer, faults) is { } read && faults.Count == before ? read : null;
    }

    /// <summary>The headers of a binary event, with its body as data.</summary>
    public static CloudEvent? Read(IHeaderDictionary headers, JsonElement? data, List<Fault> faults)
    {
        var attributes = new Dictionary<string, JsonElement>();
        foreach (var (name, values) in headers.Where(h => h.Key.StartsWith("ce-", StringComparison.OrdinalIgnoreCase)))
        {
            var attribute = name[3..].ToLowerInvariant();
            if (values.Count != 1 || Decode(values[0]!) is not { } text)
            {
                faults.Add(new Fault($"#/{attribute}", "The header must be there once, with percent-encoded UTF-8 as its value."));
            }
            else
            {
                attributes[attribute] = JsonSerializer.SerializeToElement(text);
            }
        }

        return faults.Count > 0 ? null : Build(attributes, data, "#", faults);
    }

    /// <summary>
    /// Takes off the quotes that some senders set (CloudEvents HTTP binding 1.0.2, §3.1.3.2), then percent-decodes once; null where the
    /// result is not UTF-8. A lone percent sign stands for itself.
    /// </summary>
    internal static string? Decode(string value)
    {
        if (value is ['"', .. var quoted, '"'])
        {
            value = Escaped().Replace(quoted, "$1");
        }

        var bytes = new List<byte>(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '%' && i + 2 < value.Length && byte.TryParse(value.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                bytes.Add(code);
                i += 2;
            }
            else if (value[i] <= '\x7f')
            {
                bytes.Add((byte)value[i]);
            }
            else
            {
                return null; // raw bytes outside ASCII are not allowed in these headers
            }
        }

        try
        {
            return s_utf8.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escaped();

    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private static CloudEvent? Build(Dictionary<string, JsonElement> attributes, JsonElement? data, string pointer, List<Fault> faults)
    {
        var before = faults.Count;
        var version = Text("specversion");
        if (version is not null and not "1.0")
        {
            faults.Add(new Fault($"{pointer}/specversion", "Only 1.0 is spoken here."));
        }

        var (id, source, type) = (Text("id"), Text("source"), Text("type"));
        var subject = attributes.ContainsKey("subject") ? Text("subject") : null;
        foreach (var (name, value) in new[] { ("id", id), ("source", source), ("type", type), ("subject", subject) })
        {
            if (value?.Length > Longest)
            {
                faults.Add(new Fault($"{pointer}/{name}", $"At most {Longest} characters."));
            }
        }

        var time = Text("time");
        var at = default(DateTimeOffset);
        if (time is not null && !IsTime(time, out at))
        {
            faults.Add(new Fault($"{pointer}/time", "An RFC 3339 time with offset is expected, such as 2024-06-15T08:00:00+08:00."));
        }

        if (attributes.TryGetValue("datacontenttype", out var media) && !IsJson(TextOf(media)))
        {
            faults.Add(new Fault($"{pointer}/datacontenttype", "Data is JSON here."));
        }

        if (data is null)
        {
            faults.Add(new Fault($"{pointer}/data", "This is required."));
        }

        var extensions = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in attributes.Where(a => a.Key is not ("specversion" or "id" or "source" or "type" or "time" or "subject" or "datacontenttype" or "dataschema")))
        {
            if (!name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9')) || name.Length > 50)
            {
                faults.Add(new Fault($"{pointer}/{name}", "There is no such member, and an extension attribute is named by lower-case letters and digits."));
            }
            else if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.True or JsonValueKind.False) && !(value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _)))
            {
                faults.Add(new Fault($"{pointer}/{name}", "An extension attribute is a string, a 32-bit integer, true or false."));
            }
            else if (TextOf(value) is not { } text || text.Contains('\0', StringComparison.Ordinal))
            {
                faults.Add(new Fault($"{pointer}/{name}", "Half a surrogate pair is no text, and the character U+0000 cannot be stored."));
            }
            else
            {
                extensions[name] = value;
            }
        }

        return faults.Count == before ? new CloudEvent(source!, id!, type!, at.ToUniversalTime(), subject, data!.Value, extensions) : null;

        string? Text(string name)
        {
            if (!attributes.TryGetValue(name, out var value))
            {
                faults.Add(new Fault($"{pointer}/{name}", "This is required."));
            }
            else if (value.ValueKind != JsonValueKind.String || TextOf(value) is not { Length: > 0 } text || text.Any(char.IsControl))
            {
                faults.Add(new Fault($"{pointer}/{name}", "Text without control characters is expected, not empty."));
            }
            else
            {
                return text;
            }

            return null;
        }
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ToString();
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
    }

    private static bool IsJson(string? media) => media is not null
        && (media.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) || media.Contains("+json", StringComparison.OrdinalIgnoreCase));

    private static bool IsTime(string text, out DateTimeOffset at) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out at)
        && text.Length >= 20 && text[4] == '-' && (text[10] is 'T' or 't')
        && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
        && at.UtcDateTime.Year is >= 1900 and <= 2999;
}
