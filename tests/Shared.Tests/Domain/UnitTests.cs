using System.Text.Json;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class UnitTests
{
    /// <summary>Every unit the planning documents print for an amount that is no money.</summary>
    [Theory]
    [InlineData("%", "percent")]
    [InlineData("万m³/km²", "wan-m3/km2")]
    [InlineData("万亩", "wan-mu")]
    [InlineData("万人", "wan-count")]
    [InlineData("万公顷", "wan-ha")]
    [InlineData("万吨", "wan-t")]
    [InlineData("万吨/年", "wan-t/year")]
    [InlineData("万处", "wan-count")]
    [InlineData("万平方公里", "wan-km2")]
    [InlineData("万户", "wan-count")]
    [InlineData("万株", "wan-count")]
    [InlineData("万立方米", "wan-m3")]
    [InlineData("个", "count")]
    [InlineData("个百分点", "percentage-point")]
    [InlineData("亩", "mu")]
    [InlineData("亿吨", "yi-t")]
    [InlineData("亿立方米", "yi-m3")]
    [InlineData("份", "count")]
    [InlineData("公里", "km")]
    [InlineData("千米", "km")]
    [InlineData("千米/平方千米", "km/km2")]
    [InlineData("吨/日", "t/day")]
    [InlineData("处", "count")]
    [InlineData("幅", "count")]
    [InlineData("平方公里", "km2")]
    [InlineData("平方千米", "km2")]
    [InlineData("平方米", "m2")]
    [InlineData("年", "year")]
    [InlineData("座", "count")]
    [InlineData("微克/立方米", "ug/m3")]
    [InlineData("斤/亩", "jin/mu")]
    [InlineData("条", "count")]
    [InlineData("种", "count")]
    [InlineData("立方米", "m3")]
    [InlineData("立方米/亩", "m3/mu")]
    [InlineData("立方米/公顷", "m3/ha")]
    [InlineData("等", "grade")]
    [InlineData("米", "m")]
    [InlineData("系数", "ratio")]
    public void A_unit_of_the_plans_is_known(string printed, string code)
    {
        Assert.True(Unit.TryParse(printed, out var unit));
        Assert.Equal(code, unit.Code);
    }

    [Theory]
    [InlineData("m2", 3)]
    [InlineData("mu", 2_000)]
    [InlineData("ha", 30_000)]
    [InlineData("km2", 3_000_000)]
    [InlineData("wan-mu", 20_000_000)]
    [InlineData("wan-km2", 30_000_000_000)]
    [InlineData("m3/mu", 15)]
    [InlineData("ratio", 100)]
    public void A_factor_never_changes(string code, long factor)
    {
        Assert.True(Unit.TryParse(code, out var unit));
        Assert.Equal(factor, unit.Factor);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" km2")]
    [InlineData("KM2")]
    [InlineData("acre")]
    [InlineData("万元")]
    public void Anything_else_is_no_unit(string? text) => Assert.False(Unit.TryParse(text, out _));

    [Fact]
    public void Every_code_reads_back_as_its_unit() => Assert.All(Unit.All, unit =>
    {
        Assert.Same(unit, JsonSerializer.Deserialize<Unit>(JsonSerializer.Serialize(unit)));
        Assert.True(unit.Factor > 0);
    });

    [Fact]
    public void An_unknown_unit_is_told_what_is_allowed()
    {
        var refused = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Unit>("\"acre\""));
        Assert.Contains("'acre' is not a unit", refused.Message, StringComparison.Ordinal);
        Assert.Contains("wan-mu", refused.Message, StringComparison.Ordinal);
    }
}
