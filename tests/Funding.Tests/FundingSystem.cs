using Restoration.Contracts.Registry;
using Restoration.Copies;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;

namespace Restoration.Funding.Tests;

/// <summary>The service with a database and a broker of its own, the tree of divisions and two plans, as the registry told them.</summary>
public sealed class FundingSystem : IAsyncLifetime
{
    public const string Province = "360000", City = "360700", Yudu = "360731", Ningdu = "360730", OtherCity = "360200";

    private VirtualHost _broker = null!;
    private KeyRing _keys = null!;

    public TestDatabase Database { get; private set; } = null!;
    public ServiceHost<StoredJson> Host { get; private set; } = null!;
    public Neighbour Registry { get; private set; } = null!;
    public string BrokerAddress => _broker.Address;

    public Caller Finance => Host.As("province-finance", Province, Roles.Finance);
    public Caller CityFinance => Host.As("city-finance", City, Roles.Finance);
    public Caller Treasury => Host.As("treasury", City, Roles.Finance);
    public Caller Auditor => Host.As("auditor", Province, Roles.Auditor);
    public Caller Reader(string division) => Host.As($"reads-{division}", division, Roles.Reader);

    /// <summary>The person behind an act.</summary>
    public static (string, string) Person(string number) => ("Restoration-Actor", number);

    public async ValueTask InitializeAsync()
    {
        _broker = await VirtualHost.Create();
        Database = await TestDatabase.Create(
            "funding", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema,
            EventStoreSetup.Script(typeof(StoredJson).Assembly, "Restoration.Funding.Schema.sql"));
        _keys = await KeyRing.In(Database, "funding");
        Host = Another();
        Registry = new Neighbour(Host.Services, "registry");
        foreach (var d in new DivisionDefined[]
        {
            new(Province, "江西省", null, "province", null, null, null, null), new(City, "赣州市", null, "city", Province, null, null, null),
            new(OtherCity, "景德镇市", null, "city", Province, null, null, null), new(Yudu, "于都县", null, "county", City, null, null, null),
            new(Ningdu, "宁都县", null, "county", City, null, null, null),
        })
        {
            await Registry.Tell("division-defined.v1", $"division-{d.Id}", d);
        }

        await Registry.Tell("plan-registered.v1", "plan-gz", new PlanRegistered("gz", "赣州市国土空间生态修复规划", "restoration-plan", City, 2021, 2025, [2025], []));
        await Registry.Tell("plan-registered.v1", "plan-jdz", new PlanRegistered("jdz", "景德镇市国土空间生态修复规划", "restoration-plan", OtherCity, 2021, 2025, [2025], []));
    }

    /// <summary>A process over the same database: the first, or another replica.</summary>
    public ServiceHost<StoredJson> Another() => new("funding", Database, _keys, ("ConnectionStrings:broker", _broker.Address));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
        await _broker.DisposeAsync();
    }

    public static ProjectDesigned Design(string id, string planId = "gz", string division = City, decimal? estimate = 20_000, string? name = null, params string[] counties) => new(
        id, planId, "prog", null, name ?? $"项目{id}", "mine", division, counties, null, [new(2021, 2025)], estimate, [],
        [new("central-award", 15_000), new("local-match", 5_000)]);

    public Task Designed(ProjectDesigned project) => Registry.Tell("project-designed.v1", $"project-{project.ProjectId}", project);

    public async Task Approved(ProjectDesigned project)
    {
        await Designed(project);
        await Registry.Tell("project-approved.v1", $"project-{project.ProjectId}", new ProjectApproved(project.ProjectId, project.PlanId, project.ProgrammeId, true));
    }

    public static object Yuan(decimal amount) => new { amount, unit = "yuan" };

    public static object Fund(string id, string division = Province, string name = "中央奖补资金", string? planId = null) => new
    {
        id, name, channel = "central-award", division, from = 2021, to = 2200, planId, total = new { amount = 500, unit = "万元" }, documentNumber = "赣财资环〔2021〕1号",
    };

    /// <summary>A fund that has money.</summary>
    public async Task Funded(string id, decimal amount, string division = Province)
    {
        (await Finance.Post("/v1/funding/funds", Fund(id, division))).Is(201);
        (await Finance.Post($"/v1/funding/funds/{id}/appropriate", new { amount = Yuan(amount), documentNumber = "2024-1" }, Person("f-1"))).Is(200);
    }

    public Task<Answer> Allocate(string id, string fundId, params (string Project, decimal Amount)[] items) => Finance.Post(
        "/v1/funding/allocations", new { id, fundId, items = items.Select(i => new { projectId = i.Project, amount = Yuan(i.Amount) }), documentNumber = "2024-2" }, Person("f-1"));

    public Task<Answer> Issue(string id) => Finance.Post($"/v1/funding/allocations/{id}/issue", new { documentNumber = "2024-3" }, Person("f-2"));

    /// <summary>An approved project that has issued money of a fund of its own, both called alike.</summary>
    public async Task Issued(string id, decimal amount)
    {
        await Approved(Design(id, counties: Yudu));
        await Funded(id, amount);
        (await Allocate(id, id, (id, amount))).Is(201);
        (await Issue(id)).Is(200);
    }

    public static object Payment(string project, decimal amount, string id, string? eventId = null, string? fund = null, string approvedBy = "r-2", string? subject = null) =>
        new Dictionary<string, object>
        {
            ["specversion"] = "1.0", ["id"] = eventId ?? $"{project}-{id}", ["source"] = "/treasury/360700", ["type"] = "restoration.payment.executed.v1",
            ["time"] = "2024-05-10T09:00:00+08:00", ["subject"] = subject ?? project,
            ["data"] = new { paymentId = id, projectId = project, fundId = fund ?? project, amount = Yuan(amount), requestedBy = "r-1", approvedBy, payee = "赣州建工" },
        };

    public async Task<decimal> Amount(string path, params string[] members)
    {
        var json = (await Auditor.Get(path)).Is(200).Json;
        return members.Append("amount").Aggregate(json, (j, m) => int.TryParse(m, out var i) ? j[i] : j.GetProperty(m)).GetDecimal();
    }

    /// <summary>The books balance, and are what the entries add up to; true after whatever was done.</summary>
    public async Task AssertBalanced()
    {
        var trial = (await Host.As("all", Client.Everywhere, Roles.Auditor).Get("/v1/funding/ledger/trial-balance")).Is(200).Json;
        Assert.Equal(0, trial.GetProperty("total").GetProperty("amount").GetDecimal());
        Assert.Equal(0, trial.GetProperty("reconciliation").GetProperty("differing").GetArrayLength());
        Assert.True(trial.GetProperty("classes").GetArrayLength() > 0);
        Assert.Equal(0L, await Database.Value<long>("select count(*) from (select 1 from funding.entries group by stream, version having sum(amount) <> 0) unbalanced"));
        // Each entry names its fact; an appropriation, payment or return has one amount, an allocation one for each project.
        Assert.Equal(0L, await Database.Value<long>(
            """
            select count(*) from funding.entries e left join events.mt_events f on f.stream_id = e.stream and f.version = e.version
            where (f.data->>'at')::timestamptz is distinct from e.at
                or abs(e.amount) is distinct from coalesce(f.data->'amount'->'amount', f.data->'items'->(e.leg / 2)->'amount'->'amount')::numeric
            """));
        Assert.Equal(0L, await Database.Value<long>(
            """
            select count(*) from funding.balances b
            full join (select ledger_account, sum(amount) amount from funding.entries group by ledger_account) e using (ledger_account) where b.amount is distinct from e.amount
            """));
    }
}
