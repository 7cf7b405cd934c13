using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restoration.Gateway;

/// <summary><c>Gateway:Tls</c>: the certificate of the <c>https</c> addresses in <c>ASPNETCORE_URLS</c>. Without one there is no TLS here.</summary>
internal sealed record TlsOptions
{
    /// <summary>A PEM file with the certificate first and the chain after it, or a PKCS#12 file.</summary>
    public string? Certificate { get; init; }

    /// <summary>The PEM file of its key, where the first is PEM.</summary>
    public string? Key { get; init; }

    /// <summary>Of the key or of the PKCS#12 file, where they have one.</summary>
    public string? Password { get; init; }
}

internal static class Tls
{
    /// <summary>A certificate that cannot be used ends the program here, with the reason; nothing falls back to clear text.</summary>
    public static void AddTls(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Gateway:Tls").Get<TlsOptions>() ?? new();
        var encrypted = builder.Configuration["urls"]?.Contains("https://", StringComparison.OrdinalIgnoreCase) == true;
        if (options.Certificate is null)
        {
            if (encrypted)
                throw new InvalidOperationException("An https address needs a certificate: Gateway:Tls:Certificate.");
            return;
        }

        if (!encrypted)
            throw new InvalidOperationException("Gateway:Tls:Certificate is given, and none of the addresses (ASPNETCORE_URLS) begins with https://.");
        var certificate = new CertificateFile(options);
        builder.Services.AddSingleton(certificate);
        builder.Services.AddHostedService<CertificateRenewal>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            https.ServerCertificateSelector = (_, _) => certificate.Present.TargetCertificate;
            // The context has the chain as well, which the selector alone would not send.
            https.OnAuthenticate = (_, handshake) => (handshake.ServerCertificateContext, handshake.ServerCertificateSelectionCallback) = (certificate.Present, null);
        }));
    }
}

/// <summary>The certificate as it lies on disk.</summary>
internal sealed class CertificateFile
{
    private readonly TlsOptions _options;
    private byte[] _seen;
    private volatile SslStreamCertificateContext _present;

    public CertificateFile(TlsOptions options)
    {
        _options = options;
        (_seen, _present) = Read();
    }

    public SslStreamCertificateContext Present => _present;

    /// <summary>Takes a new one, where it changed; connections that stand keep the old one.</summary>
    public bool Renew()
    {
        // By content: a mounted secret is exchanged behind a link, whose own time stays.
        if (Digest().AsSpan().SequenceEqual(_seen))
            return false;
        (_seen, _present) = Read();
        return true;
    }

    private byte[] Digest() => SHA256.HashData([.. File.ReadAllBytes(_options.Certificate!), .. _options.Key is { } key ? File.ReadAllBytes(key) : []]);

    private (byte[] Digest, SslStreamCertificateContext Context) Read()
    {
        try
        {
            var seen = Digest();
            var all = new X509Certificate2Collection();
            X509Certificate2 certificate;
            if (X509Certificate2.GetCertContentType(_options.Certificate!) == X509ContentType.Pkcs12)
            {
                all = X509CertificateLoader.LoadPkcs12CollectionFromFile(_options.Certificate!, _options.Password);
                certificate = all.FirstOrDefault(c => c.HasPrivateKey) ?? throw new CryptographicException("There is no private key in it.");
            }
            else
            {
                all.ImportFromPemFile(_options.Certificate!);
                certificate = _options.Password is { } password
                    ? X509Certificate2.CreateFromEncryptedPemFile(_options.Certificate!, password, _options.Key)
                    : X509Certificate2.CreateFromPemFile(_options.Certificate!, _options.Key);
            }

            return (seen, SslStreamCertificateContext.Create(certificate, all, offline: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InvalidOperationException($"Gateway:Tls:Certificate ({_options.Certificate}) cannot be used with its key ({_options.Key ?? "in the same file"}): {e.Message}", e);
        }
    }
}

/// <summary>A certificate that was renewed is in use some seconds later.</summary>
internal sealed partial class CertificateRenewal(CertificateFile file, ILogger<CertificateRenewal> logger) : BackgroundService
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var failing = false; ;)
        {
            await Task.Delay(s_between, TimeProvider.System, stoppingToken);
            try
            {
                if (file.Renew())
                    Log.Renewed(logger, file.Present.TargetCertificate.NotAfter);
                failing = false;
            }
            catch (Exception exception) when (exception is InvalidOperationException or IOException or UnauthorizedAccessException)
            {
                // Half written, perhaps; the one in use stays.
                if (!failing)
                    Log.Unreadable(logger, exception.Message);
                failing = true;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The certificate was renewed; it is good until {Until:u}")]
        public static partial void Renewed(ILogger logger, DateTime until);

        [LoggerMessage(2, LogLevel.Warning, "The certificate on disk cannot be used, the one before stays: {Reason}")]
        public static partial void Unreadable(ILogger logger, string reason);
    }
}
