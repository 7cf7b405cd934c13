using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Plans;

/// <summary>What an amendment says. Members that are null leave what is there.</summary>
/// <param name="DocumentNumber">Of the document that amends; needed once the plan is adopted.</param>
/// <param name="Projects">Projects that it completes or changes; <paramref name="Added"/> new ones; <paramref name="Dropped"/> those it takes out.</param>
public sealed record Amendment(
    string Id, string? DocumentNumber, DateOnly? Date, string Reason, PlanChange? Plan, IReadOnlyList<ProjectChange> Projects, IReadOnlyList<AddedProject> Added,
    IReadOnlyList<DroppedProject> Dropped);

/// <summary>What changes in what a plan says of itself.</summary>
/// <param name="Programmes">Those that are new or said anew, by their ids; <paramref name="KeyWorks"/> alike.</param>
public sealed record PlanChange(
    string? Name = null, string? NameEn = null, int? From = null, int? To = null, IReadOnlyList<int>? TargetYears = null, string? ParentPlanId = null,
    Money? PrintedTotal = null, IReadOnlyList<PlanPart>? Programmes = null, IReadOnlyList<PlanPart>? KeyWorks = null, IReadOnlyList<string>? Notes = null,
    bool? ZonesCover = null)
{
    /// <summary>What the plan says with this change.</summary>
    public PlanDefinition Of(PlanDefinition plan) => plan with
    {
        Name = Name ?? plan.Name,
        NameEn = NameEn ?? plan.NameEn,
        From = From ?? plan.From,
        To = To ?? plan.To,
        TargetYears = TargetYears ?? plan.TargetYears,
        ParentPlanId = ParentPlanId ?? plan.ParentPlanId,
        PrintedTotal = PrintedTotal ?? plan.PrintedTotal,
        Programmes = Of(plan.Programmes, Programmes),
        KeyWorks = Of(plan.KeyWorks, KeyWorks),
        Notes = Notes ?? plan.Notes,
        ZonesCover = ZonesCover ?? plan.ZonesCover,
    };

    private static List<PlanPart> Of(IReadOnlyList<PlanPart> parts, IReadOnlyList<PlanPart>? change) =>
        [.. parts.Select(p => change?.FirstOrDefault(c => c.Id == p.Id) ?? p), .. (change ?? []).Where(c => parts.All(p => p.Id != c.Id))];
}

/// <summary>What changes in a project of the plan.</summary>
/// <param name="Counties">All of them from now on; the plan's own count of them is then settled.</param>
/// <param name="Measures">Those that change and those that are new, by their ids.</param>
public sealed record ProjectChange(
    string ProjectId, string? Name = null, string? KeyWorkId = null, string? LeadUnit = null, Money? Estimate = null, IReadOnlyList<string>? Counties = null,
    IReadOnlyList<string>? Towns = null, IReadOnlyList<Years>? Schedule = null, IReadOnlyList<FundingShare>? FundingPlan = null,
    IReadOnlyList<MeasureChange>? Measures = null, IReadOnlyList<string>? Notes = null)
{
    /// <summary>What the project is with this change.</summary>
    public ProjectDefinition Of(ProjectDefinition project) => project with
    {
        Name = Name ?? project.Name,
        KeyWorkId = KeyWorkId ?? project.KeyWorkId,
        LeadUnit = LeadUnit ?? project.LeadUnit,
        Estimate = Estimate ?? project.Estimate,
        Towns = Towns ?? project.Towns,
        Schedule = Schedule ?? project.Schedule,
        FundingPlan = FundingPlan ?? project.FundingPlan,
        StatedCounties = Counties is null ? project.StatedCounties : null,
        Notes = Notes ?? project.Notes,
        Measures =
        [
            .. project.Measures.Select(m => Measures?.FirstOrDefault(c => c.Id == m.Id)?.Of(m) ?? m),
            .. (Measures ?? []).Where(c => project.Measures.All(m => m.Id != c.Id)).Select(c => c.New()),
        ],
    };
}

/// <summary>A measure that is completed, or a new one.</summary>
/// <param name="Role">Of a new one; what a measure is does not change, and neither does <paramref name="FedBy"/>.</param>
/// <param name="Counties">What each county has of it.</param>
public sealed record MeasureChange(
    string Id, string? Name = null, Quantity? Quantity = null, string? Qualifier = null, string? Division = null, string? Town = null, string? IndicatorId = null,
    MeasureRole? Role = null, FedBy? FedBy = null, string? Note = null, IReadOnlyList<CountyPart>? Counties = null)
{
    internal Measure Of(Measure measure) => measure with
    {
        Name = Name ?? measure.Name,
        Quantity = Quantity ?? measure.Quantity,
        Qualifier = Qualifier ?? measure.Qualifier,
        Division = Division ?? measure.Division,
        Town = Town ?? measure.Town,
        IndicatorId = IndicatorId ?? measure.IndicatorId,
        Note = Note ?? measure.Note,
        Counties = Counties ?? measure.Counties,
    };

    internal Measure New() => new(Id, Name ?? "", null, Quantity, Qualifier, Division, Town, IndicatorId, Role ?? MeasureRole.Part, FedBy, Note, Counties);
}

/// <summary>A project that comes into the plan by an amendment.</summary>
/// <param name="PlanId">The plan that is amended.</param>
public sealed record AddedProject(string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<string> Counties, ProjectDefinition Definition);

/// <summary>A project that an amendment takes out of the plan.</summary>
/// <param name="Money">What becomes of its money; <paramref name="Land"/> of the land.</param>
public sealed record DroppedProject(string ProjectId, string Money, string Land);
