using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Funding.Ledger;

/// <summary>Where money comes from, as the plans name it (domain §6).</summary>
[JsonConverter(typeof(Kebab<Channel>))]
public enum Channel
{
    /// <summary>中央奖补资金.</summary>
    CentralAward,

    /// <summary>上级财政资金.</summary>
    SuperiorFiscal,

    /// <summary>中央财政补贴专项资金.</summary>
    CentralSubsidy,

    /// <summary>省级补贴资金.</summary>
    ProvincialSubsidy,

    /// <summary>市县两级政府配套资金.</summary>
    LocalMatch,

    /// <summary>省级奖补资金.</summary>
    ProvincialAward,

    /// <summary>省（市）专项配套资金.</summary>
    SpecialMatch,

    /// <summary>债券金融资金.</summary>
    Bonds,

    /// <summary>社会资本.</summary>
    SocialCapital,

    /// <summary>财政预算.</summary>
    FiscalBudget,

    /// <summary>转移支付.</summary>
    TransferPayment,

    /// <summary>生态补偿转移.</summary>
    EcoCompensationTransfer,

    /// <summary>社会捐赠资金.</summary>
    Donation,

    /// <summary>创业投资企业、股权投资企业.</summary>
    VentureEquity,

    /// <summary>集体经济组织自行融资.</summary>
    CollectiveSelf,

    /// <summary>信贷.</summary>
    Loans,

    /// <summary>投工投劳.</summary>
    Labour,

    /// <summary>义务人投资.</summary>
    DutyHolder,

    /// <summary>省级财政资金.</summary>
    ProvincialFinance,
}
