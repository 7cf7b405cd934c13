using System.Text.Json.Serialization;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;

namespace Restoration.Registry;

/// <summary>Events as stored, for ever: what a later version added is skipped, what it needs has a default.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Divisions.DivisionDefined))]
[JsonSerializable(typeof(Divisions.DivisionReplaced))]
[JsonSerializable(typeof(Plans.PlanRegistered))]
[JsonSerializable(typeof(Plans.PlanAdopted))]
[JsonSerializable(typeof(Projects.ProjectDesigned))]
[JsonSerializable(typeof(Projects.ProjectApproved))]
[JsonSerializable(typeof(Projects.ProjectStarted))]
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
[JsonSerializable(typeof(PlanRow))]
[JsonSerializable(typeof(ProjectRow))]
[JsonSerializable(typeof(FigureRow))]
internal sealed partial class RowJson : JsonSerializerContext;

/// <summary>Documents inside rows: members are named as on the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FigureDetail))]
internal sealed partial class RowDetailJson : JsonSerializerContext;

/// <summary>What leaves the service.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Contracts.Registry.DivisionDefined))]
[JsonSerializable(typeof(Contracts.Registry.DivisionReplaced))]
[JsonSerializable(typeof(Contracts.Registry.PlanRegistered))]
[JsonSerializable(typeof(Contracts.Registry.PlanAdopted))]
[JsonSerializable(typeof(Contracts.Registry.ProjectDesigned))]
[JsonSerializable(typeof(Contracts.Registry.ProjectApproved))]
[JsonSerializable(typeof(Contracts.Registry.ProjectStarted))]
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
