using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Indicators.Definitions;

/// <summary>An indicator was defined, or defined anew: old values keep the definition they were made under.</summary>
/// <param name="Division">Of its plan.</param>
/// <param name="Revision">1 for the first definition.</param>
[StoredAs("indicator-defined.v1")]
public sealed record IndicatorDefined(
    string IndicatorId, string Division, int Revision, IndicatorDefinition Definition, string? Reason, By By, DateTimeOffset At) : Event(By, At);

/// <summary>What an indicator is (domain §5).</summary>
/// <param name="Concept">The same indicator over plans: ranking and roll-up use it.</param>
/// <param name="Number">Its row in the plan's table; absent for goals of the text.</param>
/// <param name="Unit">Absent where the plan names none: then nothing is observed.</param>
/// <param name="Start">First year of the period in which a flow is accumulated.</param>
/// <param name="Numerator">As the plan's footnote defines it, with <paramref name="Denominator"/>.</param>
/// <param name="Notes">What is odd about it, kept as found.</param>
public sealed record IndicatorDefinition(
    string PlanId, string Concept, int? Number, string Name, string? NameEn, Unit? Unit, Binding Binding, string? Category, PrintedIn PrintedIn,
    Direction Direction, IndicatorKind Kind, Method Method, int? Start, Baseline? Baseline, IReadOnlyList<Target> Targets, string? Numerator,
    string? Denominator, IReadOnlyList<string> Notes);

/// <param name="Value">In the indicator's unit; absent where the plan prints a dash.</param>
public sealed record Baseline(int Year, decimal? Value = null);

/// <param name="Value">In the indicator's unit; absent where the target is in words alone.</param>
/// <param name="Raw">As printed.</param>
public sealed record Target(int? Year, Operator Operator, decimal? Value = null, string? Raw = null);

/// <summary>约束性, 预期性.</summary>
[JsonConverter(typeof(Kebab<Binding>))]
public enum Binding
{
    NotStated,
    Binding,
    Expected,
}

[JsonConverter(typeof(Kebab<PrintedIn>))]
public enum PrintedIn
{
    Table,
    TextGoal,
}

[JsonConverter(typeof(Kebab<Direction>))]
public enum Direction
{
    Higher,
    Lower,
    NotLowerThanBaseline,
}

[JsonConverter(typeof(Kebab<IndicatorKind>))]
public enum IndicatorKind
{
    /// <summary>A state at a date.</summary>
    Level,

    /// <summary>Accumulated within the plan period.</summary>
    Flow,
}

/// <summary>How its value is obtained; one method each.</summary>
[JsonConverter(typeof(Kebab<Method>))]
public enum Method
{
    /// <summary>Submitted as observations.</summary>
    Reported,

    /// <summary>The sum of verified progress of the measures that feed it.</summary>
    Progress,

    /// <summary>The number of accepted mine sites.</summary>
    MineCount,

    /// <summary>The area of accepted mine sites.</summary>
    MineArea,

    /// <summary>The share of water sections that reach their class.</summary>
    SectionShare,

    /// <summary>Of two others.</summary>
    Ratio,
}

/// <summary>How a value is held against a target. <c>equal</c> is a bare number: past it is good in the indicator's direction.</summary>
[JsonConverter(typeof(Kebab<Operator>))]
public enum Operator
{
    Equal,
    AtLeast,
    MoreThan,
    AtMost,
    NotLowerThanBaseline,
}
