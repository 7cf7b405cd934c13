using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// Enters the documents. Every step may be repeated: what is there already with the same content changes nothing; other content is refused
/// by the service and shown.
/// </summary>
internal sealed class Load(Clients clients, Documents documents)
{
    private readonly CatchUp _catchUp = new(clients[Acts.Operator]);
    private readonly List<string> _refused = [];
    private int _recorded;
    private int _same;

    /// <summary>True when nothing was refused.</summary>
    public async Task<bool> Run()
    {
        (string Title, List<Act> Acts)[] steps =
        [
            ("Divisions", [.. Acts.Divisions(documents)]),
            ("Plans", [.. Acts.Plans(documents)]),
            ("Zones", [.. ZoneActs.Of(documents)]),
            ("Projects", [.. Acts.Projects(documents)]),
            ("Adoption", [.. Acts.Adoptions(documents)]),
            ("Texts of plans", [.. ZoneActs.Texts(documents)]),
            ("Start of work", [.. Acts.Starts(documents)]),
            ("Indicators", [.. IndicatorActs.Of(documents)]),
            ("Observations", [.. ObservationActs.Of(documents)]),
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

                await Learned();
            }
        });
        AnsiConsole.MarkupLineInterpolated($"{_recorded} recorded, {_same} were so already, {_refused.Count} refused");
        foreach (var refused in _refused) Screen.Problem(refused);
        return _refused.Count == 0;
    }

    /// <summary>Another service takes nothing for a division, plan or project before it has learnt of it.</summary>
    private async Task Learned()
    {
        if (await _catchUp.Behind() is { Count: > 0 } behind) throw new InvalidOperationException($"What follows is not entered: {string.Join("; ", behind)}.");
    }

    private async Task Carry(Act act)
    {
        try
        {
            if (act.IsEvent)
            {
                var result = (await clients[act.Client].PostEvents(act.Path, [act.Body], act.Actor)).Body.Items("results").Single();
                if (result.Text("status") == "rejected") _refused.Add(Journal.Why(result));
                else Count(result.Text("status") == "recorded");
                return;
            }

            var answer = await clients[act.Client].Post(act.Path, act.Id, act.Body, act.Actor);
            Count(answer.Recorded);
            // Divisions come before plans, and are learnt in that order; the others learn of a project from its design to its start.
            if (act.Path == Acts.PlansPath) _catchUp.Expect("registry", answer.Position, "indicators", "funding", "mines");
            if (act.Path.EndsWith("/start", StringComparison.Ordinal)) _catchUp.Expect("registry", answer.Position, "funding", "mines");
        }
        catch (RefusedException refused)
        {
            _refused.Add(refused.Message);
        }
    }

    private void Count(bool recorded)
    {
        if (recorded) _recorded++;
        else _same++;
    }
}
