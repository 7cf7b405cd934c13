using Restoration.Domain;
using Restoration.Mines.Sites;

namespace Restoration.Mines.Tests;

/// <summary>What the specs speak of: a rare-earth site of Yudu, and a project of the city that it belongs to.</summary>
internal static class Sample
{
    public const string Province = "360000", City = "360700", Yudu = "360731", Ningdu = "360730", Town = "yudu-gongjiang", Jingdezhen = "360200", Fuliang = "360222";
    public static readonly DateTimeOffset At = new(2024, 7, 2, 20, 0, 0, TimeSpan.Zero); // the third of July in China
    public static readonly By Surveyor = new("yudu-survey", "1001"), Worker = new("yudu-works", "1002"), Checker = new("yudu-bureau", "1003"), City1 = new("city", "2001");

    public static readonly DivisionTree Tree = DivisionTree.Of(
    [
        new(Province, "江西省", "province"), new(City, "赣州市", "city", Province), new(Yudu, "于都县", "county", City), new(Town, "贡江镇", "township", Yudu),
        new(Ningdu, "宁都县", "county", City), new(Jingdezhen, "景德镇市", "city", Province), new(Fuliang, "浮梁县", "county", Jingdezhen),
    ]);

    public static readonly SiteRef Plain = new("yd-1", "盘古山废弃露采场", Yudu, SiteKind.Legacy, "稀土", Area(10), 115.41m, 25.52m, null);

    public static readonly Survey Found = new(
        Town, "原地浸矿", SiteType.OpenPit, new Damage(Excavated: Area(6), Occupied: Area(4)), ["滑坡"], new ResponsibleParty("government", "采矿权人灭失"),
        new Surroundings(River: true), null, Demonstration: true);

    public static readonly Project Treatment = new(
        "gz-p01", "gz", "prog", City, [Yudu, Ningdu], "废弃露天矿山生态修复", "mine", "in-progress",
        [new("gz-p01-m1", FedBy.SiteCount, null, 535), new("gz-p01-m2", FedBy.SiteArea, Yudu, 37_860_000), new("gz-p01-m3", FedBy.SiteArea, Ningdu, null)]);

    public static readonly SiteProject Link = new("gz-p01", "gz", "prog", [new("gz-p01-m1", FedBy.SiteCount), new("gz-p01-m2", FedBy.SiteArea)]);

    public static readonly Evidence Photo = new("https://evidence.example/1.jpg", new('a', 64), EvidenceKind.Drone, At, 115.41m, 25.52m);

    public static Quantity Area(decimal value) => new(value, Unit.Ha);

    public static SurveySite Survey(SiteRef? site = null, Survey? found = null) => new(site ?? Plain, found ?? Found, new Sender("/yudu", "s-1"), Surveyor, At);

    public static ReportWorks Works(decimal treated, string? reason = null) => new(Area(treated), [Photo], reason, null, new Sender("/yudu", "w-1"), Worker, At);

    public static PartMeasured Grass(decimal area = 10, decimal cover = 75) => new(
        LandUse.Grass, Area(area), [new(Criterion.VegetationCover, cover), new(Criterion.SoilDepth, 25), new(Criterion.SlopeStability, 1.3m)]);

    public static AcceptSite Accept(params PartMeasured[] parts) => new(City, ["2001", "2002"], "合格", parts.Length == 0 ? [Grass()] : parts, City1, At);

    public static SiteSurveyed Surveyed(int revision = 1) => new(Plain, Found, revision, new Sender("/yudu", "s-1"), Surveyor, At);

    public static SiteVerified Verified => new(Plain, null, City1, At);

    public static SiteStruckOff StruckOff => new(Plain, "非矿山", City1, At);

    public static SiteLinked Linked(SiteState state = SiteState.Verified) => new(Plain with { Project = Link }, state, City1, At);

    public static WorksReported Worked(decimal treated = 9, string? reason = null) =>
        new(Plain, Area(treated), [Photo], reason, null, new Sender("/yudu", "w-1"), Worker, At);

    public static SiteSelfChecked Checked => new(Plain, null, Checker, At);

    public static SiteAccepted Accepted => new(
        Plain, Area(10), new DateOnly(2024, 7, 3),
        [new(LandUse.Grass, Area(10), [
            new(Criterion.VegetationCover, 75, 70, "percent"), new(Criterion.SoilDepth, 25, 20, "cm"), new(Criterion.SlopeStability, 1.3m, 1.15m, "factor")])],
        ["2001", "2002"], "合格", City1, At);

    public static readonly DateOnly Deadline = new(2024, 9, 30);

    public static AcceptanceRejected Rejected => new(Plain, "植被覆盖不足", Deadline, City1, At);

    public static RectificationOverdue Overdue => new(Plain, Deadline, new By("mines"), At);

    public static SiteReopened Reopened => new(Plain, "复绿失败", new DateOnly(2024, 7, 3), new DateOnly(2024, 7, 3), Area(10), City1, At);
}
