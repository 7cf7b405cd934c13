using System.Globalization;
using System.Security.Cryptography;

namespace Restoration.EventStore;

/// <summary>
/// What signs checkpoints: ECDSA on P-256, from a PEM file outside the database (<c>EventStore:SigningKey</c>). Its private key signs;
/// public keys in the same file are those that signed before it. Without a file nothing is signed.
/// </summary>
public sealed class SigningKeys
{
    private static readonly string[] s_private = ["PRIVATE KEY", "EC PRIVATE KEY"];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ECDsa> _known = [];
    private readonly string? _file;

    private SigningKeys(string? file) => _file = file;

    /// <summary>Of the key that signs; null where none does.</summary>
    public string? KeyId { get; private set; }

    /// <summary>All that are trusted here, as PEM, by their ids.</summary>
    public IReadOnlyDictionary<string, string> PublicKeys => _known.ToDictionary(k => k.Key, k => k.Value.ExportSubjectPublicKeyInfoPem());

    public static SigningKeys Read(string? file)
    {
        var keys = new SigningKeys(file);
        for (var text = file is null ? "" : File.ReadAllText(file); PemEncoding.TryFind(text, out var block); text = text[block.Location.End..])
        {
            var label = text[block.Label];
            if (label != "PUBLIC KEY" && !s_private.Contains(label))
                continue;
            var key = ECDsa.Create();
            key.ImportFromPem(text[block.Location]);
            if (key.ExportParameters(false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
                throw new InvalidOperationException("EventStore:SigningKey holds a key that is not on the curve P-256.");
            var id = IdOf(key);
            if (s_private.Contains(label))
                keys.KeyId ??= id;
            keys._known[id] = key;
        }

        return file is not null && keys.KeyId is null
            ? throw new InvalidOperationException("EventStore:SigningKey names a file without a private key.")
            : keys;
    }

    /// <summary>The first half of the SHA-256 of the public key (DER, SubjectPublicKeyInfo), lower-case hex.</summary>
    public static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 16));

    /// <summary>DER, as <c>openssl dgst -sha256 -verify</c> takes it.</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
            return _known[KeyId!].SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    public bool Verifies(string keyId, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        lock (_lock)
            return _known.TryGetValue(keyId, out var key)
                && key.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>
    /// The last checkpoint signed on this machine (<c>{epoch} {number} {root}</c>), in a file beside the key: whoever cuts the newest ones off
    /// the database does not reach it. Not kept where the directory is read-only.
    /// </summary>
    public (long Epoch, long Number, string Root)? Last
    {
        get => _file is not null && File.Exists($"{_file}.last") && File.ReadAllText($"{_file}.last").Split(' ') is var words
            ? words is [var epoch, var number, var root] && long.TryParse(epoch, CultureInfo.InvariantCulture, out var e) && long.TryParse(number, CultureInfo.InvariantCulture, out var n)
                ? (e, n, root)
                : (0, 0, "") // damaged: it is no checkpoint that is there
            : null;
        set
        {
            try
            {
                var written = $"{_file}.{Environment.ProcessId}";
                File.WriteAllText(written, string.Create(CultureInfo.InvariantCulture, $"{value!.Value.Epoch} {value.Value.Number} {value.Value.Root}"));
                File.Move(written, $"{_file}.last", overwrite: true);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                // A mounted secret. What is left then is the chain, the log of the process, and whoever keeps the list outside.
            }
        }
    }
}
