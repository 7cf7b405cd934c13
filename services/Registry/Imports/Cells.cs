using System.Globalization;
using Restoration.Domain;
using Restoration.Http;

namespace Restoration.Registry.Imports;

/// <summary>Reads the cells of a row as the values they stand for, and gathers all that is wrong with them.</summary>
/// <param name="row">Words may be English or Chinese; a unit stands in its own column or in the heading.</param>
internal sealed class Cells(SheetRow row)
{
    private const int MostDigits = 26;

    public List<Fault> Faults { get; } = [];

    public string? Text(string member) => row[member];

    /// <summary>Where it is missing, a fault is noted.</summary>
    public string Required(string member)
    {
        if (row[member] is { } text)
        {
            return text;
        }

        Fault(member, "This is required.");
        return "";
    }

    public T? Word<T>(string member, IReadOnlyDictionary<string, T> chinese) where T : struct, Enum
    {
        if (row[member] is not { } text)
        {
            return null;
        }

        if (Kebab.TryParse<T>(text.ToLowerInvariant(), out var value) || chinese.TryGetValue(text, out value))
        {
            return value;
        }

        Fault(member, $"One of {string.Join(", ", Kebab.All<T>())}, or {string.Join("、", chinese.Keys)}, is expected.");
        return null;
    }

    public int? Whole(string member)
    {
        if (row[member] is not { } text)
        {
            return null;
        }

        if (int.TryParse(Sheet.Narrow(text).TrimEnd('年'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Fault(member, "A whole number is expected.");
        return null;
    }

    public Quantity? Quantity(string member, string unitMember, string pointer)
    {
        if (Number(member, pointer) is not { } value)
        {
            return null;
        }

        if ((row[unitMember] ?? UnitOf(member)) is not { } text)
        {
            Fault(unitMember, "This is required.", $"{pointer}/unit");
            return null;
        }

        if (!Unit.TryParse(text, out var unit) && !Unit.TryParse(Sheet.Narrow(text), out unit))
        {
            Fault(unitMember, Unit.Unknown(text), $"{pointer}/unit");
            return null;
        }

        if (Domain.Quantity.TryOf(value, unit, out var quantity))
        {
            return quantity;
        }

        Fault(member, $"This is too large, or has too many digits, to be converted from {unit} exactly.", $"{pointer}/value");
        return null;
    }

    public Money? Money(string member, string unitMember, string pointer)
    {
        if (Number(member, pointer) is not { } amount)
        {
            return null;
        }

        if ((row[unitMember] ?? UnitOf(member)) is not { } unit)
        {
            Fault(unitMember, "This is required.", $"{pointer}/unit");
            return null;
        }

        if (Domain.Money.TryOf(amount, unit, out var money))
        {
            return money;
        }

        Fault(member, "Money is in yuan, wan-yuan or yi-yuan (元, 万元, 亿元), no finer than a fen.", $"{pointer}/amount");
        return null;
    }

    /// <summary>As on the wire, or as people write it: 2024年6月, 2024年二季度, 2024年上半年, 2024/6, 2024.</summary>
    public Period? Period(string member)
    {
        var text = Required(member);
        if (text.Length == 0)
        {
            return null;
        }

        if (Domain.Period.TryParse(Wire(Sheet.Narrow(text)), out var period))
        {
            return period;
        }

        Fault(member, "A period is 2024, 2024-H1, 2024-Q2, 2024-06, 2024-06-15, or 2024年6月, 2024年二季度, 2024年上半年.");
        return null;
    }

    public DateOnly? Day(string member)
    {
        if (row[member] is not { } text)
        {
            return null;
        }

        if (Domain.Period.TryParse(Wire(Sheet.Narrow(text)), out var day) && day.Length == PeriodLength.Day)
        {
            return day.From;
        }

        Fault(member, "A day such as 2024-06-15 or 2024年6月15日 is expected.");
        return null;
    }

    /// <summary>A code, or the name of the one division that is called so.</summary>
    public string Division(string member, DivisionTree tree)
    {
        var text = Required(member);
        return text.Length == 0 || tree.Find(text) is not null ? text
            : tree.Nodes.Where(n => n.Name == text && n.ReplacedBy is null).ToList() is [var named] ? named.Id : text;
    }

    public void Fault(string member, string detail, string? pointer = null) => Faults.Add(new Fault(pointer ?? $"#/{member}", detail));

    private string? UnitOf(string member) => row.Sheet.Columns.TryGetValue(member, out var column) ? column.Unit : null;

    private decimal? Number(string member, string pointer)
    {
        if (row[member] is not { } text)
        {
            return null;
        }

        var narrow = Sheet.Narrow(text);
        if (narrow.Count(char.IsAsciiDigit) <= MostDigits && decimal.TryParse(narrow, NumberStyles.AllowThousands | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Fault(member, "A number is expected.", $"{pointer}/value");
        return null;
    }

    private static string Wire(string text)
    {
        if (text.Length < 5 || !Digits(text[..4]))
        {
            return text.TrimEnd('年');
        }

        var (year, rest) = (text[..4], text[4..].TrimStart('年', '-', '/', '.', ' '));
        var quarter = rest.EndsWith("季度", StringComparison.Ordinal) ? "一二三四".IndexOf(rest[..^2].TrimStart('第').FirstOrDefault(), StringComparison.Ordinal) + 1 : 0;
        if (quarter == 0 && rest.EndsWith("季度", StringComparison.Ordinal))
        {
            quarter = rest.TrimStart('第').FirstOrDefault() - '0';
        }

        var parts = rest.TrimEnd('月', '日', '号').Split('月', '-', '/', '.');
        return rest switch
        {
            "" => year,
            "上半年" => $"{year}-H1",
            "下半年" => $"{year}-H2",
            _ when quarter is >= 1 and <= 4 => $"{year}-Q{quarter}",
            _ when parts is [{ Length: 1 or 2 } month] && Digits(month) => $"{year}-{month.PadLeft(2, '0')}",
            _ when parts is [{ Length: 1 or 2 } month, { Length: 1 or 2 } day] => $"{year}-{month.PadLeft(2, '0')}-{day.PadLeft(2, '0')}",
            _ => text,
        };
    }

    private static bool Digits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
