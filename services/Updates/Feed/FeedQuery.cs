using Microsoft.AspNetCore.Http;
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
    private static readonly string[] Known = ["after", "types", "divisions", "subjects"];

    public FeedFilter FilterFor(Client client) =>
        new(client.Division, Set(Types), Set(Divisions), Set(Subjects)) { Owner = FeedFilter.OwnedBy(client.Id) };

    /// <summary>What is wrong with a request, which may have <paramref name="more"/> parameters, and the place to go on from.</summary>
    public static (List<Fault> Faults, Sequence? From) Check(HttpRequest request, string? after, params IReadOnlyList<string> more)
    {
        List<Fault> faults =
            [.. request.Query.Keys.Except([.. Known, .. more]).Select(name => new Fault(name, "There is no such parameter."))];
        if (after is null) return (faults, null);
        if (Sequence.TryParse(after, out var sequence)) return (faults, sequence);
        faults.Add(new("after", $"A sequence has {Sequence.Length} digits."));
        return (faults, null);
    }

    private static HashSet<string> Set(string[]? values) =>
        [.. (values ?? []).SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
