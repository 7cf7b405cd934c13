using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Tests;

/// <summary>A piece of Ganzhou small enough to know by heart: its divisions, a plan, a project with a measure of each sort.</summary>
internal static class Sample
{
    public const string City = "360700", Yudu = "360731", Ningdu = "360730", Zone = "gz-jkq", Town = "yudu-gongjiang", Nankang = "360782", NewNankang = "360703";

    public static readonly DivisionTree Tree = DivisionTree.Of([
        new("360000", "江西省", "province"),
        new(City, "赣州市", "city", "360000"),
        new(Yudu, "于都县", "county", City),
        new(Ningdu, "宁都县", "county", City),
        new(NewNankang, "南康区", "county", City, ValidFrom: new(2013, 11, 1)),
        new(Nankang, "南康市", "county", City, ValidTo: new(2013, 10, 31), ReplacedBy: NewNankang),
        new(Zone, "赣州经开区", "function-zone", City, LandIn: NewNankang),
        new(Town, "贡江镇", "township", Yudu),
        new("360200", "景德镇市", "city", "360000"),
        new("360222", "浮梁县", "county", "360200"),
    ]);

    public static readonly By Planner = new("city-planner", "p-1");
    public static readonly By Reporter = new("county-system");
    public static readonly By Checker = new("county-bureau", "c-1");
    public static readonly By Verifier = new("city-bureau", "v-1");
    public static readonly DateTimeOffset At = new(2024, 7, 2, 8, 0, 0, TimeSpan.Zero);

    public static readonly PlanDefinition Plan = new(
        "赣州市国土空间生态修复规划", "Restoration plan of Ganzhou", "restoration-plan", 2021, 2035, 2020, [2025, 2035], null, ["赣州市自然资源局"], "赣市府发〔2022〕1号",
        Date("2022-12"), CountyCheck: true, Money.Of(1_000_000), [new("prog-a", "东江流域", "Dongjiang", Money.Of(1_000_000), ["goal"], new("doc", "3.1"))],
        [new("work-a", "矿山", null, null, [], null)], ["A table is misprinted."], new("doc", "1"));

    public static readonly Plans.Plan Registered = Plans.Plan.Aggregate.Fold(Plans.Plan.Unknown, new PlanRegistered("gz", City, Plan, Planner, At));

    public static readonly ProjectDefinition Definition = new(
        "于都县崩岗治理", null, ProjectKind.SoilAndWater, 1, "work-a", [Town], "市水利局", [new(2021, 2025)], Money.Of(500_000),
        [new("central", Money.Of(300_000))],
        [
            Part("p1-area", Quantity(100, "ha")) with { IndicatorId = "gz-i1" },
            Part("p1-road", Quantity(50, "km")) with { Division = Yudu },
            Part("p1-total", Quantity(100, "ha")) with { Role = MeasureRole.Total },
            Part("p1-width", Quantity(5, "m")) with { Role = MeasureRole.Attribute },
            Part("p1-rate", Quantity(90, "percent")) with { Role = MeasureRole.Outcome },
            Part("p1-sites", Quantity(12, "count")) with { FedBy = FedBy.SiteCount },
            Part("p1-later", null),
        ],
        CountyCheck: true, 2, [], null);

    public static readonly ProjectDesigned Designed = new(new("p1", "gz", "prog-a", City, [Yudu, Ningdu, Zone]), Definition, Planner, At);
    public static readonly ProjectApproved Approved = new(Designed.Project, true, Planner, At);
    public static readonly ProjectStarted Started = new(Designed.Project, Planner, At);

    public static readonly Project InProgress = Project.Aggregate.Fold(Project.Unknown, Designed, Approved, Started);

    public static readonly Evidence Photo = new("https://evidence.example/1.jpg", new('a', 64), EvidenceKind.Photo, At, 115.4m, 25.9m);

    public static Measure Part(string id, Quantity? quantity) => new(id, id, null, quantity, null, null, null, null, MeasureRole.Part, null, null);

    public static Quantity Quantity(decimal value, string unit = "ha") =>
        Unit.TryParse(unit, out var known) ? new(value, known) : throw new ArgumentException(unit);

    public static Period Date(string text) => Period.TryParse(text, out var period) ? period : throw new ArgumentException(text);

    public static FigureRef Ref(string period = "2024-06", string division = Yudu, string measure = "p1-area") =>
        new("p1", "gz", "prog-a", measure, measure == "p1-area" ? "gz-i1" : null, division, Date(period));

    /// <summary>A report as the county would send it.</summary>
    public static ReportProgress Report(decimal value, string period = "2024-06", ReportMode mode = ReportMode.Increment, string id = "e-1") => new(
        "p1", "p1-area", Yudu, Date(period), mode, Quantity(value), null, [Photo], null, null, new Sender("/yudu", id), Reporter, At);

    /// <summary>The fact that a report becomes: the figure it leaves is <paramref name="total"/>.</summary>
    public static ProgressReported Reported(
        decimal value, decimal? total = null, string period = "2024-06", ReportMode mode = ReportMode.Increment, string id = "e-1") => new(
        Ref(period), mode, Quantity(value), Quantity(total ?? value), null, [Photo], false, false, null, null, new Sender("/yudu", id), Reporter, At);

    public static ProgressChecked Checked(decimal total, By? by = null) => new(Ref(), Quantity(total), null, by ?? Checker, At);

    public static ProgressVerified Verified(decimal total, decimal? before = null) =>
        new(Ref(), Quantity(total), before is { } b ? Quantity(b) : null, null, Verifier, At);

    public static ProgressRederived Rederived(decimal total, decimal before, string period, string causedBy) =>
        new(Ref(period), Quantity(total), Quantity(before), Ref(causedBy).Id, Reporter, At);

    public static ProgressDisputed Disputed() => new(Ref(), "The photo shows another slope.", Verifier, At);

    public static ProgressCorrected Corrected(decimal value, decimal total, string? corrects = "e-1", By? by = null) => new(
        Ref(), corrects is null ? null : new Sender("/yudu", corrects), Quantity(value), Quantity(total), "Counted twice.", null, by ?? Reporter, At);
}
