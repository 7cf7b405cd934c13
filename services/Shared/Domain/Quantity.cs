using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restoration.Domain;

/// <summary>
/// An amount as it was given, <c>{"value": 12.62, "unit": "km2"}</c>, trailing zeros included. Equality is that of the form:
/// 1 km2 and 100 ha differ as given and have the same <see cref="Canonical"/>, which is what rules compare.
/// </summary>
[JsonConverter(typeof(QuantityJson))]
public readonly record struct Quantity(decimal Value, Unit Unit)
{
    /// <summary>
    /// Canonical amounts stay below this, read or summed, so that whatever is recorded can be read again. All land of the Earth is half
    /// of it in thirds of a square metre; the digits left over keep long sums exact.
    /// </summary>
    public const decimal Limit = 1_000_000_000_000_000m;

    private const int AnsweredDecimals = 4;

    /// <summary>The amount in the canonical unit of its dimension; exact for what was read, added or passed <see cref="TryOf"/>.</summary>
    public decimal Canonical => Value * Unit.Factor;

    /// <summary>False where the canonical amount would be out of range or lose digits.</summary>
    public static bool TryOf(decimal value, Unit unit, out Quantity quantity)
    {
        quantity = new(value, unit);
        return Exact.TryMultiply(value, unit.Factor, out var canonical) && Math.Abs(canonical) < Limit;
    }

    /// <summary>A canonical amount to show in a unit, rounded; what is stored or summed on stays canonical.</summary>
    public static Quantity FromCanonical(decimal canonical, Unit unit, int decimals = AnsweredDecimals) =>
        new(Rounded(canonical / unit.Factor, decimals), unit);

    public bool SameDimension(Quantity other) => Unit.Dimension == other.Unit.Dimension;

    /// <summary>True when both measure the same thing and the sum can be held exactly, within <see cref="Limit"/>.</summary>
    public bool CanAdd(Quantity other) => TryAdd(other, out _);

    /// <summary>
    /// The exact sum, in this unit or, where that cannot hold it (a mu is no finite number of hectares), in the other's. Ask
    /// <see cref="CanAdd"/> first where either comes from outside: apples and pears throw.
    /// </summary>
    public Quantity Add(Quantity other) => TryAdd(other, out var sum)
        ? sum
        : throw new InvalidOperationException($"{this} and {other} have no exact sum.");

    /// <summary>The exact difference, under the terms of <see cref="Add"/>.</summary>
    public Quantity Subtract(Quantity other) => Add(other with { Value = -other.Value });

    /// <summary>The amount in another unit of the dimension, rounded half to even as GB/T 8170 asks.</summary>
    public decimal In(Unit unit, int decimals = AnsweredDecimals) => Unit.Dimension == unit.Dimension
        ? Rounded(Canonical / unit.Factor, decimals)
        : throw new InvalidOperationException($"{this} cannot be given in {unit}.");

    /// <summary>The form of answers: in the unit that was asked for, else areas in hectares, all else as given.</summary>
    public Quantity Answered(Unit? unit = null) => (unit, Unit.Dimension) switch
    {
        ({ } asked, _) => new(In(asked), asked),
        (null, Dimension.Area) => new(In(Unit.Ha), Unit.Ha),
        _ => this,
    };

    public override string ToString() => FormattableString.Invariant($"{Value} {Unit}");

    private bool TryAdd(Quantity other, out Quantity sum)
    {
        sum = default;
        if (!SameDimension(other))
            return false;
        if (Unit == other.Unit)
            return Exact.TryAdd(Value, other.Value, out var value) && TryOf(value, Unit, out sum);
        if (!Exact.TryAdd(Canonical, other.Canonical, out var canonical) || Math.Abs(canonical) >= Limit)
            return false;
        foreach (var unit in (ReadOnlySpan<Unit>)[Unit, other.Unit])
        {
            if (Exact.TryDivide(canonical, unit.Factor, out var inUnit))
            {
                sum = new(inUnit, unit);
                return true;
            }
        }

        return false;
    }

    private static decimal Rounded(decimal value, int decimals) => decimal.Round(value, decimals, MidpointRounding.ToEven);
}

public sealed class QuantityJson : JsonConverter<Quantity>
{
    private const string ValueMember = "value";
    private const string Example = """{"value": 12.62, "unit": "km2"}""";

    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var (value, text) = AmountJson.Read(ref reader, ValueMember, Example);
        if (!Unit.TryParse(text, out var unit))
            throw AmountJson.Wrong(AmountJson.UnitMember, Unit.Unknown(text));
        return Quantity.TryOf(value, unit, out var quantity)
            ? quantity
            : throw AmountJson.Wrong(ValueMember, $"'{ValueMember}' is too large, or has too many digits, to be converted from {unit} exactly.");
    }

    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber(ValueMember, value.Value);
        writer.WriteString(AmountJson.UnitMember, value.Unit.Code);
        writer.WriteEndObject();
    }
}
