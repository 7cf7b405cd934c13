using System.Text.Json;

namespace Restoration.Domain;

/// <summary>
/// Reads the two-member objects of <see cref="Quantity"/> and <see cref="Money"/> strictly. What is wrong is said in words for the sender;
/// the member it is about is in <c>Data["member"]</c>, because the serializer's own path ends at the object.
/// </summary>
internal static class AmountJson
{
    public const string UnitMember = "unit";

    public static (decimal Number, string Unit) Read(ref Utf8JsonReader reader, string numberMember, string example)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException($"Expected an object like {example}.");
        decimal? number = null;
        string? unit = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.GetString()!;
            reader.Read();
            if (member == numberMember && number is null)
                number = Number(ref reader, member);
            else if (member == UnitMember && unit is null)
                unit = Text(ref reader, member);
            else
                throw Wrong(member, member == numberMember || member == UnitMember
                    ? $"'{member}' is given twice."
                    : $"'{Shown.Short(member)}' is not a member; expected an object like {example}.");
        }

        return (number ?? throw Wrong(numberMember, $"'{numberMember}' is missing; expected an object like {example}."),
            unit ?? throw Wrong(UnitMember, $"'{UnitMember}' is missing; expected an object like {example}."));
    }

    public static JsonException Wrong(string member, string detail) => new(detail) { Data = { ["member"] = member } };

    private static decimal Number(ref Utf8JsonReader reader, string member)
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw Wrong(member, $"'{member}' must be a JSON number.");
        return Exact.TryRead(ref reader, out var number)
            ? number
            : throw Wrong(member, $"'{member}' has more digits than can be kept exactly (28); it is not rounded here.");
    }

    private static string Text(ref Utf8JsonReader reader, string member) => reader.TokenType == JsonTokenType.String
        ? reader.GetString()!
        : throw Wrong(member, $"'{member}' must be a string.");
}

/// <summary>A sender's text inside a message: cut, so that an answer stays readable however long it was.</summary>
internal static class Shown
{
    public static string Short(string? text) => text is { Length: > 40 } ? text[..40] + "…" : text ?? "";
}
