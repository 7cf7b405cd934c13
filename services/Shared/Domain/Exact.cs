using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Restoration.Domain;

/// <summary>
/// Decimal arithmetic that says when it would have to round. <see cref="decimal"/> itself drops digits without a word once a result
/// needs more than 28 of them, and a figure of a plan must never change on its way.
/// </summary>
internal static class Exact
{
    private const int LongestNumber = 100;
    private static readonly BigInteger Mantissas = BigInteger.One << 96;

    public static bool TryAdd(decimal a, decimal b, out decimal sum)
    {
        sum = 0;
        // The sum of two halves of the range still fits; beyond it the addition would throw.
        if (Math.Abs(a) > decimal.MaxValue / 2 || Math.Abs(b) > decimal.MaxValue / 2)
            return false;
        sum = a + b;
        // Rounding the sum shows when the larger part is taken away again: what is left is not the smaller one.
        return sum - a == b && sum - b == a;
    }

    public static bool TryMultiply(decimal a, decimal b, out decimal product)
    {
        product = 0;
        var mantissa = MantissaOf(a) * MantissaOf(b);
        var scale = a.Scale + b.Scale;
        while (scale > 0 && (scale > 28 || mantissa >= Mantissas) && mantissa % 10 == 0)
            (mantissa, scale) = (mantissa / 10, scale - 1);
        if (scale > 28 || mantissa >= Mantissas)
            return false;
        product = a * b;
        return true;
    }

    public static bool TryDivide(decimal a, decimal b, out decimal quotient)
    {
        quotient = a / b;
        return TryMultiply(quotient, b, out var back) && back == a;
    }

    /// <summary>Reads a JSON number as it is written, trailing zeros included; false where a decimal cannot hold it digit for digit.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out decimal value)
    {
        value = 0;
        var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length > LongestNumber || !reader.TryGetDecimal(out value))
            return false;
        var text = Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        return Digits(text) == Digits(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The digits of a number without outer zeros, and the power of ten of the last of them: equal for equal numbers.</summary>
    private static (string Digits, long Power) Digits(string number)
    {
        var parts = number.TrimStart('-').Split('e', 'E');
        var power = parts.Length == 1 ? 0 : long.TryParse(parts[1], CultureInfo.InvariantCulture, out var given) ? given : long.MaxValue / 2;
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        power -= point < 0 ? 0 : parts[0].Length - point - 1;
        var significant = digits.TrimEnd('0');
        return significant.Length == 0 ? ("", 0) : (significant.TrimStart('0'), power + digits.Length - significant.Length);
    }

    private static BigInteger MantissaOf(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        return (new BigInteger((uint)bits[2]) << 64) | (new BigInteger((uint)bits[1]) << 32) | (uint)bits[0];
    }
}
