using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restoration.Domain;

/// <summary>
/// Writes an enum as kebab-case words (<c>SoilAndWater</c> as <c>soil-and-water</c>); numbers are refused. Put on the enum itself,
/// <c>[JsonConverter(typeof(Kebab&lt;ProjectKind&gt;))]</c>, so that every serializer writes it alike. It stays the framework's converter,
/// which also reads the C# name, because only that one lists the words in the OpenAPI documents.
/// </summary>
public sealed class Kebab<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>The same words outside JSON: query strings, CSV, columns. Here nothing but the words is read.</summary>
public static class Kebab
{
    /// <summary>The word of a value. A value without a name is a fault of the program and throws.</summary>
    public static string Of<T>(T value) where T : struct, Enum =>
        Words<T>.ByValue.TryGetValue(value, out var word)
            ? word
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{typeof(T).Name} has no such value.");

    public static bool TryParse<T>(string? word, out T value) where T : struct, Enum
    {
        value = default;
        return word is not null && Words<T>.ByWord.TryGetValue(word, out value);
    }

    /// <summary>All words of an enum in the order of its values, for messages that say what is allowed.</summary>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => Words<T>.All;

    private static class Words<T> where T : struct, Enum
    {
        public static readonly string[] All = [.. Enum.GetValues<T>().Distinct().Select(WordOf)];

        public static readonly FrozenDictionary<T, string> ByValue =
            Enum.GetValues<T>().Distinct().ToFrozenDictionary(value => value, WordOf);

        public static readonly FrozenDictionary<string, T> ByWord =
            Enum.GetValues<T>().Distinct().ToFrozenDictionary(WordOf, StringComparer.Ordinal);

        private static string WordOf(T value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
    }
}
