using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <summary>A county says that a milestone was reached.</summary>
public sealed record ReachMilestone(
    string MilestoneId, string Division, DateOnly On, IReadOnlyList<Evidence> Evidence, string? Note, Sender? Sender, By By, DateTimeOffset At);

/// <summary>What was said of a milestone is taken back.</summary>
/// <param name="Acting">The division of who does it; null where that is every one.</param>
public sealed record WithdrawMilestone(string MilestoneId, string? Acting, string Reason, By By, DateTimeOffset At);

public sealed record AddDocument(ProjectDocument Document, By By, DateTimeOffset At);

/// <summary>The rules of milestones, documents and county parts of measures (domain §3).</summary>
public static class ParticularsDecider
{
    /// <summary>The day as it is in China.</summary>
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static Decision<ProjectEvent> Decide(Project project, string id, ReachMilestone c, DivisionTree tree)
    {
        if (project.State == ProjectState.Unknown)
        {
            return Refusal.NotFound("project.unknown", $"There is no project {id}.");
        }

        if (project.Definition!.Milestones?.FirstOrDefault(m => m.Id == c.MilestoneId) is not { } milestone)
        {
            return Refusal.NotFound("milestone.unknown", $"The project {id} has no milestone {c.MilestoneId}.");
        }

        if (project.State is not (ProjectState.InProgress or ProjectState.Suspended or ProjectState.Completed))
        {
            return Refusal.Conflict("project.not-in-progress", $"The project is {Kebab.Of(project.State)}; milestones are reached while work goes on.");
        }

        if (project.Particulars.Reached.TryGetValue(c.MilestoneId, out var before))
        {
            return before.On == c.On ? [] : Refusal.Conflict("milestone.reached", $"It was reached on {before.On:yyyy-MM-dd} already.");
        }

        var faults = new List<(string Code, Fault Fault)>();
        if (!Reports(project, milestone, c.Division, tree))
        {
            faults.Add(("division.outside-project", new Fault("#/division", "The project is not carried out in this division.")));
        }

        if (c.On > DateOnly.FromDateTime(c.At.ToOffset(s_china).DateTime))
        {
            faults.Add(("milestone.in-future", new Fault("#/on", "It is reported when it is reached.")));
        }

        for (var i = 0; i < c.Evidence.Count; i++)
        {
            if (!IsSha256(c.Evidence[i].Sha256))
            {
                faults.Add(("evidence.malformed", new Fault($"#/evidence/{i}/sha256", "64 hex digits are expected.")));
            }
        }

        return faults.Count > 0
            ? Refusal.Invalid(faults[0].Code, faults[0].Fault.Detail, [.. faults.Select(f => f.Fault)])
            : [new MilestoneReached(project.Ref, c.MilestoneId, c.Division, c.On, c.Evidence, c.Note, c.Sender, c.By, c.At)];
    }

    /// <summary>While work goes on; what the project was completed with stands.</summary>
    public static Decision<ProjectEvent> Decide(Project project, string id, WithdrawMilestone c, DivisionTree tree)
    {
        if (project.State == ProjectState.Unknown)
        {
            return Refusal.NotFound("project.unknown", $"There is no project {id}.");
        }

        if (project.Definition!.Milestones?.Any(m => m.Id == c.MilestoneId) != true)
        {
            return Refusal.NotFound("milestone.unknown", $"The project {id} has no milestone {c.MilestoneId}.");
        }

        if (project.State is not (ProjectState.InProgress or ProjectState.Suspended))
        {
            return Refusal.Conflict("project.not-in-progress", $"The project is {Kebab.Of(project.State)}; milestones are withdrawn while work goes on.");
        }

        if (!project.Particulars.Reached.TryGetValue(c.MilestoneId, out var said))
        {
            return Refusal.Conflict("milestone.not-reached", "Nobody says that it was reached.");
        }

        return c.Acting is { } acting && !tree.Contains(acting, tree.Standing(said.Division) ?? said.Division) ? Refusal.Forbidden("division.forbidden", $"It was reported by {said.Division}.")
            : string.IsNullOrWhiteSpace(c.Reason) ? Refusal.Invalid("reason.missing", "What was said is taken back for a reason.", new Fault("#/reason", "Say why."))
            : [new MilestoneWithdrawn(project.Ref, c.MilestoneId, said.Division, said.On, c.Reason, c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, AddDocument c)
    {
        if (project.State == ProjectState.Unknown)
        {
            return Refusal.NotFound("project.unknown", $"There is no project {id}.");
        }

        if (Broken(c.Document, "#").ToList() is { Count: > 0 } faults)
        {
            return Refusal.Invalid("document.invalid", faults[0].Detail, faults);
        }

        var known = project.Particulars.Documents(project.Definition!).FirstOrDefault(d => d.Sha256 == c.Document.Sha256);
        return known is null ? [new DocumentAdded(project.Ref, c.Document, c.By, c.At)]
            : known == c.Document ? []
            : Refusal.Conflict("document.exists", $"The same content is here already, as {known.Name}.");
    }

    /// <summary>What is wrong in the milestones, documents and county parts of a design.</summary>
    public static IEnumerable<Fault> Faults(ProjectDefinition d, IReadOnlyList<string> counties)
    {
        for (var i = 0; i < (d.Milestones?.Count ?? 0); i++)
        {
            var milestone = d.Milestones![i];
            if (!Slug.Is(milestone.Id))
            {
                yield return new Fault($"#/milestones/{i}/id", Slug.Form);
            }

            if (d.Milestones.Take(i).Any(m => m.Id == milestone.Id))
            {
                yield return new Fault($"#/milestones/{i}/id", "The id stands twice.");
            }

            if (milestone.MeasureId is { } measure && d.Measures.All(m => m.Id != measure))
            {
                yield return new Fault($"#/milestones/{i}/measureId", "The project has no such measure.");
            }
        }

        for (var i = 0; i < (d.Documents?.Count ?? 0); i++)
        {
            foreach (var fault in Broken(d.Documents![i], $"#/documents/{i}"))
            {
                yield return fault;
            }
        }

        foreach (var fault in d.Measures.SelectMany((m, i) => m.Counties is { } parts ? Broken(m, parts, counties, $"#/measures/{i}/counties") : []))
        {
            yield return fault;
        }
    }

    /// <summary>What counties have of a measure is the whole of it: nothing is left to nobody.</summary>
    private static IEnumerable<Fault> Broken(Measure measure, IReadOnlyList<CountyPart> parts, IReadOnlyList<string> counties, string at)
    {
        for (var j = 0; j < parts.Count; j++)
        {
            var division = parts[j].Division;
            if (parts.Take(j).Any(p => p.Division == division) || (measure.Division is { } only ? division != only : counties.Count > 0 && !counties.Contains(division)))
            {
                yield return new Fault($"{at}/{j}/division", "Each county of the measure stands once.");
            }
        }

        if (measure.Quantity is not { } whole || parts.Any(p => !p.Quantity.SameDimension(whole) || p.Quantity.Value < 0) || parts.Sum(p => p.Quantity.Canonical) != whole.Canonical)
        {
            yield return new Fault(at, "The counties' parts add up to the measure's quantity, in its dimension.");
        }
    }

    private static IEnumerable<Fault> Broken(ProjectDocument document, string at)
    {
        if (document.Name.Length is 0 or > 200)
        {
            yield return new Fault($"{at}/name", "A name has 1 to 200 characters.");
        }

        if (!Uri.TryCreate(document.Uri, UriKind.RelativeOrAbsolute, out var uri) || (uri.IsAbsoluteUri && uri.Scheme is not ("http" or "https")) || document.Uri.Length > 2_000
            || (!uri.IsAbsoluteUri && !document.Uri.StartsWith('/')))
        {
            yield return new Fault($"{at}/uri", "An http address, or a path of this system, is expected.");
        }

        if (!IsSha256(document.Sha256))
        {
            yield return new Fault($"{at}/sha256", "64 hex digits are expected.");
        }
    }

    private static bool Reports(Project project, Milestone milestone, string division, DivisionTree tree) => milestone.MeasureId is { } id && project.Measure(id) is { } measure
        ? ProgressDecider.Covers(project.Ref, measure, tree, division)
        : ProgressDecider.Covers(project.Ref, tree, division);

    private static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);
}
