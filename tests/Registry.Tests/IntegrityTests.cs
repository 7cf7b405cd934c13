using System.Security.Cryptography;
using System.Text;
using Restoration.ServiceDefaults;
using Restoration.Support;

namespace Restoration.Registry.Tests;

/// <summary>What an operator and an auditor are told of the log: through the API alone.</summary>
public sealed class IntegrityTests(RegistrySystem registry) : IClassFixture<RegistrySystem>, IAsyncLifetime
{
    private const string Verify = "/v1/registry/ops/verify", Checkpoints = "/v1/registry/ops/checkpoints";
    private readonly string _keyFile = Path.GetTempFileName();
    private ServiceHost<Program> _signing = null!;

    private Caller Auditor => _signing.As("auditor", RegistrySystem.Province, Roles.Auditor);

    public ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(_keyFile, key.ExportPkcs8PrivateKeyPem());
        _signing = registry.Another(("EventStore:SigningKey", _keyFile));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _signing.DisposeAsync();
        File.Delete(_keyFile);
        File.Delete($"{_keyFile}.last");
        await registry.Database.Execute("delete from edge.checkpoints; delete from edge.checkpoint_streams");
    }

    [Fact]
    public async Task The_whole_is_verified_in_the_background_and_one_stream_at_once()
    {
        Assert.Equal("none", (await Auditor.Get(Verify)).Is(200).Json.GetProperty("state").GetString());
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        foreach (var started in new[] { (await Auditor.Post(Verify, new { }, key)).Is(202), (await Auditor.Post(Verify, new { }, key)).Is(202) })
            Assert.Equal(Verify, started.Header("Location"));
        var whole = (await Finished()).Json;
        Assert.True(whole.GetProperty("state").GetString() == "clean", whole.ToString());
        Assert.True(whole.GetProperty("events").GetInt64() > 10 && whole.GetProperty("signaturesChecked").GetBoolean());

        var plan = (await Auditor.Get($"{Verify}?stream=plan-gz")).Is(200).Json;
        Assert.Equal(("clean", "plan-gz", 2L), (plan.GetProperty("state").GetString(), plan.GetProperty("stream").GetString(), plan.GetProperty("events").GetInt64()));
        (await Auditor.Get($"{Verify}?stream=plan-none")).Is(404, "stream.unknown");
    }

    [Fact]
    public async Task What_was_changed_is_named()
    {
        await registry.Database.Execute("update events.mt_events set data = jsonb_set(data, '{documentNumber}', '\"2099-9\"') where stream_id = 'plan-gz' and version = 2");
        try
        {
            var plan = (await Auditor.Get($"{Verify}?stream=plan-gz")).Is(200).Json;
            var finding = plan.GetProperty("findings")[0];
            Assert.Equal(("broken", "hash-differs", 2L), (plan.GetProperty("state").GetString(), finding.GetProperty("kind").GetString(), finding.GetProperty("version").GetInt64()));
            (await Auditor.Post(Verify, new { })).Is(202);
            var whole = (await Finished()).Json;
            Assert.Equal(("broken", 1L, "plan-gz"), (whole.GetProperty("state").GetString(), whole.GetProperty("found").GetInt64(), whole.GetProperty("findings")[0].GetProperty("stream").GetString()));
        }
        finally
        {
            await registry.Database.Execute("update events.mt_events set data = jsonb_set(data, '{documentNumber}', '\"2022-1\"') where stream_id = 'plan-gz' and version = 2");
        }
    }

    [Fact]
    public async Task One_verification_runs_at_a_time()
    {
        await using var other = Npgsql.NpgsqlDataSource.Create(registry.Database.Limited);
        await using var held = await other.OpenConnectionAsync();
        await using var command = new Npgsql.NpgsqlCommand("select pg_advisory_lock(hashtextextended('verification', 0))", held);
        await command.ExecuteNonQueryAsync();

        (await Auditor.Post(Verify, new { })).Is(409, "verification.running");
    }

    [Fact]
    public async Task An_auditor_verifies_checkpoints_with_what_is_served()
    {
        await Eventually.Get(() => Auditor.Get(Checkpoints), a => a.Json.GetProperty("items").GetArrayLength() > 0, "the first day is signed");
        (await registry.Planner.Post("/v1/registry/plans", RegistrySystem.Plan($"checked-{Guid.NewGuid():N}"))).Is(201);
        var made = (await Auditor.Post(Checkpoints, new { })).Is(200).Json;
        Assert.Equal(made.GetProperty("number").GetInt64(), (await Auditor.Post(Checkpoints, new { })).Is(200).Json.GetProperty("number").GetInt64());

        var served = (await Auditor.Get(Checkpoints)).Is(200).Json;
        var items = served.GetProperty("items").EnumerateArray().Reverse().ToList();
        Assert.True(items.Count >= 2);
        using var key = ECDsa.Create();
        key.ImportFromPem(served.GetProperty("publicKeys").GetProperty(served.GetProperty("signingKeyId").GetString()!).GetString());
        var previous = "-";
        foreach (var item in items)
        {
            var signed = item.GetProperty("signed").GetString()!;
            Assert.True(key.VerifyData(Encoding.UTF8.GetBytes(signed), item.GetProperty("signature").GetBytesFromBase64(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            var lines = (await Auditor.Get($"{Checkpoints}/{item.GetProperty("number")}/lines")).Is(200);
            var root = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.Text)));
            Assert.Contains($"\nroot {root}\nprevious {previous}\n", signed, StringComparison.Ordinal);
            Assert.Contains($"\nposition {item.GetProperty("position")}\n", signed, StringComparison.Ordinal);
            previous = root;
        }

        var page = (await Auditor.Get($"{Checkpoints}?limit=1")).Is(200);
        Assert.Equal(items[^2].GetProperty("number").GetInt64(), (await Auditor.Get($"{Checkpoints}?limit=1&cursor={page.Json.GetProperty("next").GetString()}")).Is(200)
            .Json.GetProperty("items")[0].GetProperty("number").GetInt64());
        (await Auditor.Get($"{Checkpoints}/999/lines")).Is(404, "checkpoint.unknown");
    }

    [Fact]
    public async Task Without_a_key_nothing_is_signed_and_that_is_said()
    {
        (await registry.Operator.Post(Checkpoints, new { })).Is(409, "checkpoint.unsigned");
        Assert.False((await registry.Operator.Get(Checkpoints)).Is(200).Json.TryGetProperty("signingKeyId", out _));
        Assert.False((await registry.Operator.Get($"{Verify}?stream=plan-gz")).Is(200).Json.GetProperty("signaturesChecked").GetBoolean());
    }

    [Fact]
    public async Task It_is_for_operators_and_auditors()
    {
        foreach (var path in new[] { Verify, Checkpoints, $"{Checkpoints}/1/lines" })
        {
            (await registry.Planner.Get(path)).Is(403, "role.missing");
            (await registry.Host.Nobody.Get(path)).Is(401);
        }

        (await registry.Planner.Post(Verify, new { })).Is(403, "role.missing");
        (await registry.Planner.Post(Checkpoints, new { })).Is(403, "role.missing");
        (await Auditor.Get("/v1/registry/ops/status")).Is(403, "role.missing");
        (await registry.Operator.Get(Verify)).Is(200);
    }

    private Task<Answer> Finished() => Eventually.Get(
        () => Auditor.Get(Verify), a => a.Is(200).Json.TryGetProperty("finished", out _), "the verification ends");
}
