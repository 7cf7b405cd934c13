using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
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
    private const int MostKept = 1 << 20;
    private const int MostInserted = 24;

    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                Members(writer, element);
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

    private static void Members(Utf8JsonWriter writer, JsonElement element)
    {
        var count = element.GetPropertyCount();
        var members = ArrayPool<JsonProperty>.Shared.Rent(count);
        var (at, plain) = (0, true);
        foreach (var member in element.EnumerateObject())
        {
            members[at++] = member;
            plain &= JsonMarshal.GetRawUtf8PropertyName(member) is var name && Ascii.IsValid(name) && !name.Contains((byte)'\\');
        }

        // Bytes order plain names as their characters do, and no text has to be made of them. Those of one name stay as they stand.
        var sorted = members.AsSpan(0, count);
        if (count > MostInserted)
        {
            var ordered = sorted.ToArray().Order(Comparer<JsonProperty>.Create((a, b) => Compare(a, b, plain))).ToArray();
            ordered.CopyTo(sorted);
        }

        for (var i = 1; i < count && count <= MostInserted; i++)
        {
            var moving = sorted[i];
            var to = i;
            for (; to > 0 && Compare(sorted[to - 1], moving, plain) > 0; to--)
                sorted[to] = sorted[to - 1];
            sorted[to] = moving;
        }

        for (var i = 0; i < count; i++)
        {
            if (i + 1 < count && Compare(sorted[i], sorted[i + 1], plain) == 0)
                continue;
            if (plain)
                writer.WritePropertyName(JsonMarshal.GetRawUtf8PropertyName(sorted[i]));
            else
                writer.WritePropertyName(sorted[i].Name);
            Write(writer, sorted[i].Value);
        }

        ArrayPool<JsonProperty>.Shared.Return(members, clearArray: true);
    }

    private static int Compare(JsonProperty a, JsonProperty b, bool plain) => plain
        ? JsonMarshal.GetRawUtf8PropertyName(a).SequenceCompareTo(JsonMarshal.GetRawUtf8PropertyName(b))
        : string.CompareOrdinal(a.Name, b.Name);

    /// <summary>SHA-256 of the canonical form of a JSON value.</summary>
    public static byte[] Hash(JsonElement element) => Hash(writer => Write(writer, element));

    /// <summary>SHA-256 of what is written in canonical form.</summary>
    public static byte[] Hash(Action<Utf8JsonWriter> write)
    {
        var (buffer, writer) = Fresh();
        write(writer);
        writer.Flush();
        return SHA256.HashData(buffer.WrittenSpan);
    }

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? s_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    /// <summary>A writer is larger than most of what is hashed: each thread has one, empty whenever it is asked for.</summary>
    public static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) Fresh()
    {
        if (s_buffer is null || s_writer is null || s_buffer.Capacity > MostKept)
        {
            s_buffer = new ArrayBufferWriter<byte>(1024);
            s_writer = new Utf8JsonWriter(s_buffer, Options);
        }

        s_buffer.ResetWrittenCount();
        s_writer.Reset();
        return (s_buffer, s_writer);
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
