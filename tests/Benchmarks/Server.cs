using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Restoration.Benchmarks;

/// <summary>A private PostgreSQL for the time of a run, where none is named by <c>TEST_POSTGRES</c>.</summary>
internal sealed partial class Server : IAsyncDisposable
{
    private static readonly string s_script = Path.Combine(Top(AppContext.BaseDirectory), "tests", "servers");
    private string? _run;

    public static async Task<Server> Start()
    {
        var server = new Server();
        if (Environment.GetEnvironmentVariable("TEST_POSTGRES") is null)
        {
            foreach (Match export in Export().Matches(await Tool.Run(s_script, ["start"])))
                Environment.SetEnvironmentVariable(export.Groups[1].Value, export.Groups[2].Value);
            server._run = Environment.GetEnvironmentVariable("TEST_RUN");
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await Tool.Run(s_script, ["stop", _run]);
    }

    private static string Top(string folder) =>
        File.Exists(Path.Combine(folder, "Restoration.sln")) ? folder : Top(Path.GetDirectoryName(folder.TrimEnd('/'))!);

    [GeneratedRegex("""^export (\w+)="(.*)"$""", RegexOptions.Multiline)]
    private static partial Regex Export();
}

internal static class Tool
{
    /// <summary>What a program says; an exception with its complaint when it fails.</summary>
    public static async Task<string> Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var complaint = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program}: {await complaint}");
    }
}
