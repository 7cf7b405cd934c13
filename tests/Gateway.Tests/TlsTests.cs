using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;

namespace Restoration.Gateway.Tests;

/// <summary>With a certificate the gateway speaks TLS itself; with one that is no good it does not start.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-tls").FullName;
    private Database _database = null!;
    private WebApplication _service = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database.Create();
        _service = await Backend.Start(_database.KeysReader);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Http_2_is_agreed_on_a_stream_passes_over_it_and_browsers_are_told_to_stay()
    {
        Pem("first");
        using var gateway = Start();
        using var http = Client(gateway, HttpVersion.Version20);
        await gateway.Ready(http);
        var token = await Token(http);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/registry/ticks")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Headers = { Authorization = new("Bearer", token) },
        };
        using var stream = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpVersion.Version20, "text/event-stream"), (stream.Version, stream.Content.Headers.ContentType?.MediaType));
        Assert.Equal("max-age=31536000", stream.Header("Strict-Transport-Security"));
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync());
        Assert.Equal("data: tick 1", await lines.ReadLineAsync());
        var watch = Stopwatch.StartNew();
        await lines.ReadLineAsync();
        // Meanwhile another request on the same connection.
        Assert.Equal(HttpStatusCode.OK, (await http.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);
        Assert.Equal("data: tick 2", await lines.ReadLineAsync());
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(0.5), "The first event was held back until the second.");

        using var old = Client(gateway, HttpVersion.Version11);
        var seen = await old.GetAsync("/v1/registry/seen");
        Assert.Equal((HttpVersion.Version11, "https"), (seen.Version, (await seen.Json()).GetProperty("scheme").GetString()));
        Assert.NotNull(seen.Header("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Old_versions_of_tls_are_not_spoken()
    {
        Pem("first");
        using var gateway = Start();
        using var http = Client(gateway, HttpVersion.Version11);
        await gateway.Ready(http);
        foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
            Assert.Equal(version, (await Handshake(gateway, version)).Version);
        // The test's own library may refuse to offer them, which cannot be told apart; so the hello is written by hand.
        Assert.False(await AnswersHello(gateway, minor: 2), "TLS 1.1 was answered.");
        Assert.True(await AnswersHello(gateway, minor: 3), "The hello is not understood at all.");
    }

    [Fact]
    public async Task A_certificate_that_was_renewed_is_taken_up_and_a_broken_one_is_not()
    {
        Pem("first");
        using var gateway = Start();
        using var http = Client(gateway, HttpVersion.Version11);
        await gateway.Ready(http);
        Assert.Equal("CN=first", (await Handshake(gateway, SslProtocols.None)).Subject);
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), "half");
        await Eventually.Succeeds(() => Task.FromResult(gateway.Log.Contains("cannot be used", StringComparison.Ordinal) ? "" : null), 30);
        Assert.Equal("CN=first", (await Handshake(gateway, SslProtocols.None)).Subject);
        Pem("second");
        await Eventually.Succeeds(async () => (await Handshake(gateway, SslProtocols.None)).Subject == "CN=second" ? "" : null, 30);
    }

    [Fact]
    public async Task A_pkcs12_file_is_as_good()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = SelfSigned("packed", key);
        File.WriteAllBytes(Path.Combine(_folder, "cert.pem"), certificate.Export(X509ContentType.Pkcs12, "geheim"));
        using var gateway = new GatewayProcess(_database, _service.Address(), "https",
            ("Gateway__Tls__Certificate", Path.Combine(_folder, "cert.pem")), ("Gateway__Tls__Password", "geheim"));
        using var http = Client(gateway, HttpVersion.Version20);
        await gateway.Ready(http);
        Assert.Equal("CN=packed", (await Handshake(gateway, SslProtocols.None)).Subject);
    }

    [Fact]
    public async Task Without_a_good_certificate_there_is_no_gateway()
    {
        Pem("first");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_folder, "other.pem"), other.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_folder, "text.pem"), "no certificate");
        foreach (var (scheme, certificate, key, said) in new[]
        {
            ("https", "missing.pem", "key.pem", "missing.pem"), ("https", "cert.pem", "missing.pem", "missing.pem"), ("https", "text.pem", "key.pem", "cannot be used"),
            ("https", "cert.pem", "other.pem", "cannot be used"), ("http", "cert.pem", "key.pem", "begins with https"), ("https", "", "", "needs a certificate"),
        })
        {
            (string, string)[] settings = certificate.Length == 0 ? []
                : [("Gateway__Tls__Certificate", Path.Combine(_folder, certificate)), ("Gateway__Tls__Key", Path.Combine(_folder, key))];
            using var gateway = new GatewayProcess(_database, _service.Address(), scheme, settings);
            var log = await gateway.Fails();
            Assert.Contains("Gateway:Tls:Certificate", log, StringComparison.Ordinal);
            Assert.Contains(said, log, StringComparison.Ordinal);
        }
    }

    private GatewayProcess Start() => new(_database, _service.Address(), "https",
        ("Gateway__Tls__Certificate", Path.Combine(_folder, "cert.pem")), ("Gateway__Tls__Key", Path.Combine(_folder, "key.pem")));

    private static HttpClient Client(GatewayProcess gateway, Version version) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => IsOurs(certificate) },
    })
    { BaseAddress = gateway.Address, DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static bool IsOurs(X509Certificate? certificate) => certificate?.Issuer is "CN=first" or "CN=second" or "CN=packed";

    private static async Task<string> Token(HttpClient http)
    {
        var reply = await http.PostAsync("/oauth/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials", ["client_id"] = GatewayHost.OperatorId, ["client_secret"] = GatewayHost.OperatorSecret,
        }));
        return (await reply.Json()).GetProperty("access_token").GetString()!;
    }

    private static async Task<(SslProtocols Version, string Subject)> Handshake(GatewayProcess gateway, SslProtocols versions)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        await using var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) => IsOurs(certificate));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = versions });
        return (tls.SslProtocol, tls.RemoteCertificate!.Subject);
    }

    /// <summary>A ClientHello of TLS 1.(minor - 1) with suites and signatures for an ECDSA certificate; true where a ServerHello comes back.</summary>
    private static async Task<bool> AnswersHello(GatewayProcess gateway, byte minor)
    {
        byte[] extensions =
        [
            0, 10, 0, 4, 0, 2, 0, 23, // groups: secp256r1
            0, 11, 0, 2, 1, 0, // points: uncompressed
            0, 13, 0, 6, 0, 4, 4, 3, 2, 3, // signatures: ECDSA with SHA-256 or SHA-1
        ];
        byte[] hello =
        [
            3, minor, .. RandomNumberGenerator.GetBytes(32), 0, 0, 6, 0xC0, 0x2B, 0xC0, 0x0A, 0xC0, 0x09, 1, 0, 0, (byte)extensions.Length, .. extensions,
        ];
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        tcp.ReceiveTimeout = 10_000;
        var stream = tcp.GetStream();
        await stream.WriteAsync((byte[])[22, 3, 1, 0, (byte)(hello.Length + 4), 1, 0, 0, (byte)hello.Length, .. hello]);
        var first = new byte[1];
        // 22 begins a handshake, 21 an alert; nothing means that it was hung up.
        try
        {
            return await stream.ReadAsync(first).AsTask().WaitAsync(TimeSpan.FromSeconds(10)) == 1 && first[0] == 22;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Pem(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = SelfSigned(name, key);
        File.WriteAllText(Path.Combine(_folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_folder, "cert.pem"), certificate.ExportCertificatePem());
    }

    private static X509Certificate2 SelfSigned(string name, ECDsa key) =>
        new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
}
