using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Webhooks;

/// <summary>
/// What must not lie open in the database: secrets, and replies that hold one. Under the gateway's key ring, which lives in another
/// database: a dump of this one signs nothing. Keys of the ring expire for sealing only, so what is sealed stays readable.
/// </summary>
public sealed class Seal(TokenAuthority ring)
{
    public byte[] Close(byte[] clear) => Protector().Protect(clear);

    public byte[] Close(string secret) => Close(Encoding.UTF8.GetBytes(secret));

    /// <summary>Reads the ring again where another process sealed with a key that was made a moment ago.</summary>
    public async ValueTask<byte[]> Open(byte[] sealedBytes)
    {
        try
        {
            return Read(sealedBytes);
        }
        catch (CryptographicException)
        {
            await ring.Refresh();
            return Read(sealedBytes);
        }
    }

    public async ValueTask<string> OpenText(byte[] sealedBytes) => Encoding.UTF8.GetString(await Open(sealedBytes));

    // A key that was revoked lets nobody in any more; secrets that receivers hold would all have to be replaced at the same moment.
    private byte[] Read(byte[] sealedBytes) =>
        ((IPersistedDataProtector)Protector()).DangerousUnprotect(sealedBytes, ignoreRevocationErrors: true, out _, out _);

    private IDataProtector Protector() => ring.Protector("Restoration.Webhooks")
        ?? throw new UnavailableException("The key ring cannot be read for the moment.", TimeSpan.FromSeconds(5));
}
