using Restoration.Domain;

namespace Restoration.Registry.Plans;

/// <summary>Enter a document that carries a plan out.</summary>
public sealed record RegisterPlanDocument(PlanDocument Document, By By, DateTimeOffset At);

/// <summary>The rules of the documents of a plan: yearly key points, implementation schemes and the like (systems 23 to 26).</summary>
public static class PlanDocumentDecider
{
    public static Decision<PlanEvent> Decide(Plan plan, string id, RegisterPlanDocument c, DivisionTree tree)
    {
        if (plan.State == PlanState.Unknown)
        {
            return Refusal.NotFound("plan.unknown", $"There is no plan {id}.");
        }

        if (plan.Documents.FirstOrDefault(d => d.Id == c.Document.Id) is { } known)
        {
            return CanonicalJson.Same(known, c.Document, StoredJson.Default.PlanDocument)
                ? []
                : Refusal.Conflict("plan-document.exists", $"The plan has another document {c.Document.Id}.");
        }

        var faults = Faults(plan, c.Document, tree).ToList();
        return faults.Count > 0
            ? Refusal.Invalid("plan-document.invalid", faults[0].Detail, faults)
            : [new PlanDocumentRegistered(id, plan.Division, c.Document, c.By, c.At)];
    }

    private static IEnumerable<Fault> Faults(Plan plan, PlanDocument d, DivisionTree tree)
    {
        if (!Slug.Is(d.Id))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (!tree.Contains(plan.Division, d.Division))
        {
            yield return new Fault("#/division", "A document is of the plan's division or of one in it.");
        }
        else if (d.Kind == PlanDocumentKind.ImplementationScheme && d.Division == plan.Division)
        {
            yield return new Fault("#/division", "An implementation scheme is of a division below the plan's.");
        }

        if (d.Year is { } year && (year < plan.Definition!.From || year > plan.Definition.To))
        {
            yield return new Fault("#/year", $"The plan is for {plan.Definition.From} to {plan.Definition.To}.");
        }

        if (d.Kind == PlanDocumentKind.YearlyKeyPoints && d.Year is null)
        {
            yield return new Fault("#/year", "Key points are of a year.");
        }

        if (d.Uri is { } uri && !(Uri.TryCreate(uri, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"))
        {
            yield return new Fault("#/uri", "An absolute address is expected.");
        }

        if (d.Sha256 is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)))
        {
            yield return new Fault("#/sha256", "64 hex digits are expected.");
        }
    }
}
