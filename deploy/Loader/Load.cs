using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// Enters the documents. Every step may be repeated: what is there already with the same content changes nothing; other content is refused
/// by the service and shown.
/// </summary>
internal sealed class Load(Clients clients, Documents documents)
{
    private readonly List<RefusedException> _refused = [];
    private int _recorded;
    private int _same;

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
        ];
        await Screen.Progress().StartAsync(async progress =>
        {
            var bars = steps.Select(s => progress.AddTask($"{s.Title} ({s.Acts.Count})", maxValue: s.Acts.Count)).ToList();
            foreach (var (step, bar) in steps.Zip(bars))
            {
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

    private async Task Carry(Act act)
    {
        try
        {
            var answer = await clients[act.Client].Post(act.Path, act.Id, act.Body);
            if (answer.Recorded) _recorded++;
            else _same++;
        }
        catch (RefusedException refused)
        {
            _refused.Add(refused);
        }
    }
}
