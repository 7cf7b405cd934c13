using System.Net;
using System.Net.Sockets;
using Restoration.Domain;

namespace Restoration.Updates.Webhooks;

/// <summary>Where a target's host is, by its name; real DNS unless a test says otherwise.</summary>
public delegate Task<IPAddress[]> Resolve(string host, CancellationToken stop);

/// <summary>
/// Keeps targets out of our own networks: whoever subscribes chooses an address that we call. A host is resolved at every attempt, all its
/// addresses must be public (or in a range the operator allows), and one of those is connected to: a name that changes its answer in
/// between gains nothing.
/// </summary>
public sealed class OutboundGuard(WebhookOptions options, Resolve resolve)
{
    private static readonly IPNetwork[] s_closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Protocol assignments with Teredo, benchmarks and ORCHID; documentation.
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork s_global = IPNetwork.Parse("2000::/3"), s_nat64 = IPNetwork.Parse("64:ff9b::/96"), s_6to4 = IPNetwork.Parse("2002::/16");
    /// <summary>Whoever names a target holds a connection to the database meanwhile.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private readonly IPNetwork[] _allowed = options.Allowed;

    /// <summary>What is wrong with a target that somebody names; null where it may be called, as far as one can see today.</summary>
    public async Task<Refusal?> Check(string target, CancellationToken stop)
    {
        if (target.Length > 2000 || target.Any(c => c is <= ' ' or > '~') || !Uri.TryCreate(target, UriKind.Absolute, out var uri) || uri.Host.Length is 0 or > 253)
            return Refusal.Invalid("target.malformed", "A target is an absolute address of at most 2,000 visible ASCII characters.", At("This is no address."));
        if (uri.Scheme is not ("https" or "http"))
            return Refusal.Invalid("target.unsupported", "A target is called by https.", At($"{uri.Scheme} is not supported."));
        if (uri.UserInfo.Length > 0)
            return Refusal.Invalid("target.with-credentials", "A target has no user or password; requests are signed.", At("This names a user."));
        if (uri.Port == 0 || uri.Fragment.Length > 0)
            return Refusal.Invalid("target.malformed", "A target has a port other than 0, and no fragment.", At("This cannot be called."));
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        soon.CancelAfter(s_patience);
        try
        {
            await Addresses(uri, soon.Token);
            return null;
        }
        catch (ForbiddenTargetException forbidden)
        {
            return forbidden.Insecure
                ? Refusal.Invalid("target.insecure", "A target is called by https; http is for ranges the operator allows.", At("This is http."))
                : Refusal.Invalid("target.forbidden", "This host is not at a public address.", At("This must not be called."));
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // A name that is not known yet, or whose server is silent, may be tomorrow; every attempt looks again.
            return uri.Scheme == "http" ? Refusal.Invalid("target.insecure", "A target is called by https; http is for ranges the operator allows.", At("This is http.")) : null;
        }

        static Fault At(string detail) => new("#/target", detail);
    }

    /// <summary>The addresses that may be connected to: all of the host's, or none.</summary>
    /// <exception cref="ForbiddenTargetException">One of them must not be called.</exception>
    /// <exception cref="SocketException">There is no such host.</exception>
    public async Task<IPAddress[]> Addresses(Uri target, CancellationToken stop)
    {
        var host = target.IdnHost.Trim('[', ']');
        IPAddress[] found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, stop);
        if (found.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        foreach (var address in found)
        {
            if (_allowed.Any(range => range.Contains(Plain(address)))) continue;
            if (IsClosed(address)) throw new ForbiddenTargetException(Insecure: false);
            if (target.Scheme != "https") throw new ForbiddenTargetException(Insecure: true);
        }
        return found;
    }

    /// <summary>Not for the public: private, local, special, or IPv6 that leads to such an IPv4 address.</summary>
    public static bool IsClosed(IPAddress address)
    {
        var plain = Plain(address);
        if (s_closed.Any(range => range.Contains(plain))) return true;
        if (plain.AddressFamily == AddressFamily.InterNetwork) return false;
        var bytes = plain.GetAddressBytes();
        return s_nat64.Contains(plain) ? IsClosed(new(bytes.AsSpan(12)))
            : s_6to4.Contains(plain) ? IsClosed(new(bytes.AsSpan(2, 4)))
            // Loopback, unspecified, IPv4-compatible, link-local, unique local, multicast and all that is not given out yet.
            : !s_global.Contains(plain);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <param name="Insecure">It may be called, but not by http.</param>
public sealed class ForbiddenTargetException(bool Insecure) : Exception("The target must not be called.")
{
    public bool Insecure { get; } = Insecure;
}
