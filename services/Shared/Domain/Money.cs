using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restoration.Domain;

/// <summary>
/// Yuan with two decimals. Read in yuan, wan-yuan (10,000) or yi-yuan (100 million), answered in yuan. An amount finer than a fen is
/// refused, never rounded. May be negative: postings and differences are.
/// </summary>
[JsonConverter(typeof(MoneyJson))]
public readonly record struct Money : IComparable<Money>
{
    /// <summary>
    /// Every amount is below this, several times what the country produces in a year, so that whatever is recorded can be read again;
    /// a sum beyond it throws <see cref="OverflowException"/>.
    /// </summary>
    public const decimal Limit = 1_000_000_000_000_000m;

    private Money(decimal yuan) => Yuan = yuan;

    public static Money Zero => new(0.00m);

    public decimal Yuan { get; }

    /// <summary>An amount the program computed itself; one that is no whole number of fen, or out of range, throws.</summary>
    public static Money Of(decimal yuan) => TryOf(yuan, "yuan", out var money)
        ? money
        : throw new ArgumentOutOfRangeException(nameof(yuan), yuan, "Money is whole fen within its limit.");

    /// <summary>False for an unknown unit, an amount finer than a fen, or one out of range.</summary>
    public static bool TryOf(decimal amount, string? unit, out Money money)
    {
        money = Zero;
        if (FactorOf(unit) is not { } factor || !Exact.TryMultiply(amount, factor, out var yuan)
            || Math.Abs(yuan) >= Limit || decimal.Round(yuan, 2) != yuan)
            return false;
        money = new(TwoDecimals(yuan));
        return true;
    }

    public static Money operator +(Money a, Money b) => Within(a.Yuan + b.Yuan);

    public static Money operator -(Money a, Money b) => Within(a.Yuan - b.Yuan);

    public static Money operator -(Money a) => new(-a.Yuan);

    public static bool operator <(Money a, Money b) => a.Yuan < b.Yuan;

    public static bool operator >(Money a, Money b) => a.Yuan > b.Yuan;

    public static bool operator <=(Money a, Money b) => a.Yuan <= b.Yuan;

    public static bool operator >=(Money a, Money b) => a.Yuan >= b.Yuan;

    public Money Add(Money other) => this + other;

    public Money Subtract(Money other) => this - other;

    public Money Negate() => -this;

    public int CompareTo(Money other) => Yuan.CompareTo(other.Yuan);

    public override string ToString() => FormattableString.Invariant($"{TwoDecimals(Yuan)} yuan");

    internal static decimal? FactorOf(string? unit) => unit switch
    {
        "yuan" or "元" => 1,
        "wan-yuan" or "万元" => 10_000,
        "yi-yuan" or "亿元" => 100_000_000,
        _ => null,
    };

    private static Money Within(decimal yuan) =>
        Math.Abs(yuan) < Limit ? new(yuan) : throw new OverflowException($"A sum of money reached {Limit} yuan.");

    // Adding 0.00 fixes the number of decimals, so that an amount is written alike however it came.
    internal static decimal TwoDecimals(decimal yuan) => decimal.Round(yuan, 2) + 0.00m;
}

public sealed class MoneyJson : JsonConverter<Money>
{
    private const string AmountMember = "amount";
    private const string Example = """{"amount": 70600.00, "unit": "wan-yuan"}""";

    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var (amount, unit) = AmountJson.Read(ref reader, AmountMember, Example);
        if (Money.FactorOf(unit) is null)
        {
            throw AmountJson.Wrong(AmountJson.UnitMember,
                $"'{Shown.Short(unit)}' is not a unit of money; allowed are yuan, wan-yuan, yi-yuan (元, 万元, 亿元).");
        }

        return Money.TryOf(amount, unit, out var money)
            ? money
            : throw AmountJson.Wrong(AmountMember, $"'{AmountMember}' must be whole fen (0.01 yuan) and below {Money.Limit} yuan.");
    }

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber(AmountMember, Money.TwoDecimals(value.Yuan));
        writer.WriteString(AmountJson.UnitMember, "yuan");
        writer.WriteEndObject();
    }
}
