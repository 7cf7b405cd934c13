using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Http;
using Restoration.Mines.Sites;
using Restoration.Mines.Views;
using Restoration.ServiceDefaults;
using Funding = Restoration.Contracts.Funding;
using Out = Restoration.Contracts.Mines;
using Registry = Restoration.Contracts.Registry;

namespace Restoration.Mines;

/// <summary>Events as stored, for ever.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SiteSurveyed))]
[JsonSerializable(typeof(SiteVerified))]
[JsonSerializable(typeof(SiteStruckOff))]
[JsonSerializable(typeof(SiteLinked))]
[JsonSerializable(typeof(WorksReported))]
[JsonSerializable(typeof(SiteSelfChecked))]
[JsonSerializable(typeof(SiteAccepted))]
[JsonSerializable(typeof(AcceptanceRejected))]
[JsonSerializable(typeof(RectificationOverdue))]
[JsonSerializable(typeof(SiteReopened))]
[JsonSerializable(typeof(SiteReopenedV1))]
public sealed partial class StoredJson : JsonSerializerContext;

/// <summary>Rows written in the append: members are named as columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SiteRow))]
[JsonSerializable(typeof(ProjectRow))]
[JsonSerializable(typeof(ProjectStateRow))]
[JsonSerializable(typeof(ProjectMoneyRow))]
internal sealed partial class RowJson : JsonSerializerContext;

/// <summary>Documents inside rows: members are named as on the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SiteDetail))]
[JsonSerializable(typeof(IReadOnlyList<FedMeasure>))]
internal sealed partial class DetailJson : JsonSerializerContext;

/// <summary>What leaves the service.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Out.SiteSurveyed))]
[JsonSerializable(typeof(Out.SiteVerified))]
[JsonSerializable(typeof(Out.SiteStruckOff))]
[JsonSerializable(typeof(Out.SiteLinked))]
[JsonSerializable(typeof(Out.WorksReported))]
[JsonSerializable(typeof(Out.SiteSelfChecked))]
[JsonSerializable(typeof(Out.SiteAccepted))]
[JsonSerializable(typeof(Out.AcceptanceRejected))]
[JsonSerializable(typeof(Out.RectificationOverdue))]
[JsonSerializable(typeof(Out.SiteReopened))]
public sealed partial class ContractJson : JsonSerializerContext;

/// <summary>What comes in from the registry.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Registry.ProjectDesigned))]
[JsonSerializable(typeof(Registry.ProjectChanged))]
[JsonSerializable(typeof(Registry.ProjectApproved))]
[JsonSerializable(typeof(Registry.ProjectStarted))]
[JsonSerializable(typeof(Registry.ProjectSuspended))]
[JsonSerializable(typeof(Registry.ProjectResumed))]
[JsonSerializable(typeof(Registry.ProjectCompleted))]
[JsonSerializable(typeof(Registry.ProjectTerminated))]
[JsonSerializable(typeof(Registry.ProjectClosed))]
internal sealed partial class RegistryJson : JsonSerializerContext;

/// <summary>What comes in from funding.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Funding.AllocationIssued))]
[JsonSerializable(typeof(Funding.PaymentExecuted))]
[JsonSerializable(typeof(Funding.MoneyReturned))]
internal sealed partial class FundingJson : JsonSerializerContext;

/// <summary>Bodies and answers on the wire: nothing unknown, nothing missing, nothing null that must not be.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 32)]
[JsonSerializable(typeof(SurveyBody))]
[JsonSerializable(typeof(WorksReportedData))]
[JsonSerializable(typeof(NoteBody))]
[JsonSerializable(typeof(ReasonBody))]
[JsonSerializable(typeof(LinkBody))]
[JsonSerializable(typeof(AcceptBody))]
[JsonSerializable(typeof(RejectBody))]
[JsonSerializable(typeof(SitePage))]
[JsonSerializable(typeof(Page<SiteItem>), TypeInfoPropertyName = "PageSiteItem")]
[JsonSerializable(typeof(Accounts))]
[JsonSerializable(typeof(Page<AccountSource>), TypeInfoPropertyName = "PageAccountSource")]
public sealed partial class Wire : JsonSerializerContext
{
    /// <summary>With the encoder that attributes cannot name: Chinese is written as it is.</summary>
    public static Wire Api => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = WireJson.Options.Encoder });
}
