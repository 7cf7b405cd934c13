using System.Diagnostics;

namespace Restoration.Support;

/// <summary>A part of the broker with queues of its own: queues between services have fixed names, and test classes run side by side.</summary>
public sealed class VirtualHost : IAsyncDisposable
{
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private VirtualHost()
    {
    }

    public string Address => new UriBuilder(TestServers.Broker) { Path = _name }.ToString();

    public static async Task<VirtualHost> Create()
    {
        var host = new VirtualHost();
        var user = new UriBuilder(TestServers.Broker).UserName;
        await Control($"broker_control add_vhost {host._name}; broker_control set_permissions -p {host._name} {user} '.*' '.*' '.*'");
        return host;
    }

    public async ValueTask DisposeAsync() => await Control($"broker_control delete_vhost {_name}");

    private static async Task Control(string commands)
    {
        var root = Source.Root;
        var run = Environment.GetEnvironmentVariable("TEST_RUN") ?? throw new InvalidOperationException("TEST_RUN is not set; tests/servers start sets it.");
        var script = $"set -e; RUN='{run}'; source '{root}/deploy/lib/processes.sh'; source '{root}/deploy/lib/servers.sh'; {commands}";
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = bash.StandardOutput.ReadToEndAsync();
        var errors = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"{commands}\n{await output}{errors}");
    }
}
