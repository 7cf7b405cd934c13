using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// Enters the documents. Every step may be repeated: what is there already with the same content changes nothing; other content is refused
/// by the service and shown.
/// </summary>
internal sealed class Load(Clients clients, Documents documents)
{
    private const string Indicators = "Indicators";
    private readonly List<RefusedException> _refused = [];
    private int _recorded;
    private int _same;
    private long _plans;

    /// <summary>True when nothing was refused.</summary>
    public async Task<bool> Run()
    {
        (string Title, List<Act> Acts)[] steps =
        [
            ("Divisions", [.. Acts.Divisions(documents)]),
            ("Plans", [.. Acts.Plans(documents)]),
            ("Projects", [.. Acts.Projects(documents)]),
            ("Adoption", [.. Acts.Adoptions(documents)]),
            ("Start of work", [.. Acts.Starts(documents)]),
            (Indicators, [.. IndicatorActs.Of(documents)]),
        ];
        await Screen.Progress().StartAsync(async progress =>
        {
            var bars = steps.Select(s => progress.AddTask($"{s.Title} ({s.Acts.Count})", maxValue: s.Acts.Count)).ToList();
            foreach (var (step, bar) in steps.Zip(bars))
            {
                if (step.Title == Indicators) await Learned();
                foreach (var act in step.Acts)
                {
                    await Carry(act);
                    bar.Increment(1);
                }
            }
        });
        AnsiConsole.MarkupLineInterpolated($"{_recorded} recorded, {_same} were so already, {_refused.Count} refused");
        foreach (var refused in _refused) Screen.Problem(refused.Message);
        return _refused.Count == 0;
    }

    /// <summary>The indicators service takes nothing for a division before it has learnt of it, and the plans come after the divisions.</summary>
    private async Task Learned()
    {
        if (await CatchUp.Of("indicators", clients[Acts.Operator], _plans)) return;
        throw new InvalidOperationException($"The indicators service has not learnt of the plans within {CatchUp.Most.TotalSeconds} s; its indicators are not entered.");
    }

    private async Task Carry(Act act)
    {
        try
        {
            var answer = await clients[act.Client].Post(act.Path, act.Id, act.Body);
            if (answer.Recorded) _recorded++;
            else _same++;
            if (act.Path == Acts.PlansPath) _plans = Math.Max(_plans, answer.Position);
        }
        catch (RefusedException refused)
        {
            _refused.Add(refused);
        }
    }
}
