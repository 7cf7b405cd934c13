using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Funding.Ledger;
using Restoration.Funding.Views;
using Restoration.Http;
using Restoration.ServiceDefaults;
using In = Restoration.Contracts.Registry;
using Out = Restoration.Contracts.Funding;

namespace Restoration.Funding;

/// <summary>Events as stored, for ever.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FundOpened))]
[JsonSerializable(typeof(FundAppropriated))]
[JsonSerializable(typeof(AllocationMade))]
[JsonSerializable(typeof(AllocationIssued))]
[JsonSerializable(typeof(AllocationWithdrawn))]
[JsonSerializable(typeof(MoneyTakenBack))]
[JsonSerializable(typeof(EstimateEntered))]
[JsonSerializable(typeof(EstimateChanged))]
[JsonSerializable(typeof(AccountFrozen))]
[JsonSerializable(typeof(AccountReleased))]
[JsonSerializable(typeof(AccountTerminated))]
[JsonSerializable(typeof(AccountOpened))]
[JsonSerializable(typeof(MoneyAllocated))]
[JsonSerializable(typeof(MoneyIssued))]
[JsonSerializable(typeof(AllocationCancelled))]
[JsonSerializable(typeof(PaymentExecuted))]
[JsonSerializable(typeof(MoneyReturned))]
[JsonSerializable(typeof(MoneyFoundIdle))]
[JsonSerializable(typeof(AccountSettled))]
public sealed partial class StoredJson : JsonSerializerContext;

/// <summary>Rows written in the append: members are named as columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FundRow))]
[JsonSerializable(typeof(AllocationRow))]
[JsonSerializable(typeof(AccountRow))]
[JsonSerializable(typeof(EntryRow))]
[JsonSerializable(typeof(BalanceRow))]
internal sealed partial class RowJson : JsonSerializerContext;

/// <summary>Documents inside rows: members are named as on the wire.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<AllocationItem>))]
[JsonSerializable(typeof(IReadOnlyList<Share>))]
[JsonSerializable(typeof(IReadOnlyList<FundBalanceRow>))]
internal sealed partial class DetailJson : JsonSerializerContext;

/// <summary>What leaves the service, and what comes in from the registry.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Out.FundOpened))]
[JsonSerializable(typeof(Out.FundAppropriated))]
[JsonSerializable(typeof(Out.AllocationMade))]
[JsonSerializable(typeof(Out.AllocationWithdrawn))]
[JsonSerializable(typeof(Out.AccountOpened))]
[JsonSerializable(typeof(Out.EstimateChanged))]
[JsonSerializable(typeof(Out.AccountFrozen))]
[JsonSerializable(typeof(Out.AccountReleased))]
[JsonSerializable(typeof(Out.AccountTerminated))]
[JsonSerializable(typeof(Out.AllocationIssued))]
[JsonSerializable(typeof(Out.PaymentExecuted))]
[JsonSerializable(typeof(Out.MoneyReturned))]
[JsonSerializable(typeof(Out.MoneyIdle))]
[JsonSerializable(typeof(Out.AccountSettled))]
public sealed partial class ContractJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(In.ProjectDesigned))]
[JsonSerializable(typeof(In.ProjectChanged))]
[JsonSerializable(typeof(In.ProjectApproved))]
[JsonSerializable(typeof(In.ProjectStarted))]
[JsonSerializable(typeof(In.ProjectSuspended))]
[JsonSerializable(typeof(In.ProjectResumed))]
[JsonSerializable(typeof(In.ProjectTerminated))]
internal sealed partial class RegistryJson : JsonSerializerContext;

/// <summary>Bodies and answers on the wire: nothing unknown, nothing missing, nothing null that must not be.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 32)]
[JsonSerializable(typeof(OpenFundBody))]
[JsonSerializable(typeof(AppropriateBody))]
[JsonSerializable(typeof(MakeAllocationBody))]
[JsonSerializable(typeof(IssueBody))]
[JsonSerializable(typeof(WithdrawBody))]
[JsonSerializable(typeof(PaymentExecutedData))]
[JsonSerializable(typeof(ReturnBody))]
[JsonSerializable(typeof(SettleBody))]
[JsonSerializable(typeof(FundPage))]
[JsonSerializable(typeof(Page<FundPage>), TypeInfoPropertyName = "PageFundPage")]
[JsonSerializable(typeof(AllocationPage))]
[JsonSerializable(typeof(Page<AllocationPage>), TypeInfoPropertyName = "PageAllocationPage")]
[JsonSerializable(typeof(AccountPage))]
[JsonSerializable(typeof(Page<AccountItem>), TypeInfoPropertyName = "PageAccountItem")]
[JsonSerializable(typeof(Page<EntryItem>), TypeInfoPropertyName = "PageEntryItem")]
[JsonSerializable(typeof(FundingOverview))]
[JsonSerializable(typeof(Page<AccountSource>), TypeInfoPropertyName = "PageAccountSource")]
[JsonSerializable(typeof(TrialBalance))]
public sealed partial class Wire : JsonSerializerContext
{
    /// <summary>With the encoder that attributes cannot name: Chinese is written as it is.</summary>
    public static Wire Api => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = WireJson.Options.Encoder });
}
