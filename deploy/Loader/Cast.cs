namespace Restoration.Loader;

/// <summary>Who does not do the usual in the demonstration; drawn like everything else, so that it is the same in every run.</summary>
internal sealed class Cast
{
    private readonly HashSet<string> _behind;

    public Cast(IReadOnlyList<Report> reports)
    {
        _behind = [.. reports.Select(r => r.Division).Distinct().OrderBy(d => Draw.Chance(d, "behind")).Take(3)];
        var able = reports.Where(r => r.Quantity > 0 && r.Unit != "count" && !_behind.Contains(r.Division)).OrderBy(r => Draw.Chance(r.FigureId, "cast")).ToList();
        var last = able.Where(r => r.IsLast).ToList();
        Live = [.. last.DistinctBy(r => r.Division).Take(6)];
        var rest = last.Except(Live).ToList();
        Disputed = rest[0];
        Waiting = rest.Skip(1).Where(r => Draw.Chance(r.FigureId, "waiting") < 0.12m).ToHashSet();
        // In the middle of a year, so that what was reported since January is derived anew for the quarters after it.
        Corrected = [.. able.Where(r => r.Quarter is 2 or 3 && r.Mode != "to-date").DistinctBy(r => r.Year)];
    }

    /// <summary>Counties that have not reported the last quarter.</summary>
    public IReadOnlyCollection<string> Behind => _behind;

    /// <summary>Reported last and one by one, to be seen on the stream.</summary>
    public IReadOnlyList<Report> Live { get; }

    /// <summary>One of each year, corrected after verification, and then checked and verified again.</summary>
    public IReadOnlyList<Report> Corrected { get; }

    /// <summary>Sent back to its county by the city.</summary>
    public Report Disputed { get; }

    /// <summary>Checked, and not yet verified.</summary>
    public IReadOnlySet<Report> Waiting { get; }

    public bool InBulk(Report report) => !(report.IsLast && _behind.Contains(report.Division)) && !Live.Contains(report);

    public bool MayBeVerified(Report report) => report != Disputed && !Waiting.Contains(report);
}
