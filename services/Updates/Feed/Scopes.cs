using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;

namespace Restoration.Updates.Feed;

/// <summary>A division as the registry defined it; only its place in the tree matters here.</summary>
public sealed record Division(string Id, string? Parent)
{
    /// <summary>Facts about divisions, which every client may see.</summary>
    public const string Types = "restoration.registry.division-";

    public static Division? Read(string type, JsonElement json) =>
        (type is $"{Types}defined.v1" or $"{Types}moved.v1") && json.TryGetProperty("data", out var data)
            ? new(data.GetProperty("id").GetString() ?? throw new FormatException("A division has no id."),
                data.TryGetProperty("parentId", out var parent) ? parent.GetString() : null)
            : null;
}

/// <summary>The tree of divisions at one moment, and which change of it that was.</summary>
public sealed record ScopeTree(long Version, ImmutableDictionary<string, string?> Parents)
{
    public static readonly ScopeTree Unread = new(-1, []);

    /// <summary>The same tree when nothing changes by it.</summary>
    public ScopeTree With(Division division) =>
        Parents.TryGetValue(division.Id, out var parent) && parent == division.Parent
            ? this
            : new(Version + 1, Parents.SetItem(division.Id, division.Parent));

    /// <summary>The divisions given and all above them.</summary>
    public string[] ScopeOf(IEnumerable<string> divisions)
    {
        var scope = new HashSet<string>();
        foreach (var division in divisions)
        {
            // A division that is in the scope already has brought all above it, which also ends a tree that bites its tail.
            for (string? at = division; at is not null && scope.Add(at);) at = Parents.GetValueOrDefault(at);
        }
        return [.. scope];
    }

    /// <summary>Reads the tree under the lock of the head row, so that the version given is the version read.</summary>
    public static async Task<ScopeTree> ReadAsync(NpgsqlConnection connection, long version, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select id, parent from feed.divisions", connection);
        await using var rows = await command.ExecuteReaderAsync(stop);
        var parents = ImmutableDictionary.CreateBuilder<string, string?>();
        while (await rows.ReadAsync(stop)) parents[rows.GetString(0)] = rows.IsDBNull(1) ? null : rows.GetString(1);
        return new(version, parents.ToImmutable());
    }
}
