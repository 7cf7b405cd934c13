using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;

namespace Restoration.Shared.Tests.Domain;

public class PeriodTests
{
    private static readonly int DaysInAll = new DateOnly(2999, 12, 31).DayNumber - new DateOnly(1900, 1, 1).DayNumber;

    /// <summary>Half of them within three years, so that pairs meet.</summary>
    private static readonly Arbitrary<Period> Periods = (
        from day in Gen.OneOf(Gen.Choose(0, DaysInAll), Gen.Choose(45_000, 46_095))
        from length in Gen.Elements(Enum.GetValues<PeriodLength>())
        select Period.Of(new DateOnly(1900, 1, 1).AddDays(day), length)).ToArbitrary();

    [Theory]
    [InlineData("2024", "2024-01-01", "2024-12-31")]
    [InlineData("2024-H1", "2024-01-01", "2024-06-30")]
    [InlineData("2024-H2", "2024-07-01", "2024-12-31")]
    [InlineData("2024-Q1", "2024-01-01", "2024-03-31")]
    [InlineData("2024-Q4", "2024-10-01", "2024-12-31")]
    [InlineData("2024-02", "2024-02-01", "2024-02-29")]
    [InlineData("2023-02", "2023-02-01", "2023-02-28")]
    [InlineData("2999-12", "2999-12-01", "2999-12-31")]
    [InlineData("2024-02-29", "2024-02-29", "2024-02-29")]
    public void It_runs_from_its_first_day_to_its_last(string text, string from, string to)
    {
        var period = Parse(text);
        Assert.Equal((from, to, text), ($"{period.From:yyyy-MM-dd}", $"{period.To:yyyy-MM-dd}", period.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("24")]
    [InlineData("1899")]
    [InlineData("3000")]
    [InlineData("2024-00")]
    [InlineData("2024-13")]
    [InlineData("2024-6")]
    [InlineData("2024-H0")]
    [InlineData("2024-H3")]
    [InlineData("2024-Q5")]
    [InlineData("2024-q1")]
    [InlineData("2024Q1")]
    [InlineData("2023-02-29")]
    [InlineData("2024-04-31")]
    [InlineData("1899-12-31")]
    [InlineData("2024/06/15")]
    [InlineData(" 2024")]
    [InlineData("+024")]
    [InlineData("２０２４")]
    [InlineData("2024-06-15T00:00:00Z")]
    [InlineData("2021-2025")]
    public void Anything_else_is_no_period(string? text) => Assert.False(Period.TryParse(text, out _));

    [Theory]
    [InlineData("\"2024-13\"")]
    [InlineData("2024")]
    [InlineData("null")]
    public void Json_is_told_the_forms(string json)
    {
        var refused = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Period>(json));
        Assert.Contains("2024-H1, 2024-Q2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void They_order_by_first_day_and_then_shorter_first()
    {
        string[] ordered = ["2023-12", "2024-01-01", "2024-01", "2024-Q1", "2024-H1", "2024", "2024-02", "2025"];
        Assert.Equal(ordered, ordered.Reverse().Select(Parse).Order().Select(period => period.ToString()));
    }

    [Fact]
    public void What_is_written_reads_back_the_same() => Prop.ForAll(Periods, period =>
        Parse(period.ToString()) == period
        && JsonSerializer.Deserialize<Period>(JsonSerializer.Serialize(period)) == period).QuickCheckThrowOnFailure();

    [Fact]
    public void Overlap_is_mutual_and_means_a_common_day() => Prop.ForAll(Periods, Periods, (a, b) =>
        a.Overlaps(b) == b.Overlaps(a) && a.Overlaps(a) && a.Overlaps(b) == (a.Contains(b.From) || b.Contains(a.From)))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Of_two_calendar_periods_that_overlap_one_contains_the_other() => Prop.ForAll(Periods, Periods, (a, b) =>
        a.Overlaps(b) == (a.Contains(b) || b.Contains(a))).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_agrees_with_itself() => Prop.ForAll(Periods, Periods, (a, b) =>
        Math.Sign(a.CompareTo(b)) == -Math.Sign(b.CompareTo(a)) && (a.CompareTo(b) == 0) == (a == b) && (a < b) == (b > a)
        && (a <= b) == !(a > b)).QuickCheckThrowOnFailure();

    private static Period Parse(string text) => Period.TryParse(text, out var period) ? period : throw new FormatException(text);
}
