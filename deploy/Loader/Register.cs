using System.Text.Json;

namespace Restoration.Loader;

/// <summary>What the register says, read back through the API as the province reads it.</summary>
internal sealed record Register(
    IReadOnlyList<JsonElement> Plans, IReadOnlyList<JsonElement> Projects, IReadOnlyDictionary<string, JsonElement> Summaries,
    IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> Findings, IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> KeyWorks,
    IReadOnlyList<JsonElement> Zones)
{
    public static async Task<Register> Read(Clients clients, Documents documents)
    {
        var (plans, projects, zones) = (new List<JsonElement>(), new List<JsonElement>(), new List<JsonElement>());
        var summaries = new Dictionary<string, JsonElement>();
        var findings = new Dictionary<string, IReadOnlyList<JsonElement>>();
        var keyWorks = new Dictionary<string, IReadOnlyList<JsonElement>>();
        foreach (var printed in documents.Plans)
        {
            var (api, id) = (clients[$"planner-{printed.Text("division")}"], printed.Text("id"));
            var plan = await api.Get($"/v1/registry/plans/{id}");
            plans.Add(plan);
            summaries[id] = await api.Get($"/v1/registry/plans/{id}/summary");
            findings[id] = await api.All($"/v1/registry/plans/{id}/findings");
            zones.AddRange(await api.All($"/v1/registry/zones?planId={id}"));
            foreach (var work in plan.GetProperty("definition").Items("keyWorks").Select(w => w.Text("id")))
            {
                keyWorks[work] = await api.All($"/v1/registry/projects?keyWorkId={work}");
            }

            foreach (var project in await api.All($"/v1/registry/projects?planId={id}"))
            {
                projects.Add(await api.Get($"/v1/registry/projects/{project.Text("id")}"));
            }
        }

        return new(plans, projects, summaries, findings, keyWorks, zones);
    }

    public IEnumerable<JsonElement> ProjectsOf(string plan) => Projects.Where(p => p.Text("planId") == plan);

    public static IEnumerable<JsonElement> Measures(JsonElement project) => project.GetProperty("definition").Items("measures");

    /// <summary>The targets of measures, added in the unit that all of them are printed in.</summary>
    public static decimal Sum(IEnumerable<JsonElement> measures)
    {
        var quantities = measures.Select(m => m.GetProperty("quantity")).ToList();
        return quantities.Select(q => q.Text("unit")).Distinct().Count() > 1
            ? throw new InvalidOperationException("The measures to be added are printed in different units.")
            : quantities.Sum(q => q.Number("value"));
    }

    public static decimal Estimates(IEnumerable<JsonElement> projects) => projects.Sum(p => p.Find("estimate")?.Number("amount") ?? 0) / 10_000;
}
