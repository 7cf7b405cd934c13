using System.Text.Json;
using Restoration.Loader;

namespace Restoration.Watch;

/// <summary>What the command line says.</summary>
/// <param name="Once">One picture as text, and no more.</param>
internal sealed record Settings(string Division, Uri Gateway, string Client, string Secret, bool Once)
{
    public const string Usage =
        """
        deploy/watch --division <code> [--client <id>] [--secret-file <file>] [--gateway <address>] [--once]
          --division      what is watched, with everything under it
          --client        reader-360000 where nothing else is said
          --secret-file   holds the client's secret alone; else it stands in the file of clients
          --once          prints one picture and ends, as it does without a terminal
        """;

    private static readonly string[] s_named = ["--division", "--client", "--secret-file", "--gateway", "--clients"];

    /// <summary>Null where the arguments are not as they should be; a later one of the same name stands.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Settings? Of(string[] args)
    {
        var pairs = args.Where(a => a != "--once").ToArray();
        if (pairs.Length % 2 != 0) return null;
        var named = pairs.Chunk(2).GroupBy(p => p[0]).ToDictionary(g => g.Key, g => g.Last()[1]);
        if (!named.Keys.All(s_named.Contains) || !named.TryGetValue("--division", out var division)) return null;
        if (!Uri.TryCreate(named.GetValueOrDefault("--gateway", "http://127.0.0.1:8080"), UriKind.Absolute, out var gateway)) return null;
        var client = named.GetValueOrDefault("--client", "reader-360000");
        var secret = named.TryGetValue("--secret-file", out var file) ? File.ReadAllText(file).Trim()
            : named.TryGetValue("--clients", out var clients) ? SecretIn(clients, client) : null;
        return secret is null ? null : new(division, gateway, client, secret, args.Contains("--once") || Console.IsOutputRedirected);
    }

    private static string SecretIn(string file, string client)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return json.RootElement.EnumerateArray().Where(c => c.Text("clientId") == client).Select(c => c.Text("secret")).FirstOrDefault()
            ?? throw new IOException($"There is no client {client} in {file}.");
    }
}
