using Restoration.Domain;
using Restoration.Registry.Divisions;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Names and places of divisions change with their days; the code stays.</summary>
public sealed class DivisionChangeSpecs
{
    private const string Id = "360733";

    private static readonly DivisionDefined s_defined = new(
        Id, "会昌县", "Huichang County", DivisionLevel.County, City, null, null, new(1949, 10, 1), null, null, Planner, At);

    private static readonly RenameDivision s_rename = new("会昌市", "Huichang City", new(2025, 3, 1), "国函〔2025〕1号", Planner, At);
    private static readonly DivisionRenamed s_renamed = new(
        Id, "会昌市", "Huichang City", new(2025, 3, 1), [new("会昌县", "Huichang County", new(2025, 2, 28))], "国函〔2025〕1号", Planner, At);

    private static readonly MoveDivision s_move = new("360200", new(2025, 3, 1), null, Planner, At);
    private static readonly DivisionMoved s_moved = new(Id, "360200", new(2025, 3, 1), [new(City, new(2025, 2, 28))], null, Planner, At);

    private static Spec<Division, DivisionEvent> A_county => new Spec<Division, DivisionEvent>(Division.Unknown, (d, e) => Division.Aggregate.Fold(d, e)).After(s_defined);

    [Fact]
    public void It_is_called_otherwise_from_a_day_on() => A_county.When(d => DivisionDecider.Decide(d, Id, s_rename)).Records(s_renamed);

    [Fact]
    public void Renaming_it_again_alike_changes_nothing() => A_county.After(s_renamed)
        .When(d => DivisionDecider.Decide(d, Id, s_rename with { By = Verifier })).RecordsNothing();

    [Fact]
    public void All_its_names_are_told_with_their_last_days() => A_county.After(s_renamed)
        .When(d => DivisionDecider.Decide(d, Id, s_rename with { Name = "会昌区", NameEn = null, From = new(2030, 1, 1) }))
        .Records(s_renamed with { Name = "会昌区", NameEn = null, From = new(2030, 1, 1), Former = [.. s_renamed.Former, new("会昌市", "Huichang City", new(2029, 12, 31))] });

    [Theory]
    [InlineData("2025-02-28")]
    [InlineData("2025-03-01")]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31")]
    public void Names_follow_each_other(string day) => A_county.After(s_renamed)
        .When(d => DivisionDecider.Decide(d, Id, s_rename with { Name = "会昌区", From = DateOnly.Parse(day, null) }))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/from");

    [Fact]
    public void It_had_its_first_name_for_a_day_at_least() => A_county
        .When(d => DivisionDecider.Decide(d, Id, s_rename with { From = new(1949, 10, 1) })).IsRefused(RefusalKind.Invalid, "division.invalid", "#/from");

    [Fact]
    public void A_code_that_ceased_is_not_renamed() => A_county.After(new DivisionReplaced(Id, Yudu, new(2024, 12, 31), Planner, At))
        .When(d => DivisionDecider.Decide(d, Id, s_rename)).IsRefused(RefusalKind.Conflict, "division.replaced");

    [Fact]
    public void It_changes_its_city_from_a_day_on() => A_county.When(d => DivisionDecider.Decide(d, Id, s_move, Tree)).Records(s_moved);

    [Fact]
    public void Moving_it_again_alike_changes_nothing() => A_county.After(s_moved).When(d => DivisionDecider.Decide(d, Id, s_move, Tree)).RecordsNothing();

    [Fact]
    public void It_may_come_back() => A_county.After(s_moved)
        .When(d => DivisionDecider.Decide(d, Id, s_move with { ParentId = City, From = new(2026, 1, 1) }, Tree))
        .Records(s_moved with { ParentId = City, From = new(2026, 1, 1), Former = [.. s_moved.Former, new("360200", new(2025, 12, 31))] });

    [Theory]
    [InlineData("360000")]
    [InlineData(Yudu)]
    [InlineData("999999")]
    public void It_moves_to_one_of_the_level_above(string parent) => A_county
        .When(d => DivisionDecider.Decide(d, Id, s_move with { ParentId = parent }, Tree)).IsRefused(RefusalKind.Invalid, "division.invalid", "#/parentId");

    [Fact]
    public void A_province_stays_where_it_is() => new Spec<Division, DivisionEvent>(Division.Unknown, (d, e) => Division.Aggregate.Fold(d, e))
        .After(s_defined with { Id = "360000", Level = DivisionLevel.Province, ParentId = null })
        .When(d => DivisionDecider.Decide(d, "360000", s_move with { ParentId = "360000" }, Tree)).IsRefused(RefusalKind.Invalid, "division.invalid", "#/parentId");

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => A_county.After(s_moved)
        .When(d => DivisionDecider.Decide(d, Id, s_move with { ParentId = Yudu }, Tree)).IsRefused(RefusalKind.Invalid, "division.invalid", "#/parentId", "#/from");

    [Fact]
    public void A_code_that_ceased_does_not_move() => A_county.After(new DivisionReplaced(Id, Yudu, new(2024, 12, 31), Planner, At))
        .When(d => DivisionDecider.Decide(d, Id, s_move, Tree)).IsRefused(RefusalKind.Conflict, "division.replaced");

    [Fact]
    public void Only_a_known_division_changes()
    {
        var nothing = new Spec<Division, DivisionEvent>(Division.Unknown, (d, e) => Division.Aggregate.Fold(d, e));
        nothing.When(d => DivisionDecider.Decide(d, Id, s_rename)).IsRefused(RefusalKind.NotFound, "division.unknown");
        nothing.When(d => DivisionDecider.Decide(d, Id, s_move, Tree)).IsRefused(RefusalKind.NotFound, "division.unknown");
    }
}
