using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Http;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;
using Restoration.Indicators.Sites;
using Restoration.Indicators.Targets;
using Restoration.Indicators.Views;
using Restoration.ServiceDefaults;
using In = Restoration.Contracts.Registry;
using Out = Restoration.Contracts.Indicators;

namespace Restoration.Indicators;

/// <summary>Events as stored, for ever.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IndicatorDefined))]
[JsonSerializable(typeof(IndicatorObserved))]
[JsonSerializable(typeof(ObservationAccepted))]
[JsonSerializable(typeof(ObservationReturned))]
[JsonSerializable(typeof(ProgressContributed))]
[JsonSerializable(typeof(SiteContributed))]
[JsonSerializable(typeof(SiteWithdrawn))]
[JsonSerializable(typeof(CountyTargetsTaken))]
public sealed partial class StoredJson : JsonSerializerContext;

/// <summary>Rows written in the append: members are named as columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IndicatorRow))]
[JsonSerializable(typeof(ObservationRow))]
[JsonSerializable(typeof(ContributionRow))]
[JsonSerializable(typeof(CountedSiteRow))]
[JsonSerializable(typeof(CountyTargetRow))]
internal sealed partial class RowJson : JsonSerializerContext;

/// <summary>Documents inside rows: members are named as on the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ObservationDetail))]
[JsonSerializable(typeof(IReadOnlyList<CountyTarget>))]
internal sealed partial class DetailJson : JsonSerializerContext;

/// <summary>What leaves the service, and what comes in.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Out.IndicatorDefined))]
[JsonSerializable(typeof(Out.IndicatorObserved))]
[JsonSerializable(typeof(Out.ObservationAccepted))]
[JsonSerializable(typeof(Out.ObservationReturned))]
[JsonSerializable(typeof(Out.ProgressContributed))]
[JsonSerializable(typeof(Out.SiteContributed))]
[JsonSerializable(typeof(Out.SiteWithdrawn))]
public sealed partial class ContractJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(In.ProgressVerified))]
[JsonSerializable(typeof(In.YearlyAssignmentConfirmed))]
internal sealed partial class RegistryJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Restoration.Contracts.Mines.SiteAccepted))]
[JsonSerializable(typeof(Restoration.Contracts.Mines.SiteReopened))]
internal sealed partial class MinesJson : JsonSerializerContext;

/// <summary>Bodies and answers on the wire: nothing unknown, nothing missing, nothing null that must not be.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 32)]
[JsonSerializable(typeof(DefineIndicatorBody))]
[JsonSerializable(typeof(RedefineIndicatorBody))]
[JsonSerializable(typeof(IndicatorObservedData))]
[JsonSerializable(typeof(AcceptBody))]
[JsonSerializable(typeof(ReturnBody))]
[JsonSerializable(typeof(IndicatorPage))]
[JsonSerializable(typeof(Page<IndicatorPage>), TypeInfoPropertyName = "PageIndicatorPage")]
[JsonSerializable(typeof(ObservationItem))]
[JsonSerializable(typeof(Page<ObservationItem>), TypeInfoPropertyName = "PageObservationItem")]
[JsonSerializable(typeof(CountyTargetItem))]
[JsonSerializable(typeof(Page<CountyTargetItem>), TypeInfoPropertyName = "PageCountyTargetItem")]
[JsonSerializable(typeof(PlanTable))]
[JsonSerializable(typeof(ValueExplained))]
public sealed partial class Wire : JsonSerializerContext
{
    /// <summary>With the encoder that attributes cannot name: Chinese is written as it is.</summary>
    public static Wire Api => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = WireJson.Options.Encoder });
}
