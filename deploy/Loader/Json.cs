using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restoration.Loader;

/// <summary>Reading JSON that has gaps, and writing bodies without them.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions s_bodies = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Bytes(object body) => JsonSerializer.SerializeToUtf8Bytes(body, s_bodies);

    /// <summary>The member, or null where it is absent or null.</summary>
    public static JsonElement? Find(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static string? MaybeText(this JsonElement element, string name) => element.Find(name)?.GetString();

    public static decimal Number(this JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    public static decimal? MaybeNumber(this JsonElement element, string name) => element.Find(name)?.GetDecimal();

    public static bool Flag(this JsonElement element, string name) => element.Find(name) is { ValueKind: JsonValueKind.True };

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Find(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    public static IEnumerable<string> Texts(this JsonElement element, string name) => element.Items(name).Select(e => e.GetString()!);

    /// <summary>Hexadecimal digits of a SHA-256.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Digest(string text) => Digest(Encoding.UTF8.GetBytes(text));
}
