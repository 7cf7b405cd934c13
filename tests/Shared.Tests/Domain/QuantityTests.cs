using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class QuantityTests
{
    private static readonly JsonSerializerOptions InPieces = new() { DefaultBufferSize = 1 };

    private static readonly Gen<Unit> Units = Gen.Elements<Unit>(Unit.All);

    private static readonly Gen<Unit> AreaUnits = Gen.Elements<Unit>(Unit.All.Where(unit => unit.Dimension == Dimension.Area));

    private static readonly Gen<decimal> Values =
        from mantissa in Gen.Choose(-2_000_000_000, 2_000_000_000)
        from scale in Gen.Choose(0, 9)
        select new decimal(Math.Abs(mantissa), 0, 0, mantissa < 0, (byte)scale);

    /// <summary>Areas of up to a million square kilometres, so that hundreds of them still have a sum.</summary>
    private static readonly Gen<Quantity> Areas = (from value in Values from unit in AreaUnits select new Quantity(value, unit))
        .Where(area => Math.Abs(area.Canonical) < 3_000_000_000_000m);

    [Theory]
    [InlineData("""{"value":12.62,"unit":"km2"}""", "37860000")]
    [InlineData("""{"value":1,"unit":"mu"}""", "2000")]
    [InlineData("""{"value":0.3333,"unit":"wan-mu"}""", "6666000")]
    [InlineData("""{"value":1,"unit":"wan-mu"}""", "20000000")]
    [InlineData("""{"value":3.94,"unit":"wan-km2"}""", "118200000000")]
    [InlineData("""{"value":62.5,"unit":"m3/mu"}""", "937.5")]
    [InlineData("""{"value":0.53,"unit":"ratio"}""", "53")]
    [InlineData("""{"value":0.30000000000000004,"unit":"km2"}""", "900000.00000000012")]
    public void The_canonical_amount_is_exact(string json, string canonical) =>
        Assert.Equal(decimal.Parse(canonical, System.Globalization.CultureInfo.InvariantCulture), Read(json).Canonical);

    [Theory]
    [InlineData("""{"value":12.6200,"unit":"km2"}""", """{"value":12.6200,"unit":"km2"}""")]
    [InlineData("""{"unit":"万亩","value":200}""", """{"value":200,"unit":"wan-mu"}""")]
    [InlineData("""{"value":1.5e3,"unit":"t"}""", """{"value":1500,"unit":"t"}""")]
    [InlineData("""{"value":-0.10,"unit":"%"}""", """{"value":-0.10,"unit":"percent"}""")]
    [InlineData("""{"value":0.0000000000000000000000000001,"unit":"m"}""", """{"value":0.0000000000000000000000000001,"unit":"m"}""")]
    [InlineData("""{"value":12.620000000000000000000000000,"unit":"km2"}""", """{"value":12.620000000000000000000000000,"unit":"km2"}""")]
    public void It_is_kept_as_given(string given, string kept) => Assert.Equal(kept, JsonSerializer.Serialize(Read(given)));

    [Theory]
    [InlineData("12.62", null, "like {\"value\"")]
    [InlineData("null", null, "like {\"value\"")]
    [InlineData("[]", null, "like {\"value\"")]
    [InlineData("""{"unit":"km2"}""", "value", "missing")]
    [InlineData("""{"value":1}""", "unit", "missing")]
    [InlineData("""{"value":"1","unit":"km2"}""", "value", "JSON number")]
    [InlineData("""{"value":null,"unit":"km2"}""", "value", "JSON number")]
    [InlineData("""{"value":1,"unit":7}""", "unit", "string")]
    [InlineData("""{"value":1,"unit":"acre"}""", "unit", "allowed are mu, wan-mu, m2")]
    [InlineData("""{"value":1,"unit":"km2","note":{}}""", "note", "not a member")]
    [InlineData("""{"Value":1,"unit":"km2"}""", "Value", "not a member")]
    [InlineData("""{"value":1,"value":1,"unit":"km2"}""", "value", "twice")]
    [InlineData("""{"value":1e40,"unit":"km2"}""", "value", "exactly")]
    [InlineData("""{"value":1e-40,"unit":"km2"}""", "value", "exactly")]
    [InlineData("""{"value":1e99999999999999999999,"unit":"km2"}""", "value", "exactly")]
    [InlineData("""{"value":1.00000000000000000000000000001,"unit":"m"}""", "value", "exactly")]
    [InlineData("""{"value":0.1234567890123456789012345678901,"unit":"m"}""", "value", "exactly")]
    [InlineData("""{"value":7.2345678901234567890123456789,"unit":"km2"}""", "value", "too many digits")]
    [InlineData("""{"value":1000000000,"unit":"km2"}""", "value", "too large")]
    [InlineData("""{"value":79228162514264337593543950335,"unit":"wan-km2"}""", "value", "too large")]
    public void What_is_wrong_is_said(string json, string? member, string said)
    {
        var refused = Assert.Throws<JsonException>(() => Read(json));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Equal(member, refused.Data["member"]);
    }

    [Theory]
    [InlineData("""{"value":1,"unit":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"unit":"m"}""")]
    [InlineData("""{"value":1,"unit":"m" """)]
    public void Broken_json_is_no_other_exception(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Fact]
    public void A_number_of_a_million_digits_is_refused_like_any_other() =>
        Assert.Throws<JsonException>(() => Read($$"""{"value":1.{{new string('0', 1_000_000)}},"unit":"m"}"""));

    [Fact]
    public async Task It_reads_from_a_stream_in_small_pieces()
    {
        var json = """[{"value":12.6200,"unit":"km2"},{"value":7,"unit":"万亩"}]"""u8.ToArray();
        var read = await JsonSerializer.DeserializeAsync<Quantity[]>(new MemoryStream(json), InPieces);
        Assert.Equal([new(12.62m, Unit.Km2), new(7, Unit.WanMu)], read!);
    }

    [Fact]
    public void Apples_and_pears_do_not_add()
    {
        Quantity area = new(1, Unit.Km2), length = new(1, Unit.Km), share = new(80, Unit.Percent), gain = new(1, Unit.PercentagePoint);
        Assert.False(area.CanAdd(length));
        Assert.False(share.CanAdd(gain));
        Assert.Throws<InvalidOperationException>(() => area.Add(length));
        Assert.Throws<InvalidOperationException>(() => area.In(Unit.Km));
    }

    [Fact]
    public void A_sum_keeps_a_unit_that_holds_it()
    {
        Assert.Equal("13.00 km2", new Quantity(12.60m, Unit.Km2).Add(new(0.40m, Unit.Km2)).ToString());
        Assert.Equal(new(2, Unit.Km2), new Quantity(1, Unit.Km2).Add(new(100, Unit.Ha)));
        Assert.Equal(new(1.0015m, Unit.Mu), new Quantity(1, Unit.M2).Add(new(1, Unit.Mu)));
        Assert.Equal(new(16, Unit.Mu), new Quantity(1, Unit.Ha).Add(new(1, Unit.Mu)));
    }

    [Fact]
    public void A_sum_that_would_lose_a_digit_or_leave_the_range_is_not_made()
    {
        Quantity large = new(900_000_000_000_000m, Unit.M3);
        Assert.False(large.CanAdd(new(0.00000000000000000001m, Unit.M3)));
        Assert.False(large.CanAdd(large));
        Assert.False(large.CanAdd(new(9_000_000m, Unit.YiM3)));
        Assert.True(large.CanAdd(new(0.0000000001m, Unit.M3)));
    }

    [Theory]
    [InlineData("12.62", "km2", "1262")]
    [InlineData("1", "mu", "0.0667")]
    [InlineData("2", "m2", "0.0002")]
    [InlineData("0.5", "m2", "0")]
    [InlineData("1.5", "m2", "0.0002")]
    [InlineData("200", "wan-mu", "133333.3333")]
    public void An_area_is_answered_in_hectares(string value, string unit, string hectares)
    {
        Assert.True(Unit.TryParse(unit, out var parsed));
        var area = new Quantity(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), parsed);
        Assert.Equal(new(decimal.Parse(hectares, System.Globalization.CultureInfo.InvariantCulture), Unit.Ha), area.Answered());
        Assert.Equal(area.Answered(), Quantity.FromCanonical(area.Canonical, Unit.Ha));
    }

    [Fact]
    public void Another_unit_can_be_asked_for()
    {
        Assert.Equal(new(1500, Unit.Mu), new Quantity(1, Unit.Km2).Answered(Unit.Mu));
        Assert.Equal(new(62.5m, Unit.M3PerMu), new Quantity(62.5m, Unit.M3PerMu).Answered());
        Assert.Equal(0.835m, new Quantity(83.5m, Unit.Percent).In(Unit.Ratio));
    }

    [Fact]
    public void Any_split_of_an_area_over_units_sums_exactly_in_any_order() => Prop.ForAll(
        Areas.ArrayOf().ToArbitrary(),
        parts =>
        {
            var sum = parts.Aggregate(new Quantity(0, Unit.Ha), (a, b) => a.Add(b));
            var back = parts.Reverse().Aggregate(new Quantity(0, Unit.WanKm2), (a, b) => b.Add(a));
            return sum.Canonical == parts.Sum(part => part.Canonical) && back.Canonical == sum.Canonical;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Taking_away_what_was_added_leaves_the_rest() => Prop.ForAll(
        Areas.ToArbitrary(), Areas.ToArbitrary(), (a, b) => a.Add(b).Subtract(b).Canonical == a.Canonical).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_written_reads_back_the_same() => Prop.ForAll(
        (from value in Values from unit in Units select (value, unit)).ToArbitrary(),
        given => !Quantity.TryOf(given.value, given.unit, out var quantity) || IsSame(quantity, Read(JsonSerializer.Serialize(quantity))))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Every_sum_that_can_be_made_can_be_recorded() => Prop.ForAll(
        Areas.ToArbitrary(), Areas.ToArbitrary(), (a, b) => !a.CanAdd(b) || Read(JsonSerializer.Serialize(a.Add(b))) == a.Add(b))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Any_two_units_of_a_dimension_add() => Assert.All(
        from one in Unit.All from other in Unit.All where one.Dimension == other.Dimension select (one, other),
        pair => Assert.True(new Quantity(1.1m, pair.one).CanAdd(new(0.7m, pair.other))));

    private static bool IsSame(Quantity a, Quantity b) => a == b && a.ToString() == b.ToString();

    private static Quantity Read(string json) => JsonSerializer.Deserialize<Quantity>(json);
}
