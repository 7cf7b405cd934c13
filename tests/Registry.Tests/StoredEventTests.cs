using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>
/// What was stored once can be read for ever. The files are as the log has them; they are never edited, a new meaning is a new stored
/// name with a file of its own. <c>UPDATE_GOLDEN=1</c> writes those that are missing.
/// </summary>
public sealed class StoredEventTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    private static readonly Event[] s_samples =
    [
        new DivisionDefined(Zone, "赣州经开区", "Ganzhou ETDZ", DivisionLevel.FunctionZone, City, NewNankang, Quantity(219.50m, "km2"), new(1990, 9, 1), new(2090, 1, 1), "国家级", Planner, At),
        new DivisionReplaced(Nankang, NewNankang, new(2013, 10, 31), Planner, At),
        new PlanRegistered("gz", City, Sample.Plan, Planner, At),
        new PlanAdopted("gz", City, "赣市府发〔2022〕2号", ["p1", "p2"], Planner, At),
        Designed,
        Approved,
        Started,
        Reported(1.20m, 3, mode: Progress.ReportMode.YearToDate) with { InvestmentCompleted = Money.Of(3_100_000), Outlier = true, OverTarget = true, Reason = "暴雨", Note = "n" },
        Corrected(0, 2) with { Sender = new("/yudu", "e-2") },
        Rederived(8, 7, "2024-07", "2024-06"),
        Checked(3),
        Verified(3, 2) with { Note = "现场核实" },
        Disputed(),
        SiteCountSpecs.Counted("2024-06", 12.50m, 20.00m),
        new Projects.MoneyMoved(Designed.Project, Money.Of(100), Money.Of(2_000.50m), Money.Of(3), Planner, At),
        new Projects.AccountsSettled(Designed.Project, Planner, At),
    ];

    public static TheoryData<string> Names => [.. s_types.All.Select(t => t.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_stored_is_still_read_and_would_be_stored_alike(string name)
    {
        var type = s_types.All.Single(t => t.Name == name);
        var golden = JsonDocument.Parse(Golden(name)).RootElement;
        var fact = s_types.Read(name, 1, JsonSerializer.SerializeToUtf8Bytes(golden));
        var again = JsonSerializer.SerializeToElement(fact, type.Json);
        Assert.True(JsonElement.DeepEquals(golden, again), $"{name} was\n{golden}\nand became\n{again}");
        Assert.Equal(CanonicalJson.Hash(golden), CanonicalJson.Hash(again)); // to the trailing zero
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_file_says_all_that_a_fact_can_say(string name)
    {
        var sample = s_samples.Single(s => s_types.Of(s).Name == name);
        Assert.Equivalent(sample, s_types.Read(name, 1, Golden(name)), strict: true);
    }

    [Fact]
    public void Each_file_is_of_a_stored_name() => Assert.Equal(
        s_types.All.Select(t => t.Name).Order(StringComparer.Ordinal),
        Directory.GetFiles(Source.Folder("StoredEvents"), "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    [Fact]
    public void What_a_later_version_added_is_skipped()
    {
        var json = "{\"id\":\"360782\",\"replacedBy\":\"360703\",\"lastDay\":\"2013-10-31\",\"by\":{\"client\":\"c\",\"new\":1},\"at\":\"2024-01-01T00:00:00+00:00\",\"later\":{}}"u8;
        Assert.Equal(
            new DivisionReplaced(Nankang, NewNankang, new(2013, 10, 31), new("c"), new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            s_types.Read("division-replaced.v1", 1, json));
    }

    [Fact]
    public void A_name_that_is_not_known_stops_the_reader() =>
        Assert.Throws<UnknownEventTypeException>(() => s_types.Read("division-renamed.v9", 1, "{}"u8));

    private static byte[] Golden(string name)
    {
        var file = Path.Combine(Source.Folder("StoredEvents"), $"{name}.json");
        if (!File.Exists(file) && Source.UpdatesGolden)
        {
            var sample = s_samples.Single(s => s_types.Of(s).Name == name);
            File.WriteAllText(file, JsonSerializer.Serialize(JsonSerializer.SerializeToElement(sample, s_types.Of(sample).Json), Source.Readable) + "\n");
        }

        return File.ReadAllBytes(file);
    }
}
