using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
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
    private const int MostValues = 100;
    private const int LongestValue = 200;
    private static readonly string[] Filters = ["types", "divisions", "subjects"];

    public FeedFilter FilterFor(Client client) =>
        new(client.Division, Set(Types), Set(Divisions), Set(Subjects)) { Owner = FeedFilter.OwnedBy(client.Id) };

    /// <summary>What is wrong with the filters and the place to go on from, and that place.</summary>
    public static (List<Fault> Faults, Sequence? From) Check(HttpRequest request, string? after)
    {
        List<Fault> faults = [];
        foreach (var name in Filters.Where(request.Query.ContainsKey))
        {
            var values = Set(request.Query[name]);
            if (values.Count is 0 or > MostValues) faults.Add(new(name, $"From 1 to {MostValues} values, separated by commas."));
            if (values.Any(v => v.Length > LongestValue || v.Any(char.IsControl) || name != "subjects" && !v.All(OfNames)))
                faults.Add(new(name, name == "subjects" ? $"A subject is text of at most {LongestValue} characters." : "Letters, digits, dots, underscores and hyphens."));
        }
        if (after is null) return (faults, null);
        if (Sequence.TryParse(after, out var sequence)) return (faults, sequence);
        faults.Add(new("after", $"A sequence has {Sequence.Length} digits."));
        return (faults, null);

        static bool OfNames(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
    }

    /// <summary>Another way to look at what a request asks for: its filters, and nothing else of its address.</summary>
    public static string LinkTo(string path, HttpRequest request, Sequence? after = null)
    {
        var query = new QueryBuilder(request.Query.Where(p => Filters.Contains(p.Key)));
        if (after is { } place) query.Add("after", place.ToString());
        return request.PathBase + path + query.ToQueryString();
    }

    private static HashSet<string> Set(IEnumerable<string?>? values) => [.. (values ?? [])
        .SelectMany(v => (v ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
}
