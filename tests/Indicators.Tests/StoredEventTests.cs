using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Indicators.Observations;
using Restoration.Support;
using static Restoration.Indicators.Tests.Sample;

namespace Restoration.Indicators.Tests;

/// <summary>What was stored once can be read for ever. <c>UPDATE_GOLDEN=1</c> writes files that are missing; they are never edited.</summary>
public sealed class StoredEventTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    private static readonly Event[] s_samples =
    [
        Defined(Coverage with { Start = 2021, Notes = ["2020 年基期值高于目标"] }, revision: 2),
        Observed(75.50m, 3, "复核") with { Numerator = 3.02m, Denominator = 4.00m, Note = "遥感" },
        new ObservationAccepted(Of(), 3, new(75.50m, Unit.Percent), Reviewer, At),
        new ObservationReturned(Of(), "单位有误", Reviewer, At),
        Contributed(1.20m),
        SiteSpecs.Counted,
        SiteSpecs.Withdrawn,
        TargetTests.Taken,
    ];

    public static TheoryData<string> Names => [.. s_types.All.Select(t => t.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
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
    public void Each_file_is_of_a_stored_name() => Assert.Equal(
        s_types.All.Select(t => t.Name).Order(StringComparer.Ordinal),
        Directory.GetFiles(Source.Folder("StoredEvents"), "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_stored_type_is_published_or_marked_internal() => Publishing.Map.Covering(s_types);
}
