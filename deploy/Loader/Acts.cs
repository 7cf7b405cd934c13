using System.Text.Json;

namespace Restoration.Loader;

/// <summary>One command of the load.</summary>
/// <param name="Client">Who gives it.</param>
/// <param name="Id">What it is about; with the content it makes the Idempotency-Key.</param>
/// <param name="Actor">Staff number of the person behind it, where one must stand there.</param>
internal sealed record Act(string Client, string Path, string Id, object Body, string? Actor = null)
{
    /// <summary>Whether the body is a CloudEvent, which has an identity of its own.</summary>
    public bool IsEvent => Path.EndsWith("/events", StringComparison.Ordinal);
}

/// <summary>The documents in the words of the API: what is posted, in which order.</summary>
internal static class Acts
{
    public const string Operator = "operator-desk";
    public const string PlansPath = "/v1/registry/plans";

    public static IEnumerable<Act> Divisions(Documents documents)
    {
        foreach (var d in documents.Divisions)
        {
            var area = d.Find("area");
            yield return new(Operator, "/v1/registry/divisions", d.Text("id"), new
            {
                id = d.Text("id"), name = d.Text("name"), nameEn = d.MaybeText("nameEn"), level = d.Text("level"), parentId = d.MaybeText("parentId"),
                area = area is { } a ? new { value = a.GetProperty("value"), unit = a.Text("unit") } : null,
                validFrom = documents.ReplacedCodes.Where(c => c.Text("replacedBy") == d.Text("id")).Select(c => $"{c.GetProperty("year").GetInt32()}-01-01").FirstOrDefault(),
                statedCounties = d.Find("countiesStated"),
                note = Notes.Of(d) is { Count: > 0 } notes ? string.Join("; ", notes) : null,
            });
        }

        foreach (var code in documents.ReplacedCodes)
        {
            var successor = documents.Divisions.Single(d => d.Text("id") == code.Text("replacedBy"));
            var lastDay = $"{code.GetProperty("year").GetInt32() - 1}-12-31";
            var id = code.Text("code");
            yield return new(Operator, "/v1/registry/divisions", id, new
            {
                id, name = code.Text("name"), level = "county", parentId = successor.Text("parentId"), validTo = lastDay, note = code.Text("what"),
            });
            yield return new(Operator, $"/v1/registry/divisions/{id}/replace", id, new { replacedBy = code.Text("replacedBy"), lastDay });
        }
    }

    public static IEnumerable<Act> Plans(Documents documents) =>
        from plan in documents.Plans
        let id = plan.Text("id")
        let total = documents.Total(id)
        let period = plan.GetProperty("period")
        select new Act(Planner(plan), PlansPath, id, new
        {
            id, division = plan.Text("division"), name = plan.Text("name"), nameEn = plan.MaybeText("nameEn"), kind = plan.Text("kind"),
            @from = period.GetProperty("from"), to = period.GetProperty("to"), baseYear = plan.Find("baseYear"), targetYears = plan.Find("targetYears"),
            parentPlanId = plan.MaybeText("parentPlanId"), issuers = plan.Find("issuers"), documentNumber = plan.MaybeText("documentNumber"),
            date = plan.MaybeText("date"), printedTotal = Money(total),
            programmes = Parts(documents.Programmes, id), keyWorks = Parts(documents.KeyWorks, id),
            notes = Notes.OfPlan(plan, documents), zonesCover = ZoneActs.Cover(documents, id), origin = Origin(plan), at = Midnight(Adopted(plan)),
        });

    public static IEnumerable<Act> Projects(Documents documents) =>
        from project in documents.Projects
        let plan = PlanOf(documents, project)
        let id = project.Text("id")
        select new Act(Planner(plan), "/v1/registry/projects", id, new
        {
            id, planId = project.Text("planId"), programmeId = project.Text("programmeId"), keyWorkId = project.MaybeText("keyWorkId"),
            number = project.Find("number"), name = project.Text("name"), nameEn = project.MaybeText("nameEn"), kind = project.Text("kind"),
            counties = project.Items("counties").Select(c => c.Text("division")).Distinct().ToList(), towns = project.Find("towns"),
            leadUnit = project.MaybeText("leadUnit"),
            schedule = project.Items("schedule").Select(y => new { @from = y.GetProperty("from"), to = y.GetProperty("to") }).ToList(),
            estimate = Money(project.Find("investment")), statedCounties = project.Find("countyCheck")?.Find("stated"),
            measures = project.Items("measures").Select(m => Measure(project, m)).ToList(),
            notes = Notes.OfProject(project), origin = Origin(project), at = Midnight(Adopted(plan)),
        });

    /// <summary>Issued plans, and those whose status the document leaves open, are adopted as what they are.</summary>
    public static IEnumerable<Act> Adoptions(Documents documents) =>
        from plan in documents.Plans
        where IsAdopted(plan)
        select new Act(Planner(plan), $"/v1/registry/plans/{plan.Text("id")}/adopt", plan.Text("id"), new { at = Midnight(Adopted(plan)) });

    /// <summary>Work begins with the first year of the schedule, but not before the plan is adopted.</summary>
    public static IEnumerable<Act> Starts(Documents documents) =>
        from project in documents.Projects
        let plan = PlanOf(documents, project)
        where IsAdopted(plan)
        let first = new DateOnly(project.Items("schedule").Min(y => y.GetProperty("from").GetInt32()), 1, 1)
        let day = first > Adopted(plan) ? first : Adopted(plan)
        select new Act(Planner(plan), $"/v1/registry/projects/{project.Text("id")}/start", project.Text("id"), new { at = Midnight(day) });

    private static bool IsAdopted(JsonElement plan) => plan.MaybeText("status") != "being-compiled";

    /// <summary>The first day that the printed date can mean; the first of the plan's period where none is printed.</summary>
    public static DateOnly Adopted(JsonElement plan) => plan.MaybeText("date")?.Split('-').Select(int.Parse).ToArray() switch
    {
        [var year] => new(year, 1, 1),
        [var year, var month] => new(year, month, 1),
        [var year, var month, var day] => new(year, month, day),
        _ => new(plan.GetProperty("period").GetProperty("from").GetInt32(), 1, 1),
    };

    public static string Midnight(DateOnly day) => $"{day:yyyy-MM-dd}T00:00:00+08:00";

    /// <summary>The plan of a project or an indicator.</summary>
    public static JsonElement PlanOf(Documents documents, JsonElement part) => documents.Plans.Single(p => p.Text("id") == part.Text("planId"));

    public static string Planner(JsonElement plan) => $"planner-{plan.Text("division")}";

    private static object? Money(JsonElement? printed) =>
        printed?.Find("value") is { } amount ? new { amount, unit = printed.Value.Text("unit") } : null;

    public static object? Origin(JsonElement element) =>
        element.Find("source") is { } s ? new { document = s.Text("document"), section = s.Text("section") } : null;

    private static List<object> Parts(IEnumerable<JsonElement> parts, string plan) =>
    [
        .. parts.Where(p => p.Text("planId") == plan).OrderBy(p => p.Number("order")).Select(p => new
        {
            id = p.Text("id"), name = p.Text("name"), nameEn = p.MaybeText("nameEn"), printedEstimate = Money(p.Find("investment")),
            goals = p.Find("goals"), printedShare = p.Find("sharePercent"), zoneIds = p.Find("zoneIds"), origin = Origin(p),
        }),
    ];

    /// <summary>What a measure is other than a part that is done and reported.</summary>
    public static string? Role(JsonElement measure) =>
        measure.Flag("isTotal") ? "total" : measure.Flag("isAttribute") ? "attribute" : measure.Flag("isOutcome") ? "outcome" : null;

    /// <summary>The number and the area of treated mines are not reported: accepted sites are their progress.</summary>
    public static string? FedBy(JsonElement project, JsonElement measure) =>
        project.Text("kind") != "mine" || Role(measure) is not null ? null
        : measure.Text("name").Contains("治理数量", StringComparison.Ordinal) ? "site-count"
        : measure.Text("name").Contains("治理面积", StringComparison.Ordinal) ? "site-area" : null;

    private static object Measure(JsonElement project, JsonElement m)
    {
        var notes = Notes.Of(m);
        return new
        {
            id = m.Text("id"), name = m.Text("name"), nameEn = m.MaybeText("nameEn"),
            quantity = m.Find("quantity") is { } value ? new { value, unit = m.Text("unit") } : null,
            qualifier = m.MaybeText("qualifier"), division = m.MaybeText("county"), town = m.MaybeText("town"), indicatorId = m.MaybeText("indicatorId"),
            role = Role(m), fedBy = FedBy(project, m), note = notes.Count > 0 ? string.Join("; ", notes) : null,
        };
    }
}
