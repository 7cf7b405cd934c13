using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restoration.Domain;

[JsonConverter(typeof(Kebab<PeriodLength>))]
public enum PeriodLength { Day, Month, Quarter, HalfYear, Year }

/// <summary>
/// A span of the calendar that reports are made for: <c>2024</c>, <c>2024-H1</c>, <c>2024-Q2</c>, <c>2024-06</c> or <c>2024-06-15</c>.
/// Ordered by first day, shorter before longer.
/// </summary>
[JsonConverter(typeof(PeriodJson))]
public readonly record struct Period : IComparable<Period>
{
    public const int FirstYear = 1900;
    public const int LastYear = 2999;

    private Period(DateOnly from, PeriodLength length) => (From, Length) = (from, length);

    public DateOnly From { get; }

    public PeriodLength Length { get; }

    /// <summary>The last day, which belongs to the period.</summary>
    public DateOnly To => Length switch
    {
        PeriodLength.Day => From,
        PeriodLength.Month => LastDay(1),
        PeriodLength.Quarter => LastDay(3),
        PeriodLength.HalfYear => LastDay(6),
        _ => LastDay(12),
    };

    public int Year => From.Year;

    /// <summary>The period of a length that a day lies in.</summary>
    public static Period Of(DateOnly day, PeriodLength length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(day.Year, FirstYear);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(day.Year, LastYear);
        var months = length switch
        {
            PeriodLength.Day => 0,
            PeriodLength.Month => 1,
            PeriodLength.Quarter => 3,
            PeriodLength.HalfYear => 6,
            _ => 12,
        };
        return new(months == 0 ? day : new DateOnly(day.Year, 1 + (day.Month - 1) / months * months, 1), length);
    }

    public static bool TryParse(string? text, out Period period)
    {
        period = default;
        if (text is null || text.Length is < 4 or > 10 || Number(text.AsSpan(0, 4)) is not (>= FirstYear and <= LastYear and var year))
            return false;
        var found = text.Length switch
        {
            4 => At(year, 1, PeriodLength.Year),
            7 when text[4..6] == "-H" && text[6] is >= '1' and <= '2' => At(year, 1 + (text[6] - '1') * 6, PeriodLength.HalfYear),
            7 when text[4..6] == "-Q" && text[6] is >= '1' and <= '4' => At(year, 1 + (text[6] - '1') * 3, PeriodLength.Quarter),
            7 when text[4] == '-' && Number(text.AsSpan(5)) is >= 1 and <= 12 and var month => At(year, month, PeriodLength.Month),
            10 when DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) =>
                new Period(day, PeriodLength.Day),
            _ => (Period?)null,
        };
        period = found ?? default;
        return found is not null;
    }

    /// <summary>True when they share a day.</summary>
    public bool Overlaps(Period other) => From <= other.To && other.From <= To;

    public bool Contains(Period other) => From <= other.From && other.To <= To;

    public bool Contains(DateOnly day) => From <= day && day <= To;

    public int CompareTo(Period other) => (From, Length).CompareTo((other.From, other.Length));

    public static bool operator <(Period a, Period b) => a.CompareTo(b) < 0;

    public static bool operator >(Period a, Period b) => a.CompareTo(b) > 0;

    public static bool operator <=(Period a, Period b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Period a, Period b) => a.CompareTo(b) >= 0;

    /// <summary>The text it was read from, to the letter.</summary>
    public override string ToString() => Length switch
    {
        PeriodLength.Day => From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        PeriodLength.Month => From.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        PeriodLength.Quarter => FormattableString.Invariant($"{Year:0000}-Q{1 + From.Month / 3}"),
        PeriodLength.HalfYear => FormattableString.Invariant($"{Year:0000}-H{1 + From.Month / 6}"),
        _ => FormattableString.Invariant($"{Year:0000}"),
    };

    private DateOnly LastDay(int months) => From.AddMonths(months).AddDays(-1);

    private static Period At(int year, int month, PeriodLength length) => new(new DateOnly(year, month, 1), length);

    private static int? Number(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

public sealed class PeriodJson : JsonConverter<Period>
{
    private const string Forms = "2024, 2024-H1, 2024-Q2, 2024-06 or 2024-06-15";

    public override Period Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException($"A period is a string: {Forms}.");
        var text = reader.GetString();
        return Period.TryParse(text, out var period)
            ? period
            : throw new JsonException($"'{Shown.Short(text)}' is not a period; write {Forms}, years {Period.FirstYear} to {Period.LastYear}.");
    }

    public override void Write(Utf8JsonWriter writer, Period value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
