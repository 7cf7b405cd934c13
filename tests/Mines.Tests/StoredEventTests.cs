using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Mines.Tests.Sample;

namespace Restoration.Mines.Tests;

/// <summary>What was stored once can be read for ever. <c>UPDATE_GOLDEN=1</c> writes files that are missing; they are never edited.</summary>
public sealed class StoredEventTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    private static readonly Event[] s_samples =
    [
        Surveyed(2), Verified with { Note = "属实" }, StruckOff, Linked(), Worked(11.50m, "面积核增") with { Note = "无人机" }, Checked with { Note = "齐全" }, Accepted, Rejected,
        Overdue, Reopened,
    ];

    /// <summary>The names of all facts as they were stored first, which is what they leave under.</summary>
    public static IEnumerable<string> First => s_types.All.GroupBy(t => t.Present).Select(t => t.Min(s => s.Name)!);

    public static TheoryData<string> Present => [.. s_types.All.Where(t => !t.IsSuperseded).Select(t => t.Name).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names => [.. s_types.All.Select(t => t.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Present))]
    public void What_was_stored_is_still_read_and_would_be_stored_alike(string name)
    {
        var sample = s_samples.Single(s => s_types.Of(s).Name == name);
        var file = Path.Combine(Source.Folder("StoredEvents"), $"{name}.json");
        if (!File.Exists(file) && Source.UpdatesGolden)
        {
            File.WriteAllText(file, JsonSerializer.Serialize(JsonSerializer.SerializeToElement(sample, s_types.Of(sample).Json), Source.Readable) + "\n");
        }

        var golden = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
        var fact = s_types.Read(name, 1, JsonSerializer.SerializeToUtf8Bytes(golden));
        Assert.Equivalent(sample, fact, strict: true);
        Assert.Equal(CanonicalJson.Hash(golden), CanonicalJson.Hash(JsonSerializer.SerializeToElement(fact, s_types.Of(fact).Json)));
    }

    [Fact]
    public void What_was_superseded_is_read_as_what_it_means_today_and_recorded_no_more()
    {
        var old = s_types.All.Single(t => t.IsSuperseded);
        var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Source.Folder("StoredEvents"), "site-reopened.v1.json"))).RootElement;
        var data = JsonSerializer.SerializeToUtf8Bytes(golden);
        Assert.Equivalent(Reopened with { AcceptedOn = null, Area = null }, s_types.Read("site-reopened.v1", 1, data), strict: true);

        var stored = JsonSerializer.Deserialize(data, old.Json)!;
        Assert.Equal(CanonicalJson.Hash(golden), CanonicalJson.Hash(JsonSerializer.SerializeToElement(stored, old.Json)));
        Assert.Throws<KeyNotFoundException>(() => s_types.Of((Event)stored));
    }

    [Fact]
    public void Each_file_is_of_a_stored_name() => Assert.Equal(
        s_types.All.Select(t => t.Name).Order(StringComparer.Ordinal),
        Directory.GetFiles(Source.Folder("StoredEvents"), "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_stored_type_is_published_or_marked_internal() => Publishing.Map.Covering(s_types);
}
