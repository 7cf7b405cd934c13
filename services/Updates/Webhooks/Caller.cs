using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Restoration.Updates.Webhooks;

/// <summary>What one attempt came to.</summary>
/// <param name="Outcome">In a word: <c>delivered</c>, <c>status</c>, <c>redirect</c>, <c>gone</c>, <c>timeout</c>, <c>unreachable</c>, <c>untrusted</c>, <c>forbidden</c>.</param>
/// <param name="Status">What the target answered; null where it did not.</param>
/// <param name="Response">The first of it, at most 1 kB.</param>
/// <param name="RetryAfter">How long it asks us to wait.</param>
public sealed record Attempt(DateTimeOffset At, int Duration, string Outcome, int? Status = null, byte[]? Response = null, TimeSpan? RetryAfter = null)
{
    public bool Delivered => Outcome == "delivered";

    public bool Gone => Outcome == "gone";
}

/// <summary>Makes one signed request: no redirects, no cookies, no proxy, only to addresses the guard has seen.</summary>
public sealed class Caller(OutboundGuard guard, WebhookOptions options, TimeProvider clock) : IDisposable
{
    private const int MostResponse = 1024;
    private static readonly HttpRequestOptionsKey<IPAddress[]> s_addresses = new("addresses");

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PreAuthenticate = false,
        ActivityHeadersPropagator = null,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 4096,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(100),
        ConnectCallback = Connect,
    });

    public async Task<Attempt> Send(Uri target, string id, IReadOnlyList<string> secrets, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        var at = clock.GetUtcNow();
        var began = clock.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.Timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, target)
            {
                Version = HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionOrHigher,
                Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new("application/cloudevents+json") } },
            };
            var timestamp = at.ToUnixTimeSeconds();
            request.Headers.Add("webhook-id", id);
            request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("webhook-signature", Signature.Of(secrets, id, timestamp, body.Span));
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Restoration-Webhooks", "1"));
            request.Options.Set(s_addresses, await guard.Addresses(target, limit.Token));
            // Invoker, not client: headers are enough to know what became of it.
            using var response = await _http.SendAsync(request, limit.Token);
            var status = (int)response.StatusCode;
            var excerpt = await Excerpt(response, limit.Token);
            return new(at, Taken(), status switch
            {
                >= 200 and < 300 => "delivered",
                >= 300 and < 400 => "redirect",
                410 => "gone",
                _ => "status",
            }, status, excerpt, status is 429 or 502 or 503 or 504 ? RetryAfter(response.Headers.RetryAfter) : null);
        }
        catch (ForbiddenTargetException)
        {
            return new(at, Taken(), "forbidden");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(at, Taken(), "timeout");
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            // Its certificate is another host's, has expired, or nobody we trust has signed it.
            return new(at, Taken(), "untrusted");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException)
        {
            return new(at, Taken(), "unreachable");
        }

        int Taken() => (int)clock.GetElapsedTime(began).TotalMilliseconds;
    }

    public void Dispose() => _http.Dispose();

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is { } date && date > clock.GetUtcNow() ? date - clock.GetUtcNow() : null);

    /// <summary>Whatever of the body comes soon; what the target answered is decided already.</summary>
    private static async Task<byte[]> Excerpt(HttpResponseMessage response, CancellationToken stop)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        soon.CancelAfter(TimeSpan.FromSeconds(2));
        var excerpt = new byte[MostResponse];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(soon.Token);
            while (length < MostResponse && await body.ReadAsync(excerpt.AsMemory(length), soon.Token) is > 0 and var read) length += read;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // As much as there is.
        }
        return excerpt[..length];
    }

    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        if (!context.InitialRequestMessage.Options.TryGetValue(s_addresses, out var addresses)) throw new UnreachableException("No address was checked.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
