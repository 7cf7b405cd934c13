using System.Text.Json.Serialization;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
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
[JsonSerializable(typeof(Zones.ZoneRegistered))]
[JsonSerializable(typeof(Projects.ProjectDesigned))]
[JsonSerializable(typeof(Projects.ProjectApproved))]
[JsonSerializable(typeof(Projects.ProjectStarted))]
[JsonSerializable(typeof(Projects.ProjectChanged))]
[JsonSerializable(typeof(Projects.ProjectSubmitted))]
[JsonSerializable(typeof(Projects.ProjectReturned))]
[JsonSerializable(typeof(Projects.ProjectRejected))]
[JsonSerializable(typeof(Projects.ProjectSuspended))]
[JsonSerializable(typeof(Projects.ProjectResumed))]
[JsonSerializable(typeof(Projects.ProjectTerminated))]
[JsonSerializable(typeof(Projects.ChangeRequested))]
[JsonSerializable(typeof(Projects.ChangeApproved))]
[JsonSerializable(typeof(Projects.ChangeRefused))]
[JsonSerializable(typeof(Projects.MeasureWaived))]
[JsonSerializable(typeof(Projects.ProjectCompleted))]
[JsonSerializable(typeof(Projects.ProjectSelfChecked))]
[JsonSerializable(typeof(Projects.ProjectAccepted))]
[JsonSerializable(typeof(Projects.AcceptanceRejected))]
[JsonSerializable(typeof(Projects.ProjectRectified))]
[JsonSerializable(typeof(Projects.RectificationOverdue))]
[JsonSerializable(typeof(Projects.ProjectSpotChecked))]
[JsonSerializable(typeof(Projects.AftercareInspected))]
[JsonSerializable(typeof(Projects.AftercareOverdue))]
[JsonSerializable(typeof(Projects.ProjectEvaluated))]
[JsonSerializable(typeof(Projects.ProjectClosed))]
[JsonSerializable(typeof(Projects.MoneyMoved))]
[JsonSerializable(typeof(Projects.AccountsSettled))]
[JsonSerializable(typeof(Progress.ProgressReported))]
[JsonSerializable(typeof(Progress.ProgressCorrected))]
[JsonSerializable(typeof(Progress.ProgressRederived))]
[JsonSerializable(typeof(Progress.ProgressChecked))]
[JsonSerializable(typeof(Progress.ProgressVerified))]
[JsonSerializable(typeof(Progress.ProgressDisputed))]
[JsonSerializable(typeof(Progress.SiteCounted))]
public sealed partial class StoredJson : JsonSerializerContext;

/// <summary>Rows written in the append: members are named as columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DivisionRow))]
[JsonSerializable(typeof(IReadOnlyList<Domain.FormerName>))]
[JsonSerializable(typeof(IReadOnlyList<Domain.FormerParent>))]
[JsonSerializable(typeof(PlanRow))]
[JsonSerializable(typeof(ZoneRow))]
[JsonSerializable(typeof(ProjectRow))]
[JsonSerializable(typeof(ChangeRow))]
[JsonSerializable(typeof(FigureRow))]
internal sealed partial class RowJson : JsonSerializerContext;

/// <summary>Documents inside rows: members are named as on the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FigureDetail))]
[JsonSerializable(typeof(ProjectLife))]
[JsonSerializable(typeof(ChangeDetail))]
internal sealed partial class RowDetailJson : JsonSerializerContext;

/// <summary>What leaves the service.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Contracts.Registry.DivisionDefined))]
[JsonSerializable(typeof(Contracts.Registry.DivisionReplaced))]
[JsonSerializable(typeof(Contracts.Registry.DivisionRenamed))]
[JsonSerializable(typeof(Contracts.Registry.DivisionMoved))]
[JsonSerializable(typeof(Contracts.Registry.PlanRegistered))]
[JsonSerializable(typeof(Contracts.Registry.PlanAdopted))]
[JsonSerializable(typeof(Contracts.Registry.ZoneRegistered))]
[JsonSerializable(typeof(Contracts.Registry.ProjectDesigned))]
[JsonSerializable(typeof(Contracts.Registry.ProjectApproved))]
[JsonSerializable(typeof(Contracts.Registry.ProjectStarted))]
[JsonSerializable(typeof(Contracts.Registry.ProjectChanged))]
[JsonSerializable(typeof(Contracts.Registry.ProjectSubmitted))]
[JsonSerializable(typeof(Contracts.Registry.ProjectReturned))]
[JsonSerializable(typeof(Contracts.Registry.ProjectRejected))]
[JsonSerializable(typeof(Contracts.Registry.ProjectSuspended))]
[JsonSerializable(typeof(Contracts.Registry.ProjectResumed))]
[JsonSerializable(typeof(Contracts.Registry.ProjectTerminated))]
[JsonSerializable(typeof(Contracts.Registry.ChangeRequested))]
[JsonSerializable(typeof(Contracts.Registry.ChangeApproved))]
[JsonSerializable(typeof(Contracts.Registry.ChangeRefused))]
[JsonSerializable(typeof(Contracts.Registry.MeasureWaived))]
[JsonSerializable(typeof(Contracts.Registry.ProjectCompleted))]
[JsonSerializable(typeof(Contracts.Registry.ProjectSelfChecked))]
[JsonSerializable(typeof(Contracts.Registry.ProjectAccepted))]
[JsonSerializable(typeof(Contracts.Registry.AcceptanceRejected))]
[JsonSerializable(typeof(Contracts.Registry.ProjectRectified))]
[JsonSerializable(typeof(Contracts.Registry.RectificationOverdue))]
[JsonSerializable(typeof(Contracts.Registry.ProjectSpotChecked))]
[JsonSerializable(typeof(Contracts.Registry.AftercareInspected))]
[JsonSerializable(typeof(Contracts.Registry.AftercareOverdue))]
[JsonSerializable(typeof(Contracts.Registry.ProjectEvaluated))]
[JsonSerializable(typeof(Contracts.Registry.ProjectClosed))]
[JsonSerializable(typeof(Contracts.Registry.ProgressReported))]
[JsonSerializable(typeof(Contracts.Registry.ProgressCorrected))]
[JsonSerializable(typeof(Contracts.Registry.ProgressRederived))]
[JsonSerializable(typeof(Contracts.Registry.ProgressChecked))]
[JsonSerializable(typeof(Contracts.Registry.ProgressVerified))]
[JsonSerializable(typeof(Contracts.Registry.ProgressDisputed))]
[JsonSerializable(typeof(Contracts.Registry.SiteCounted))]
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
