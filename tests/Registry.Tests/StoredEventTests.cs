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

    private static readonly Schedules.Judgement Standing = new(
        new(2024, 6, 30), Schedules.ScheduleState.Behind, 0.6995m, 0.5500m, [new("p1-area", Schedules.ScheduleState.NotReported, 0.6995m, 0.55m)],
        [new(Yudu, Schedules.ScheduleState.Ahead, 0.5m, 0.75m)], 4711);

    private static readonly Event[] s_samples =
    [
        new DivisionDefined(Zone, "赣州经开区", "Ganzhou ETDZ", DivisionLevel.FunctionZone, City, NewNankang, Quantity(219.50m, "km2"), new(1990, 9, 1), new(2090, 1, 1), "国家级", Planner, At),
        new DivisionReplaced(Nankang, NewNankang, new(2013, 10, 31), Planner, At),
        new DivisionRenamed(Yudu, "于都市", "Yudu City", new(2025, 3, 1), [new("于都县", "Yudu County", new(2025, 2, 28))], "国函〔2025〕1号", Planner, At),
        new DivisionMoved(Yudu, "360200", new(2025, 3, 1), [new(City, new(2025, 2, 28))], "国函〔2025〕1号", Planner, At),
        new PlanRegistered("gz", City, Sample.Plan, Planner, At),
        new PlanSuperseded("gz", City, "gz-2", Planner, At),
        AmendmentSpecs.Facts with
        {
            Amendment = AmendmentSpecs.Completing with
            {
                Added = [new("p2", "gz", "prog-a", [Ningdu], Definition)], Dropped = [new("p3", "退回省级", "归还农户")],
            },
        },
        PlanDocumentSpecs.Known,
        ZoneSpecs.Known,
        new PlanAdopted("gz", City, "赣市府发〔2022〕2号", ["p1", "p2"], Planner, At),
        Designed,
        Approved,
        Started,
        new Projects.MilestoneReached(
            Designed.Project, "m-design", Yudu, new(2024, 6, 30), [Photo], "初步设计批复", new("/yudu", "e-9"), Reporter, At),
        new Projects.MilestoneWithdrawn(Designed.Project, "m-design", Yudu, new(2024, 6, 30), "批复日期有误", Checker, At),
        new Projects.DocumentAdded(Designed.Project, new("初步设计", "https://docs.example/1.pdf", new('b', 64), Projects.DocumentKind.Design), Planner, At),
        new Projects.ProjectChanged(Designed.Project with { Counties = [Yudu] }, Definition with { LeadUnit = null, AftercareYears = 2 }, "c-1", Planner, At),
        Reported(1.20m, 3, mode: Progress.ReportMode.YearToDate) with { InvestmentCompleted = Money.Of(3_100_000), Outlier = true, OverTarget = true, Reason = "暴雨", Note = "n" },
        Corrected(0, 2) with { Sender = new("/yudu", "e-2") },
        Rederived(8, 7, "2024-07", "2024-06"),
        Checked(3),
        Verified(3, 2) with { Note = "现场核实" },
        Disputed(),
        new Plans.PeriodFrozen("gz", City, "as-2023", Yudu, Date("2023"), new("indicators-city", "i-1"), At),
        SampleSpecs.Examined(),
        SampleSpecs.Drawn,
        InvestmentSpecs.Completed(3_100_000.50m, before: 3_000_000),
        SampleSpecs.Result(confirmed: false),
        AssignmentSpecs.Made(AssignmentSpecs.Area(30, (Yudu, 10), (Ningdu, 15.5m)), AssignmentSpecs.Sites(3, (Yudu, 3))) with { Reason = "追加" },
        AssignmentSpecs.Confirmed(AssignmentSpecs.Target(10)) with { Note = "已核对" },
        SiteCountSpecs.Counted("2024-06", 12.50m, 20.00m),
        new Schedules.ScheduleStateChanged(Designed.Project, Standing, Schedules.ScheduleState.OnSchedule, new("/due"), At),
        new Schedules.ScheduleJudged(Designed.Project, Standing, new("/due"), At),
        new Schedules.MonthEnded(new(2024, 6, 30), new("/due"), At),
        Life.Submitted,
        Life.Returned,
        Life.Rejected,
        Life.Suspended,
        Life.Resumed,
        Life.Terminated,
        new Projects.ChangeRequested(
            Life.P1, "c-1", new([Yudu], [Town], [new(2021, 2026)], Money.Of(550_000), "市林业局", [new("bonds", Money.Of(550_000))], [Part("p1-area", Quantity(110))]),
            [new("estimate", null, "500000.00 yuan", "550000.00 yuan", 10, false), new("measures", "p1-road", "p1-road 50 km", null, null, true)], true, City, "材料涨价", Planner, At),
        new Projects.ChangeApproved(Life.P1, "c-1", true, "同意", Sample.Verifier, At),
        new Projects.ChangeRefused(Life.P1, "c-1", "不必", Sample.Verifier, At),
        Life.Waived,
        Life.Completed,
        Life.YuduChecked,
        Life.Accepted,
        Life.NotAccepted,
        Life.Rectified,
        new Projects.RectificationOverdue(Life.P1, "r1", Life.Day.AddDays(30), Planner, At),
        Life.SpotFailed,
        Life.Inspected(1, false),
        new Projects.AftercareOverdue(Life.P1, 1, Life.Day.AddYears(1), Planner, At),
        Life.Evaluated,
        Life.Closed with { Note = "销号" },
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
