using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Restoration.Updates.Webhooks;

namespace Restoration.Updates.Tests;

/// <summary>A request as a receiver got it.</summary>
public sealed record Received(string Path, string Id, long Timestamp, string Signatures, byte[] Body, string ContentType, DateTimeOffset At)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Subject => Json.GetProperty("subject").GetString()!;

    public bool IsSignedBy(params string[] secrets) => Signature.Of(secrets, Id, Timestamp, Body) == Signatures;
}

/// <summary>A target of webhooks: a small host that answers as it is told.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<Received> All { get; } = [];

    public string[] Subjects => [.. All.Select(r => r.Subject)];

    public string Address => _app.Urls.Single();

    /// <param name="answer">Answers a request, which is noted before; 200 where it does nothing.</param>
    public static async Task<Receiver> StartAsync(
        Func<Received, HttpContext, Task>? answer = null, string url = "http://127.0.0.1:0", X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate));
        }
        var app = builder.Build();
        app.Urls.Add(url);
        var receiver = new Receiver(app);
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var headers = http.Request.Headers;
            var received = new Received(
                http.Request.Path, headers["webhook-id"].ToString(), long.Parse(headers["webhook-timestamp"].ToString(), null), headers["webhook-signature"].ToString(),
                body.ToArray(), http.Request.ContentType ?? "", DateTimeOffset.UtcNow);
            receiver.All.Enqueue(received);
            if (answer is not null) await answer(received, http);
        });
        await app.StartAsync();
        return receiver;
    }

    public Task<Received[]> Got(int count, double seconds = 15) => Eventually.Get(
        () => Task.FromResult(All.ToArray()), got => got.Length >= count, $"{count} requests", seconds);

    public static Func<Received, HttpContext, Task> Answers(int status, string body = "") => (_, http) =>
    {
        http.Response.StatusCode = status;
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body)).AsTask();
    };

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
