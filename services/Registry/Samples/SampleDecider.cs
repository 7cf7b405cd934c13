using Restoration.Domain;

namespace Restoration.Registry.Samples;

/// <summary>Draw a sample by lot.</summary>
/// <param name="Population">What there is to draw from.</param>
/// <param name="Fresh">The seed for a drawing that brings none.</param>
public sealed record DrawSample(Drawing Drawing, IReadOnlyList<string> Population, string Fresh, By By, DateTimeOffset At);

/// <summary>Record what was found of one that was drawn; what it means for it, its own decider says.</summary>
public sealed record ExamineDrawn(string DrawnId, bool Confirmed, string? Reason, string? Note, By By, DateTimeOffset At);

/// <summary>The rules of samples (domain §3): the level above draws from what the level below passed, and anyone can repeat it.</summary>
public static class SampleDecider
{
    /// <summary>The whole list stands in the fact, so that it can be repeated from the log alone; more of it is more than one sample.</summary>
    public const int MostPopulation = 10_000;

    public static Decision<SampleEvent> Decide(Sample sample, DrawSample c, DivisionTree tree)
    {
        if (sample.Drawing is { } known)
        {
            return known == c.Drawing
                ? []
                : Refusal.Conflict("sample.exists", $"The sample {c.Drawing.Id} was drawn otherwise; it is not drawn again.");
        }

        var faults = Faults(c, tree).ToList();
        if (faults.Count > 0)
        {
            return Refusal.Invalid("sample.invalid", faults[0].Detail, faults);
        }

        if (c.Population.Count is 0 or > MostPopulation)
        {
            return Refusal.Invalid("sample.population-unfit", c.Population.Count == 0
                ? "There is nothing to draw from: no verified figures, or no accepted projects."
                : $"There are more than {MostPopulation} to draw from: narrow it by plan, division or period.");
        }

        var d = c.Drawing;
        var listed = Lot.Listed(c.Population);
        var seed = d.Seed ?? c.Fresh;
        var count = d.Count ?? (int)Math.Ceiling(d.Share!.Value * listed.Count);
        return [new SampleDrawn(d, seed, listed, Lot.Sha256(listed), Lot.Draw(seed, listed, count), c.By, c.At)];
    }

    public static Decision<SampleEvent> Decide(Sample sample, ExamineDrawn c) => sample switch
    {
        { Drawing: null } => Refusal.Invalid("sample.unknown", "There is no such sample.", new Fault("#/sampleId", "There is no such sample.")),
        _ when !sample.Holds(c.DrawnId) => Refusal.Conflict("sample.not-drawn", $"{c.DrawnId} was not drawn in this sample."),
        _ when sample.Results.TryGetValue(c.DrawnId, out var known) => known.Confirmed == c.Confirmed
            ? []
            : Refusal.Conflict("sample.examined", $"{c.DrawnId} was examined in this sample already."),
        _ => [new SampleExamined(sample.Drawing!.Id, sample.Drawing.Division, c.DrawnId, c.Confirmed, c.Reason, c.Note, c.By, c.At)],
    };

    private static IEnumerable<Fault> Faults(DrawSample c, DivisionTree tree)
    {
        var d = c.Drawing;
        if (!Slug.Is(d.Id))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (tree.Find(d.Drawer) is { Level: not ("province" or "city") })
        {
            yield return new Fault("#/division", "A sample is drawn by a city or the province, above the divisions that report.");
        }

        if (d.Count is null == d.Share is null)
        {
            yield return new Fault("#/count", "Say count or share, one of them.");
        }

        if (d.Count is <= 0)
        {
            yield return new Fault("#/count", "At least one is drawn.");
        }

        if (d.Share is <= 0 or > 1)
        {
            yield return new Fault("#/share", "A share is more than 0 and at most 1.");
        }

        if (d.From?.From > d.To?.To)
        {
            yield return new Fault("#/periodTo", $"{d.To} ends before {d.From} begins.");
        }

        if (d.Seed is { } seed && (seed.Length is 0 or > 200 || seed.Any(char.IsControl)))
        {
            yield return new Fault("#/seed", "A seed has 1 to 200 characters, none of them for control.");
        }
    }
}
