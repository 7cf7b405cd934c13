using System.Collections.Frozen;
using System.Text.Json;

namespace Restoration.ServiceDefaults;

/// <summary>A sentence in both languages.</summary>
public sealed record Bilingual(string En, string Zh)
{
    public string In(bool chinese) => chinese ? Zh : En;
}

/// <summary>What a stable code means, and what its caller does now: the page behind a problem's <c>type</c>.</summary>
/// <param name="Status">All it is answered with; none where any 4xx can be.</param>
public sealed record ProblemEntry(string Code, IReadOnlyList<int> Status, Bilingual Title, Bilingual Meaning, Bilingual Remedy);

/// <summary>The entries of <c>contracts/problems.json</c>, the one place that knows titles and meanings.</summary>
public static class ProblemEntries
{
    /// <summary>In the order of the codes.</summary>
    public static IReadOnlyList<ProblemEntry> All { get; } = Read();

    private static readonly FrozenDictionary<string, ProblemEntry> s_byCode = All.ToFrozenDictionary(e => e.Code);

    public static ProblemEntry? Find(string code) => s_byCode.GetValueOrDefault(code);

    private static ProblemEntry[] Read()
    {
        using var file = typeof(ProblemEntries).Assembly.GetManifestResourceStream("problems.json")!;
        return JsonSerializer.Deserialize<ProblemEntry[]>(file, WireJson.Options)!;
    }
}
