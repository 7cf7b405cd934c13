using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restoration.Updates.Webhooks;

namespace Restoration.Updates.Tests;

/// <summary>A target is called by https, and only where its certificate is its own, in date, and signed by somebody the machine trusts.</summary>
public sealed class EncryptedTests(FeedSystem feed) : IClassFixture<FeedSystem>
{
    [Fact]
    public async Task A_certificate_that_does_not_match_gets_nothing()
    {
        using var authority = Authority("CN=Trusted");
        using var stranger = Authority("CN=Stranger");
        var trusted = Path.Combine(Path.GetTempPath(), $"{feed.Queue}.pem");
        await File.WriteAllTextAsync(trusted, authority.ExportCertificatePem());
        try
        {
            var service = await feed.StartAsync([.. Hooks.Near, ("Webhooks__AllowedRanges", "127.0.0.0/8,::1/128"), ("Webhooks__Timeout", "00:00:02"), ("SSL_CERT_FILE", trusted), ("SSL_CERT_DIR", "/nonexistent")]);
            var client = new Hooks(feed, service, "encrypted", "*");
            var now = DateTimeOffset.UtcNow;
            foreach (var (name, signer, until, outcome) in new[]
            {
                ("localhost", authority, now.AddDays(1), "delivered"), ("elsewhere.example", authority, now.AddDays(1), "untrusted"),
                ("localhost", stranger, now.AddDays(1), "untrusted"), ("localhost", authority, now.AddHours(-1), "untrusted"),
            })
            {
                using var certificate = Signed(name, signer, until);
                await using var receiver = await Receiver.StartAsync(url: "https://127.0.0.1:0", certificate: certificate);
                var hook = await client.Subscribe(new { target = receiver.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), subjects = new[] { "none" } });
                var said = (await hook.Do("ping")).Is(200).Json.GetProperty("outcome").GetString();
                Assert.Equal((name, outcome), (name, said));
                Assert.Equal(outcome == "delivered" ? 1 : 0, receiver.All.Count);
                Assert.All(receiver.All, r => Assert.True(r.IsSignedBy(hook.Secret)));
            }
        }
        finally
        {
            File.Delete(trusted);
        }
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
    }

    private static X509Certificate2 Signed(string host, X509Certificate2 authority, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), until, RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}

/// <summary>A name server that says nothing holds up its own names and nobody else.</summary>
public sealed class NamesTests
{
    [Fact]
    public async Task Names_that_hang_take_some_threads_and_no_more()
    {
        using var over = new ManualResetEventSlim();
        var hanging = 0;
        using var names = new Names(host =>
        {
            if (host == "sound.example") return [IPAddress.Loopback];
            if (host == "unknown.example") throw new SocketException((int)SocketError.HostNotFound);
            Interlocked.Increment(ref hanging);
            over.Wait();
            return [IPAddress.Loopback];
        });
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        // Each name is looked up once, however many ask; and of many names so many at a time.
        var one = Enumerable.Range(0, 200).Select(_ => names.Resolve("hang.example", patience.Token)).ToList();
        await Eventually.Get(() => Task.FromResult(Volatile.Read(ref hanging)), n => n == 1, "one lookup");
        Assert.Equal([IPAddress.Loopback], await names.Resolve("sound.example", default));
        await Assert.ThrowsAsync<SocketException>(() => names.Resolve("unknown.example", default));
        var many = Enumerable.Range(0, 500).Select(n => names.Resolve($"hang{n}.example", patience.Token)).ToList();
        foreach (var waiting in one.Concat(many)) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(Names.Rooms, Volatile.Read(ref hanging));

        over.Set();
        Assert.Equal([IPAddress.Loopback], await names.Resolve("sound.example", default).WaitAsync(TimeSpan.FromSeconds(60)));
    }
}
