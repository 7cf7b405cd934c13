using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restoration.Domain;

/// <summary>What a unit measures. Only quantities of one dimension can be added or compared.</summary>
[JsonConverter(typeof(Kebab<Dimension>))]
public enum Dimension
{
    Area, Length, Volume, VolumePerArea, LengthPerArea, MassPerArea, Mass, MassPerDay, MassPerYear,
    Count, CountPerVolume, Concentration, Acidity, Duration, Grade,

    /// <summary>A part of a whole: <c>ratio</c> 1 is <c>percent</c> 100, so a coefficient and a percentage of one thing compare.</summary>
    Share,

    /// <summary>A change of a share, in percentage points: no share itself, so neither adds to the other.</summary>
    ShareChange,
}

/// <summary>
/// A unit of the fixed table below: its code, what it measures, and how many canonical units it is, exactly. Canonical area counts thirds
/// of a square metre (a mu is 2000/3 m²), canonical grain yield jin per hectare, volume per area m³ per hectare (a hectare is 15 mu).
/// Factors never change: views keep what they made. None has a prime but 2, 5 and, once, 3; so the sum of two amounts is always finite
/// in the unit of one of them. The Chinese names are accepted wherever the code is.
/// </summary>
[JsonConverter(typeof(UnitJson))]
public sealed class Unit
{
    private static readonly Dictionary<string, Unit> Names = new(StringComparer.Ordinal);
    private static readonly List<Unit> Table = [];

    public static readonly Unit Mu = new("mu", Dimension.Area, 2_000, "亩");
    public static readonly Unit WanMu = new("wan-mu", Dimension.Area, 20_000_000, "万亩");
    public static readonly Unit M2 = new("m2", Dimension.Area, 3, "平方米", "m²", "㎡");
    public static readonly Unit Ha = new("ha", Dimension.Area, 30_000, "公顷", "hm2", "hm²");
    public static readonly Unit WanHa = new("wan-ha", Dimension.Area, 300_000_000, "万公顷");
    public static readonly Unit Km2 = new("km2", Dimension.Area, 3_000_000, "平方公里", "平方千米", "km²");
    public static readonly Unit WanKm2 = new("wan-km2", Dimension.Area, 30_000_000_000, "万平方公里", "万平方千米", "万km²");

    public static readonly Unit M = new("m", Dimension.Length, 1, "米");
    public static readonly Unit Cm = new("cm", Dimension.Length, 0.01m, "厘米");
    public static readonly Unit Km = new("km", Dimension.Length, 1_000, "公里", "千米");

    public static readonly Unit M3 = new("m3", Dimension.Volume, 1, "立方米", "m³", "方");
    public static readonly Unit WanM3 = new("wan-m3", Dimension.Volume, 10_000, "万立方米", "万m³", "万方");
    public static readonly Unit YiM3 = new("yi-m3", Dimension.Volume, 100_000_000, "亿立方米", "亿m³", "亿方");

    public static readonly Unit M3PerHa = new("m3/ha", Dimension.VolumePerArea, 1, "立方米/公顷", "m³/ha", "m³/hm²");
    public static readonly Unit M3PerMu = new("m3/mu", Dimension.VolumePerArea, 15, "立方米/亩", "m³/亩");
    public static readonly Unit WanM3PerKm2 =
        new("wan-m3/km2", Dimension.VolumePerArea, 100, "万立方米/平方公里", "万立方米/平方千米", "万m³/km²");

    public static readonly Unit KmPerKm2 = new("km/km2", Dimension.LengthPerArea, 1, "千米/平方千米", "公里/平方公里", "km/km²");

    public static readonly Unit KgPerHa = new("kg/ha", Dimension.MassPerArea, 2, "公斤/公顷", "千克/公顷");
    public static readonly Unit KgPerMu = new("kg/mu", Dimension.MassPerArea, 30, "公斤/亩", "千克/亩");
    public static readonly Unit JinPerMu = new("jin/mu", Dimension.MassPerArea, 15, "斤/亩");

    public static readonly Unit T = new("t", Dimension.Mass, 1, "吨");
    public static readonly Unit WanT = new("wan-t", Dimension.Mass, 10_000, "万吨");
    public static readonly Unit YiT = new("yi-t", Dimension.Mass, 100_000_000, "亿吨");

    // A year has no fixed number of days, so the two rates do not convert.
    public static readonly Unit TPerDay = new("t/day", Dimension.MassPerDay, 1, "吨/日", "吨/天", "t/d");
    public static readonly Unit WanTPerDay = new("wan-t/day", Dimension.MassPerDay, 10_000, "万吨/日", "万吨/天");
    public static readonly Unit TPerYear = new("t/year", Dimension.MassPerYear, 1, "吨/年", "t/a");
    public static readonly Unit WanTPerYear = new("wan-t/year", Dimension.MassPerYear, 10_000, "万吨/年");

    public static readonly Unit Count =
        new("count", Dimension.Count, 1, "个", "座", "处", "条", "种", "份", "幅", "株", "户", "人", "家", "块", "口", "次");
    public static readonly Unit WanCount = new("wan-count", Dimension.Count, 10_000, "万个", "万座", "万处", "万条", "万株", "万户", "万人");
    public static readonly Unit CountPerL = new("count/L", Dimension.CountPerVolume, 1, "个/升", "个/L");

    public static readonly Unit UgPerM3 = new("ug/m3", Dimension.Concentration, 1, "微克/立方米", "μg/m³", "µg/m³", "μg/m3", "µg/m3");
    public static readonly Unit MgPerL = new("mg/L", Dimension.Concentration, 1_000_000, "毫克/升", "mg/l");
    public static readonly Unit Ph = new("pH", Dimension.Acidity, 1, "ph");

    public static readonly Unit Year = new("year", Dimension.Duration, 1, "年");
    public static readonly Unit Grade = new("grade", Dimension.Grade, 1, "等");

    public static readonly Unit Percent = new("percent", Dimension.Share, 1, "%", "％", "百分比");
    public static readonly Unit Ratio = new("ratio", Dimension.Share, 100, "系数", "比例");
    public static readonly Unit PercentagePoint = new("percentage-point", Dimension.ShareChange, 1, "个百分点", "百分点");

    private Unit(string code, Dimension dimension, decimal factor, params ReadOnlySpan<string> names)
    {
        (Code, Dimension, Factor) = (code, dimension, factor);
        Table.Add(this);
        Names.Add(code, this);
        foreach (var name in names)
            Names.Add(name, this);
    }

    public static IReadOnlyList<Unit> All => Table;

    public string Code { get; }

    public Dimension Dimension { get; }

    /// <summary>How many canonical units of the dimension one of this is.</summary>
    public decimal Factor { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out Unit? unit)
    {
        unit = null;
        return text is not null && Names.TryGetValue(text, out unit);
    }

    /// <summary>What is wrong with a text that is no unit, and what is allowed.</summary>
    public static string Unknown(string? text) =>
        $"'{Shown.Short(text)}' is not a unit; allowed are {string.Join(", ", Table.Select(unit => unit.Code))} and their Chinese names.";

    public override string ToString() => Code;
}

/// <summary>A unit alone, by its code.</summary>
public sealed class UnitJson : JsonConverter<Unit>
{
    public override Unit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("A unit is a string, such as \"km2\".");
        var text = reader.GetString();
        return Unit.TryParse(text, out var unit) ? unit : throw new JsonException(Unit.Unknown(text));
    }

    public override void Write(Utf8JsonWriter writer, Unit value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}
