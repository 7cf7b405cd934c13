using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Support;
using static Restoration.Funding.Tests.Sample;

namespace Restoration.Funding.Tests;

/// <summary>What was stored once can be read for ever. <c>UPDATE_GOLDEN=1</c> writes files that are missing; they are never edited.</summary>
public sealed class StoredEventTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    private static readonly Event[] s_samples =
    [
        Opened(planId: "gz"), Appropriated(1_000.50m) with { Note = "第一批" }, Made("a-1", 700, new("p1", Yuan(200)), new("p2", Yuan(100.05m))), Issued(), Withdrawn(),
        new MoneyTakenBack(Award, "p1", Yuan(50), Yuan(750), "结余", Maker, At), Entered(), Open(), Changed(2_500), Frozen(), Released(), Terminated(), Allocated(), IssuedTo(), Cancelled(), Paid(), Returned(), Settled(),
        new MoneyFoundIdle(Ref(), "a-1", "award", Yuan(200), At, new By("funding"), At.AddMonths(12)),
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
