using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>One process of the system, on a port that it keeps when it is started again.</summary>
public sealed class Part : IDisposable
{
    private const int LinesKept = 2_000;
    private readonly string _program;
    private readonly string _owner;
    private readonly Dictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly HttpClient _http;
    private Process? _process;

    private static readonly ConcurrentBag<Part> s_all = [];

    /// <summary>What the parts logged as errors last, for a test that meets one.</summary>
    public static string WhatWentWrong => string.Join('\n', s_all.SelectMany(p => p.Errors.TakeLast(3).Select(e => $"{p.Name} {e}")));

    private Part(string name, string owner, Dictionary<string, string> settings)
    {
        var release = new DirectoryInfo(AppContext.BaseDirectory);
        _program = Path.Combine(release.Parent!.Parent!.FullName, name, release.Name, $"Restoration.{name}.dll");
        Assert.True(File.Exists(_program), $"{_program} is not built; tests/run builds everything.");
        (Name, _owner, _settings) = (name, owner, settings);
        s_all.Add(this);
        Address = new($"http://127.0.0.1:{FreePort()}");
        _http = new() { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
    }

    public string Name { get; }

    public Uri Address { get; }

    public int ProcessId => _process!.Id;

    /// <summary>What it logged as an error. A killed server makes some; a caller never may.</summary>
    public IReadOnlyList<string> Errors => [.. _log.Where(l => l.Contains(" fail: ", StringComparison.Ordinal) || l.Contains(" crit: ", StringComparison.Ordinal))];

    public static Part Of(string name, string owner, Dictionary<string, string> settings) => new(name, owner, settings);

    public void Set(string setting, string value) => _settings[setting] = value;

    public async Task UpdateSchema()
    {
        using var schema = Launch(["schema"], new() { ["ConnectionStrings__owner"] = _owner });
        await schema.WaitForExitAsync();
        Assert.True(schema.ExitCode == 0, $"The schema of {Name}:\n{LogText}");
    }

    public async Task Start()
    {
        _process = Launch([], new(_settings) { ["ASPNETCORE_URLS"] = Address.ToString() });
        await Eventually.Is(Health, "ready", $"{Name} ready", 120);
    }

    /// <summary>kill -9, and after a second a new start, as the loop that keeps it does.</summary>
    public async Task DieAndComeBack()
    {
        Kill();
        await Task.Delay(TimeSpan.FromSeconds(1));
        await Start();
    }

    /// <summary><c>ready</c>, <c>degraded</c> (both with 200) or <c>unavailable</c>; or why there is no answer.</summary>
    public async Task<string> Health()
    {
        Assert.False(_process!.HasExited, $"{Name} ended by itself:\n{LogText}");
        try
        {
            using var answer = await _http.GetAsync("/health/ready");
            var status = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetString()!;
            Assert.Equal(status == "unavailable" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, answer.StatusCode);
            return status;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return e.Message;
        }
    }

    public string LogText => string.Join('\n', _log.TakeLast(40));

    public void Dispose()
    {
        Kill();
        _http.Dispose();
    }

    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    private Process Launch(string[] arguments, Dictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [_program, .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(_program)!,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in settings) start.Environment[key] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _log.Enqueue(line);
        if (_log.Count > LinesKept) _log.TryDequeue(out _);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>
/// Waits for what comes by itself; ends as soon as it is so, and says what it saw when it never is. The seconds are those of a machine at
/// rest: they end what hangs and measure nothing, so a loaded machine has several times as many.
/// </summary>
public static class Eventually
{
    private const double Patience = 4;

    public static Task<T> Is<T>(Func<Task<T>> look, T expected, string what, double seconds = 20) =>
        Get(look, seen => Equals(seen, expected), what, seconds);

    public static async Task<T> Get<T>(Func<Task<T>> look, Func<T, bool> until, string what, double seconds = 20, Func<T, string?>? show = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (until(seen)) return seen;
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > seconds * Patience)
                throw new TimeoutException($"{what}: not within {seconds * Patience} s; last seen: {(show is null ? seen?.ToString() : show(seen))}");
            await Task.Delay(20);
        }
    }
}
