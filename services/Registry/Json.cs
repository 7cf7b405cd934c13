using System.Text.Json.Serialization;
using Restoration.Registry.Assignments;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Samples;
using Restoration.Registry.Zones;

namespace Restoration.Registry;

/// <summary>Events as stored, for ever: what a later version added is skipped, what it needs has a default.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Divisions.DivisionDefined))]
[JsonSerializable(typeof(Divisions.DivisionReplaced))]
[JsonSerializable(typeof(Divisions.DivisionRenamed))]
[JsonSerializable(typeof(Divisions.DivisionMoved))]
[JsonSerializable(typeof(Plans.PlanRegistered))]
[JsonSerializable(typeof(Plans.PlanAdopted))]
[JsonSerializable(typeof(Plans.PlanSuperseded))]
[JsonSerializable(typeof(Plans.PlanAmended))]
[JsonSerializable(typeof(Plans.PlanDocumentRegistered))]
[JsonSerializable(typeof(Zones.ZoneRegistered))]
[JsonSerializable(typeof(Plans.PeriodFrozen))]
[JsonSerializable(typeof(Projects.ProjectDesigned))]
[JsonSerializable(typeof(Projects.ProjectApproved))]
[JsonSerializable(typeof(Projects.ProjectStarted))]
[JsonSerializable(typeof(Projects.MilestoneReached))]
[JsonSerializable(typeof(Projects.DocumentAdded))]
[JsonSerializable(typeof(Zones.ZoneRegistered))]
[JsonSerializable(typeof(Projects.ProjectChanged))]
[JsonSerializable(typeof(Projects.MoneyMoved))]
[JsonSerializable(typeof(Projects.AccountsSettled))]
[JsonSerializable(typeof(Progress.ProgressReported))]
[JsonSerializable(typeof(Progress.ProgressCorrected))]
[JsonSerializable(typeof(Progress.ProgressRederived))]
[JsonSerializable(typeof(Progress.ProgressChecked))]
[JsonSerializable(typeof(Progress.ProgressVerified))]
[JsonSerializable(typeof(Progress.ProgressDisputed))]
[JsonSerializable(typeof(Progress.ProgressSampled))]
[JsonSerializable(typeof(Progress.SiteCounted))]
[JsonSerializable(typeof(Investments.InvestmentCompleted))]
[JsonSerializable(typeof(Samples.SampleDrawn))]
[JsonSerializable(typeof(Samples.SampleExamined))]
[JsonSerializable(typeof(Assignments.YearlyAssignmentMade))]
[JsonSerializable(typeof(Assignments.YearlyAssignmentConfirmed))]
public sealed partial class StoredJson : JsonSerializerContext;

/// <summary>Rows written in the append: members are named as columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DivisionRow))]
[JsonSerializable(typeof(IReadOnlyList<Domain.FormerName>))]
[JsonSerializable(typeof(IReadOnlyList<Domain.FormerParent>))]
[JsonSerializable(typeof(PlanRow))]
[JsonSerializable(typeof(AmendmentRow))]
[JsonSerializable(typeof(PlanDocumentRow))]
[JsonSerializable(typeof(ZoneRow))]
[JsonSerializable(typeof(ProjectRow))]
[JsonSerializable(typeof(ParticularsRow))]
[JsonSerializable(typeof(DocumentUseRow))]
[JsonSerializable(typeof(FigureRow))]
[JsonSerializable(typeof(EvidenceUseRow))]
[JsonSerializable(typeof(SampleRow))]
[JsonSerializable(typeof(AssignmentRow))]
internal sealed partial class RowJson : JsonSerializerContext;

/// <summary>Documents inside rows: members are named as on the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FigureDetail))]
[JsonSerializable(typeof(IReadOnlyList<MilestoneItem>))]
[JsonSerializable(typeof(IReadOnlyList<ProjectDocument>))]
[JsonSerializable(typeof(IReadOnlyList<DrawnItem>))]
[JsonSerializable(typeof(IReadOnlyList<AssignedMeasure>))]
[JsonSerializable(typeof(IReadOnlyList<CountyState>))]
internal sealed partial class RowDetailJson : JsonSerializerContext;

/// <summary>What leaves the service.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Contracts.Registry.DivisionDefined))]
[JsonSerializable(typeof(Contracts.Registry.DivisionReplaced))]
[JsonSerializable(typeof(Contracts.Registry.DivisionRenamed))]
[JsonSerializable(typeof(Contracts.Registry.DivisionMoved))]
[JsonSerializable(typeof(Contracts.Registry.PlanRegistered))]
[JsonSerializable(typeof(Contracts.Registry.PlanAdopted))]
[JsonSerializable(typeof(Contracts.Registry.PlanSuperseded))]
[JsonSerializable(typeof(Contracts.Registry.PlanAmended))]
[JsonSerializable(typeof(Contracts.Registry.PlanDocumentRegistered))]
[JsonSerializable(typeof(Contracts.Registry.ZoneRegistered))]
[JsonSerializable(typeof(Contracts.Registry.PeriodFrozen))]
[JsonSerializable(typeof(Contracts.Registry.ProjectDesigned))]
[JsonSerializable(typeof(Contracts.Registry.ProjectApproved))]
[JsonSerializable(typeof(Contracts.Registry.ProjectStarted))]
[JsonSerializable(typeof(Contracts.Registry.MilestoneReached))]
[JsonSerializable(typeof(Contracts.Registry.DocumentAdded))]
[JsonSerializable(typeof(Contracts.Registry.ZoneRegistered))]
[JsonSerializable(typeof(Contracts.Registry.ProjectChanged))]
[JsonSerializable(typeof(Contracts.Registry.ProgressReported))]
[JsonSerializable(typeof(Contracts.Registry.ProgressCorrected))]
[JsonSerializable(typeof(Contracts.Registry.ProgressRederived))]
[JsonSerializable(typeof(Contracts.Registry.ProgressChecked))]
[JsonSerializable(typeof(Contracts.Registry.ProgressVerified))]
[JsonSerializable(typeof(Contracts.Registry.ProgressDisputed))]
[JsonSerializable(typeof(Contracts.Registry.ProgressSampled))]
[JsonSerializable(typeof(Contracts.Registry.SiteCounted))]
[JsonSerializable(typeof(Contracts.Registry.SampleDrawn))]
[JsonSerializable(typeof(Contracts.Registry.SampleExamined))]
[JsonSerializable(typeof(Contracts.Registry.YearlyAssignmentMade))]
[JsonSerializable(typeof(Contracts.Registry.YearlyAssignmentConfirmed))]
public sealed partial class ContractJson : JsonSerializerContext;

/// <summary>What comes in.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Contracts.Mines.SiteAccepted))]
[JsonSerializable(typeof(Contracts.Mines.SiteReopened))]
internal sealed partial class MinesJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Contracts.Funding.AllocationIssued))]
[JsonSerializable(typeof(Contracts.Funding.PaymentExecuted))]
[JsonSerializable(typeof(Contracts.Funding.MoneyReturned))]
[JsonSerializable(typeof(Contracts.Funding.AccountSettled))]
internal sealed partial class FundingJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Contracts.Indicators.AssessmentPublished))]
internal sealed partial class IndicatorsJson : JsonSerializerContext;
