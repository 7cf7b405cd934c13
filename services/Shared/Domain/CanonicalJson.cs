using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Restoration.Domain;

/// <summary>
/// One spelling for JSON, so that what was written and what <c>jsonb</c> gives back hash alike: members sorted by ordinal (of several with
/// one name the last, which is the one that <c>jsonb</c> keeps), no space, strings escaped one way, numbers by their value.
/// </summary>
public static class CanonicalJson
{
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                var (members, count) = (new (string Name, int At, JsonElement Value)[element.GetPropertyCount()], 0);
                foreach (var member in element.EnumerateObject())
                    members[count] = (member.Name, count++, member.Value);
                members.AsSpan().Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : a.At - b.At);
                for (var i = 0; i < members.Length; i++)
                {
                    if (i + 1 == members.Length || members[i + 1].Name != members[i].Name)
                    {
                        writer.WritePropertyName(members[i].Name);
                        Write(writer, members[i].Value);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                if (JsonMarshal.GetRawUtf8Value(element) is var quoted && !quoted.Contains((byte)'\\') && Utf8.IsValid(quoted))
                    writer.WriteStringValue(quoted[1..^1]);
                else
                    writer.WriteStringValue(element.GetString());
                break;
            case JsonValueKind.Number:
                if (JsonMarshal.GetRawUtf8Value(element) is var digits && digits[^1] != '0' && digits.IndexOfAny(".eE"u8) < 0)
                    writer.WriteRawValue(digits, skipInputValidation: true);
                else
                    writer.WriteRawValue(Number(element.GetRawText()), skipInputValidation: true);
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    /// <summary>SHA-256 of the canonical form of a JSON value.</summary>
    public static byte[] Hash(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, element);
        }

        return SHA256.HashData(buffer.WrittenSpan);
    }

    /// <summary>Whether two values say the same: records compare lists by reference, so they are compared as they would be stored.</summary>
    public static bool Same<T>(T a, T b, JsonTypeInfo<T> type) =>
        Hash(JsonSerializer.SerializeToElement(a, type)).AsSpan().SequenceEqual(Hash(JsonSerializer.SerializeToElement(b, type)));

    /// <summary>
    /// Its digits and a power of ten: <c>1.50e1</c> and <c>15.0</c> are <c>15</c>, <c>1000</c> is <c>1e3</c>. Never longer than it was
    /// written, unlike the digits of <c>1e100000</c>.
    /// </summary>
    private static string Number(string raw)
    {
        var e = raw.AsSpan().IndexOfAny('e', 'E');
        if (e < 0 && raw[^1] != '0' && !raw.Contains('.'))
        {
            return raw;
        }

        var mantissa = e < 0 ? raw : raw[..e];
        if (!long.TryParse(e < 0 ? "0" : raw.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent))
        {
            return raw; // beyond what can be stored
        }

        var point = mantissa.IndexOf('.');
        var digits = mantissa.TrimStart('-').Replace(".", "", StringComparison.Ordinal);
        var significant = digits.TrimEnd('0');
        exponent += digits.Length - significant.Length - (point < 0 ? 0 : mantissa.Length - 1 - point);
        significant = significant.TrimStart('0');
        return significant.Length == 0
            ? "0"
            : string.Create(CultureInfo.InvariantCulture, $"{(raw[0] == '-' ? "-" : "")}{significant}{(exponent == 0 ? "" : $"e{exponent}")}");
    }
}
