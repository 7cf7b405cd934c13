using System.Security.Cryptography;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>A log whose service signs checkpoints, and whoever owns its database.</summary>
public sealed class Sealed : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("signing").FullName;

    public Store Store { get; private set; } = null!;

    public Replica Replica { get; private set; } = null!;

    public string KeyFile => Path.Combine(_folder, "key.pem");

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static async Task<Sealed> Create()
    {
        var made = new Sealed();
        await made.InitializeAsync();
        return made;
    }

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(KeyFile, Key.ExportPkcs8PrivateKeyPem());
        Store = await Store.Create();
        Replica = await Store.Start();
    }

    /// <summary>By a process with the key; the fixture's own has none, so that nothing is signed behind a test's back.</summary>
    public Checkpoints Signing(string? keyFile = null, TimeProvider? clock = null) => new(
        Store.Limited, SigningKeys.Read(keyFile ?? KeyFile), clock ?? TimeProvider.System, "accounts",
        Microsoft.Extensions.Logging.Abstractions.NullLogger<Checkpoints>.Instance);

    public async Task<Checkpoint> Seal()
    {
        var (checkpoint, refusal) = await Signing().Seal(always: false, CancellationToken.None);
        Assert.Null(refusal);
        return checkpoint!;
    }

    public async Task Fill(params string[] accounts)
    {
        foreach (var id in accounts)
            await Replica.Log.Write([Opening(id), PayingIn(id, 1), PayingIn(id, 2), PayingIn(id, 3)]);
    }

    /// <summary>What is found in the whole log, as <c>kind stream version checkpoint</c>.</summary>
    public async Task<List<string>> Whole(string? keyFile = null)
    {
        var verified = new LogFindings();
        await Verifying(keyFile).Whole(verified, CancellationToken.None);
        return Said(verified);
    }

    public async Task<List<string>> One(string account)
    {
        var verified = new LogFindings();
        Assert.True(await Verifying().Stream(Accounts.Stream(account), verified, CancellationToken.None));
        return Said(verified);
    }

    public Verification Verifying(string? keyFile = null) => new(Store.Limited, SigningKeys.Read(keyFile ?? KeyFile), "accounts");

    public Task Execute(string sql, string account = "") => Store.Database.Execute(sql.Replace("{0}", Accounts.Stream(account), StringComparison.Ordinal));

    /// <summary>What the owner of the database can do: change an event and give it and all after it the hashes that fit.</summary>
    public async Task Rewrite(string account, long version, string data)
    {
        await Execute($"update events.mt_events set data = data || '{data}' where stream_id = '{{0}}' and version = {version}", account);
        var previous = default(string);
        foreach (var e in await Store.Events(account))
        {
            previous = Canonical.Hash(e.Id, e.Stream, e.Version, e.Type, e.Data.Span, e.Headers, previous);
            await Execute($"update events.mt_events set headers = headers || '{{\"hash\":\"{previous}\"}}' where stream_id = '{{0}}' and version = {e.Version}", account);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static List<string> Said(LogFindings verified) =>
        [.. verified.Findings.Select(f => string.Join(' ', new object?[] { f.Kind, f.Stream?["account-".Length..], f.Version, f.Checkpoint }.Where(p => p is not null)))];
}
