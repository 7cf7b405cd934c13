namespace Restoration.Loader;

/// <summary>What the command line and the environment say.</summary>
internal sealed record Settings(string Verb, Uri Url, string Data, string Clients, string? OperatorSecret)
{
    public const string Usage =
        """
        Restoration.Loader load|demo --url <gateway> --data <folder> --clients <file>
          load   enters the reference plans and judges what the system then says of them
          demo   plays five years of reports, mine sites and money, and shows the stream
        RESTORATION_OPERATOR_SECRET: secret of the client `operator`, for load
        """;

    /// <summary>Null where the arguments are not as they should be.</summary>
    public static Settings? Of(string[] args)
    {
        if (args is not [("load" or "demo") and var verb, .. var rest] || rest.Length % 2 != 0) return null;
        var named = rest.Chunk(2).ToLookup(pair => pair[0], pair => pair[1]);
        return named.All(n => n.Key is "--url" or "--data" or "--clients" && n.Count() == 1)
            && named["--url"].FirstOrDefault() is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address)
            && named["--data"].FirstOrDefault() is { } data && named["--clients"].FirstOrDefault() is { } clients
            ? new(verb, address, data, clients, Environment.GetEnvironmentVariable("RESTORATION_OPERATOR_SECRET"))
            : null;
    }
}
