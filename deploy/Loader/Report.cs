namespace Restoration.Loader;

/// <summary>A county's report of one measure for one quarter of the demonstration's year.</summary>
/// <param name="City">The division of the plan, which verifies.</param>
/// <param name="Quantity">As <paramref name="Mode"/> means it, in <paramref name="Unit"/>.</param>
/// <param name="Invested">完成投资 of the project in the quarter, in 万元; with the first measure of each project.</param>
internal sealed record Report(
    string City, string ProjectId, string MeasureId, string Measure, string Division, int Quarter, string Mode, decimal Quantity, string Unit, decimal? Invested)
{
    public const int Year = 2023;

    private const string Mark = "演示数据";

    public string Source => SourceOf(Division);

    public string Id => $"{MeasureId}-{Year}-q{Quarter}";

    public string Period => $"{Year}-Q{Quarter}";

    public string FigureId => $"{MeasureId}.{Division}.{Period}";

    public static string SourceOf(string division) => $"/county/{division}/demo";

    /// <summary>The last day of the quarter, in China.</summary>
    private DateOnly LastDay => new DateOnly(Year, Quarter * 3, 1).AddMonths(1).AddDays(-1);

    /// <summary>A moment some days after the quarter, when county, bureau or city is at work.</summary>
    public static string DaysAfter(int quarter, int days) => $"{new DateOnly(Year, quarter * 3, 1).AddMonths(1).AddDays(days - 1):yyyy-MM-dd}T09:00:00+08:00";

    /// <summary>The report as a CloudEvent, with a small document as its evidence.</summary>
    public object Event()
    {
        var document = $"{Mark} {FigureId} {Mode} {Quantity} {Unit}";
        var evidence = new { uri = $"https://example.invalid/demo/{Division}/{Id}.txt", sha256 = Json.Digest(document), kind = "document", takenAt = $"{LastDay:yyyy-MM-dd}T15:00:00+08:00" };
        return Cloud(Id, "restoration.progress.reported.v1", DaysAfter(Quarter, 5), new
        {
            projectId = ProjectId, measureId = MeasureId, division = Division, period = Period, mode = Mode,
            quantity = new { value = Quantity, unit = Unit },
            investmentCompleted = Invested is { } amount ? new { amount, unit = "wan-yuan" } : null,
            evidence = new[] { evidence }, note = Mark,
        });
    }

    /// <summary>A later look at the site found less than was reported.</summary>
    public object Correction(decimal found) => Cloud($"{Id}-corrected", "restoration.progress.corrected.v1", DaysAfter(Quarter, 20), new
    {
        corrects = new { source = Source, id = Id }, quantity = new { value = found, unit = Unit }, reason = $"现场复核后核减（{Mark}）",
    });

    private object Cloud(string id, string type, string time, object data) =>
        new { specversion = "1.0", id, source = Source, type, subject = ProjectId, time, datacontenttype = "application/json", data };
}
