using Restoration.Domain;
using Restoration.Registry.Divisions;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

public sealed class DivisionSpecs
{
    private static readonly DefineDivision s_define = new(
        "360733", "会昌县", "Huichang", DivisionLevel.County, City, null, Quantity(2722, "km2"), new(1949, 10, 1), null, "note", Planner, At);

    private static readonly DivisionDefined s_defined = new(
        "360733", "会昌县", "Huichang", DivisionLevel.County, City, null, Quantity(2722, "km2"), new(1949, 10, 1), null, "note", Planner, At);

    private static readonly ReplaceDivision s_replace = new(Yudu, new(2025, 12, 31), Planner, At);
    private static readonly DivisionReplaced s_replaced = new("360733", Yudu, new(2025, 12, 31), Planner, At);

    private static Spec<Division, DivisionEvent> A_division => new(Division.Unknown, (d, e) => Division.Aggregate.Fold(d, e));

    [Fact]
    public void A_county_enters_the_tree() => A_division.When(d => DivisionDecider.Decide(d, s_define, Tree)).Records(s_defined);

    [Fact]
    public void Entering_it_again_alike_changes_nothing() => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, s_define with { By = Verifier, At = At.AddDays(1) }, Tree)).RecordsNothing();

    [Fact]
    public void Entering_it_again_as_a_replaced_one_changes_nothing() => A_division.After(s_defined, s_replaced)
        .When(d => DivisionDecider.Decide(d, s_define, Tree)).RecordsNothing();

    [Fact]
    public void A_code_is_not_redefined() => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, s_define with { Name = "另一县" }, Tree)).IsRefused(RefusalKind.Conflict, "division.exists");

    [Theory]
    [InlineData("36", DivisionLevel.Province, null)]
    [InlineData("360100", DivisionLevel.Province, null)]
    [InlineData("360733", DivisionLevel.City, "360000")]
    [InlineData("360700", DivisionLevel.County, City)]
    [InlineData("36073x", DivisionLevel.County, City)]
    [InlineData("360799", DivisionLevel.FunctionZone, City)]
    [InlineData("Gongjiang", DivisionLevel.Township, Yudu)]
    [InlineData("gong.jiang", DivisionLevel.Township, Yudu)]
    public void A_code_has_the_form_of_its_level(string id, DivisionLevel level, string? parent) => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = id, Level = level, ParentId = parent }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/id");

    [Theory]
    [InlineData("370000", DivisionLevel.Province, "360000")]
    [InlineData("370100", DivisionLevel.City, "360000")]
    [InlineData("360100", DivisionLevel.City, null)]
    [InlineData("360100", DivisionLevel.City, City)]
    [InlineData("360833", DivisionLevel.County, City)]
    [InlineData("360733", DivisionLevel.County, "360000")]
    [InlineData("360733", DivisionLevel.County, "360900")]
    [InlineData("new-zone", DivisionLevel.FunctionZone, Yudu)]
    [InlineData("new-town", DivisionLevel.Township, City)]
    public void A_division_lies_in_one_of_the_level_above(string id, DivisionLevel level, string? parent) => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = id, Level = level, ParentId = parent }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/parentId");

    [Theory]
    [InlineData("370000", DivisionLevel.Province, null)]
    [InlineData("360100", DivisionLevel.City, "360000")]
    [InlineData("new-zone", DivisionLevel.FunctionZone, "360000")]
    [InlineData("new-zone", DivisionLevel.FunctionZone, City)]
    [InlineData("new-town", DivisionLevel.Township, Yudu)]
    [InlineData("new-town", DivisionLevel.Township, Zone)]
    public void Each_level_has_its_place(string id, DivisionLevel level, string? parent) => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = id, Level = level, ParentId = parent }, Tree))
        .Records(s_defined with { Id = id, Level = level, ParentId = parent });

    [Fact]
    public void A_function_zone_lies_on_county_land() => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = "new-zone", Level = DivisionLevel.FunctionZone, LandIn = Yudu }, Tree))
        .Records(s_defined with { Id = "new-zone", Level = DivisionLevel.FunctionZone, LandIn = Yudu });

    [Theory]
    [InlineData("360733", DivisionLevel.County, Yudu)]
    [InlineData("new-zone", DivisionLevel.FunctionZone, City)]
    [InlineData("new-zone", DivisionLevel.FunctionZone, "360999")]
    public void Nothing_else_lies_on_land_of_another(string id, DivisionLevel level, string landIn) => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = id, Level = level, LandIn = landIn }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/landIn");

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = "x.y", ParentId = "none", LandIn = Yudu, ValidTo = new(1949, 9, 30) }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/id", "#/parentId", "#/landIn", "#/validTo");

    [Fact]
    public void A_division_of_a_single_day_is_one() => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { ValidTo = s_define.ValidFrom }, Tree)).Records(s_defined with { ValidTo = s_define.ValidFrom });

    [Fact]
    public void A_code_is_replaced() => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace, Tree)).Records(s_replaced);

    [Fact]
    public void Replacing_it_again_alike_changes_nothing() => A_division.After(s_defined, s_replaced)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace, Tree)).RecordsNothing();

    [Fact]
    public void A_replaced_code_is_not_replaced_by_another() => A_division.After(s_defined, s_replaced)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { ReplacedBy = Ningdu }, Tree)).IsRefused(RefusalKind.Conflict, "division.replaced");

    [Fact]
    public void Nor_from_another_day() => A_division.After(s_defined, s_replaced)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { LastDay = new(2026, 1, 1) }, Tree)).IsRefused(RefusalKind.Conflict, "division.replaced");

    [Theory]
    [InlineData("360733")]
    [InlineData("360999")]
    public void The_successor_is_another_known_division(string successor) => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { ReplacedBy = successor }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/replacedBy");

    [Fact]
    public void Only_a_known_code_is_replaced() => A_division
        .When(d => DivisionDecider.Decide(d, "360733", s_replace, Tree)).IsRefused(RefusalKind.NotFound, "division.unknown");

    [Theory]
    [InlineData(City)]
    [InlineData(Town)]
    public void The_successor_is_of_its_level(string successor) => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { ReplacedBy = successor }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/replacedBy");

    [Fact]
    public void A_function_zone_may_take_over_a_county() => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { ReplacedBy = Zone }, Tree)).Records(s_replaced with { ReplacedBy = Zone });

    [Fact]
    public void The_successor_exists_on_the_day_after() => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { ReplacedBy = Nankang }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/replacedBy");

    [Theory]
    [InlineData("1949-09-30")]
    [InlineData("9999-12-31")]
    public void A_code_ends_on_a_day_of_its_life(string day) => A_division.After(s_defined)
        .When(d => DivisionDecider.Decide(d, "360733", s_replace with { LastDay = DateOnly.Parse(day, null) }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/lastDay");

    [Theory]
    [InlineData("360000", DivisionLevel.Province, 100)]
    [InlineData("360100", DivisionLevel.City, 9)]
    public void A_province_or_city_says_how_many_counties_it_has(string id, DivisionLevel level, int counties) => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = id, Level = level, ParentId = level == DivisionLevel.City ? "360000" : null, StatedCounties = counties }, Tree))
        .Records(s_defined with { Id = id, Level = level, ParentId = level == DivisionLevel.City ? "360000" : null, StatedCounties = counties });

    [Theory]
    [InlineData("360100", DivisionLevel.City, "360000", 0)]
    [InlineData("360733", DivisionLevel.County, City, 1)]
    public void Nothing_else_has_counties(string id, DivisionLevel level, string parent, int counties) => A_division
        .When(d => DivisionDecider.Decide(d, s_define with { Id = id, Level = level, ParentId = parent, StatedCounties = counties }, Tree))
        .IsRefused(RefusalKind.Invalid, "division.invalid", "#/statedCounties");
}
