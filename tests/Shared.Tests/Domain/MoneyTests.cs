using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class MoneyTests
{
    private static readonly Arbitrary<long> Fen = (
        from high in Gen.Choose(-10_000_000, 10_000_000)
        from low in Gen.Choose(0, 999_999_999)
        select high * 1_000_000_000L + low).ToArbitrary();

    [Theory]
    [InlineData("""{"amount":70600.00,"unit":"wan-yuan"}""", """{"amount":706000000.00,"unit":"yuan"}""")]
    [InlineData("""{"amount":7.06,"unit":"亿元"}""", """{"amount":706000000.00,"unit":"yuan"}""")]
    [InlineData("""{"amount":1660700,"unit":"万元"}""", """{"amount":16607000000.00,"unit":"yuan"}""")]
    [InlineData("""{"amount":0.01,"unit":"元"}""", """{"amount":0.01,"unit":"yuan"}""")]
    [InlineData("""{"amount":0.000001,"unit":"wan-yuan"}""", """{"amount":0.01,"unit":"yuan"}""")]
    [InlineData("""{"amount":0.0000000001,"unit":"yi-yuan"}""", """{"amount":0.01,"unit":"yuan"}""")]
    [InlineData("""{"amount":1.50000,"unit":"yuan"}""", """{"amount":1.50,"unit":"yuan"}""")]
    [InlineData("""{"amount":-3,"unit":"yuan"}""", """{"amount":-3.00,"unit":"yuan"}""")]
    public void It_is_kept_in_yuan(string given, string kept) => Assert.Equal(kept, JsonSerializer.Serialize(Read(given)));

    [Theory]
    [InlineData("""{"amount":0.001,"unit":"yuan"}""", "amount", "fen")]
    [InlineData("""{"amount":1.23456789,"unit":"wan-yuan"}""", "amount", "fen")]
    [InlineData("""{"amount":1000000000000000,"unit":"yuan"}""", "amount", "below")]
    [InlineData("""{"amount":10000000,"unit":"yi-yuan"}""", "amount", "below")]
    [InlineData("""{"amount":79228162514264337593543950335,"unit":"yi-yuan"}""", "amount", "below")]
    [InlineData("""{"amount":1e40,"unit":"yuan"}""", "amount", "exactly")]
    [InlineData("""{"amount":1,"unit":"USD"}""", "unit", "allowed are yuan")]
    [InlineData("""{"amount":1}""", "unit", "missing")]
    [InlineData("""{"value":1,"unit":"yuan"}""", "value", "not a member")]
    [InlineData("70600", null, "like {\"amount\"")]
    public void What_is_wrong_is_said(string json, string? member, string said)
    {
        var refused = Assert.Throws<JsonException>(() => Read(json));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Equal(member, refused.Data["member"]);
    }

    [Fact]
    public void A_sum_beyond_the_limit_is_a_fault_not_a_wrong_figure()
    {
        var large = Money.Of(Money.Limit - 0.01m);
        Assert.Throws<OverflowException>(() => large + Money.Of(0.01m));
        Assert.Throws<ArgumentOutOfRangeException>(() => Money.Of(0.005m));
    }

    [Fact]
    public void Nothing_is_written_with_two_decimals_too() => Assert.Equal("""{"amount":0.00,"unit":"yuan"}""", JsonSerializer.Serialize(default(Money)));

    [Fact]
    public void It_adds_and_orders_as_its_fen_do() => Prop.ForAll(Fen, Fen, (a, b) =>
        (Of(a) + Of(b)).Yuan == (a + b) / 100m && Of(a) + Of(b) - Of(b) == Of(a) && -(Of(a) - Of(b)) == Of(b) - Of(a)
        && Of(a) < Of(b) == a < b && Of(a) >= Of(b) == a >= b && Of(a).CompareTo(Of(b)) == a.CompareTo(b)).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_written_reads_back_the_same() => Prop.ForAll(
        Fen, fen => Read(JsonSerializer.Serialize(Of(fen))) == Of(fen)).QuickCheckThrowOnFailure();

    private static Money Of(long fen) => Money.Of(fen / 100m);

    private static Money Read(string json) => JsonSerializer.Deserialize<Money>(json);
}
