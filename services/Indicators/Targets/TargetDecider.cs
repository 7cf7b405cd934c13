using Restoration.Domain;

namespace Restoration.Indicators.Targets;

/// <summary>Take over what a county confirmed in the registry.</summary>
public sealed record TakeTargets(
    string ProjectId, string PlanId, int Year, string Division, IReadOnlyList<CountyTarget> Targets, Guid CausedBy, long CausedAt, By By, DateTimeOffset At);

/// <summary>The registry decided; what feeds no indicator is not kept here.</summary>
public static class TargetDecider
{
    public static Decision<CountyTargetsTaken> Decide(CountyTargets targets, TakeTargets c) =>
        targets.Of(c.Year, c.Division).SequenceEqual(c.Targets)
            ? []
            : [new CountyTargetsTaken(c.ProjectId, c.PlanId, c.Year, c.Division, c.Targets, c.CausedBy, c.CausedAt, c.By, c.At)];
}
