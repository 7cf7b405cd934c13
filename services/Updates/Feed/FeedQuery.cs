using Microsoft.AspNetCore.Mvc;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

/// <summary>What polling and the stream are asked for alike; lists are comma-separated or repeated.</summary>
public sealed record FeedQuery(
    [property: FromQuery(Name = "after")] string? After,
    [property: FromQuery(Name = "types")] string[]? Types,
    [property: FromQuery(Name = "divisions")] string[]? Divisions,
    [property: FromQuery(Name = "subjects")] string[]? Subjects)
{
    public FeedFilter FilterFor(Client client) => new(client.Division, Set(Types), Set(Divisions), Set(Subjects));

    /// <summary>What is wrong with the place to go on from, and that place.</summary>
    public static (List<Fault> Faults, Sequence? From) Check(string? after)
    {
        List<Fault> faults = [];
        if (after is null) return (faults, null);
        if (Sequence.TryParse(after, out var sequence)) return (faults, sequence);
        faults.Add(new("after", $"A sequence has {Sequence.Length} digits."));
        return (faults, null);
    }

    private static HashSet<string> Set(string[]? values) =>
        [.. (values ?? []).SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
