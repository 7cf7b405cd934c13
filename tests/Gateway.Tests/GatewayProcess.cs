using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Restoration.Gateway.Tests;

/// <summary>The gateway as a process of its own, as a deployment starts it.</summary>
public sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();

    public GatewayProcess(Database database, string registry, string scheme, params (string Key, string Value)[] settings)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = new($"{scheme}://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}");
        }

        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
            Environment =
            {
                ["ASPNETCORE_URLS"] = Address.ToString(), ["ConnectionStrings__gateway"] = database.Gateway, ["DOTNET_gcServer"] = "0",
                ["Gateway__Operator__Id"] = GatewayHost.OperatorId, ["Gateway__Operator__Secret"] = GatewayHost.OperatorSecret, ["Services__registry"] = registry,
            },
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public string Log => string.Join('\n', _log);

    public Task Ready(HttpClient http) => Eventually.Succeeds(async () =>
    {
        Assert.False(_process.HasExited, Log);
        try
        {
            using var reply = await http.GetAsync("/health/ready");
            return reply.IsSuccessStatusCode ? "" : null;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            return null;
        }
    }, 30);

    /// <summary>What it said when it ended, and did not end well.</summary>
    public async Task<string> Fails()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(patience.Token);
        Assert.NotEqual(0, _process.ExitCode);
        return Log;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
