using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Restoration.Updates.Webhooks;

/// <summary>Standard Webhooks 1.0: secrets and what they sign.</summary>
public static class Signature
{
    public const string Prefix = "whsec_";

    /// <summary>From 24 to 64 bytes, says the standard.</summary>
    private const int SecretBytes = 32;

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The value of <c>webhook-signature</c>: one signature for each secret, separated by spaces.</summary>
    public static string Of(IEnumerable<string> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', secrets.Select(s => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(s[Prefix.Length..]), signed))}"));
    }
}
