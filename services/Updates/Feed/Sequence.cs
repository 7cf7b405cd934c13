using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Restoration.Updates.Feed;

/// <summary>A place in the feed as followers see it: 20 digits, 4 of the feed's epoch and 16 of the entry's number.</summary>
public readonly record struct Sequence(int Epoch, long Number)
{
    public const int Length = 20;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch:D4}{Number:D16}");

    public static bool TryParse([NotNullWhen(true)] string? text, out Sequence sequence)
    {
        sequence = default;
        if (text is not { Length: Length } || !text.All(char.IsAsciiDigit)) return false;
        var epoch = int.Parse(text.AsSpan(0, 4), CultureInfo.InvariantCulture);
        sequence = new(epoch, long.Parse(text.AsSpan(4), CultureInfo.InvariantCulture));
        return true;
    }
}
