namespace Restoration.Loader;

/// <summary>Who does not do the usual in the demonstration; drawn like everything else, so that it is the same in every run.</summary>
internal sealed class Cast
{
    private const int Last = 4;
    private readonly HashSet<string> _behind;

    public Cast(IReadOnlyList<Report> reports)
    {
        _behind = [.. reports.Select(r => r.Division).Distinct().OrderBy(d => Draw.Chance(d, "behind")).Take(3)];
        var able = reports.Where(r => r.Quarter == Last && r.Quantity > 0 && r.Unit != "count" && !_behind.Contains(r.Division)).OrderBy(r => Draw.Chance(r.FigureId, "cast")).ToList();
        Live = [.. able.DistinctBy(r => r.Division).Take(6)];
        var rest = able.Except(Live).ToList();
        Disputed = rest[0];
        Corrected = [.. rest.Skip(1).Take(4)];
        Waiting = rest.Skip(5).Where(r => Draw.Chance(r.FigureId, "waiting") < 0.1m).ToHashSet();
    }

    /// <summary>Counties that have not reported the last quarter.</summary>
    public IReadOnlyCollection<string> Behind => _behind;

    /// <summary>Reported last and one by one, to be seen on the stream.</summary>
    public IReadOnlyList<Report> Live { get; }

    /// <summary>Corrected after verification, and then checked and verified again.</summary>
    public IReadOnlyList<Report> Corrected { get; }

    /// <summary>Sent back to its county by the city.</summary>
    public Report Disputed { get; }

    /// <summary>Checked, and not yet verified.</summary>
    public IReadOnlySet<Report> Waiting { get; }

    public bool InBulk(Report report) => !(report.Quarter == Last && _behind.Contains(report.Division)) && !Live.Contains(report);

    public bool MayBeVerified(Report report) => report != Disputed && !Waiting.Contains(report);
}
