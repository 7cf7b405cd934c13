using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// The made-up mine sites: counties survey them and report works, cities verify, link and accept. Every act records one fact about its
/// site, so the site's version says which of them are done.
/// </summary>
internal sealed class Sites(Journal journal, Api reader, Documents documents)
{
    private const string Service = "mines";
    private static readonly string[] s_counting = ["registry", "indicators"];

    /// <summary>What is still to be done.</summary>
    public async Task<List<Step>> Steps()
    {
        var steps = new List<Step>();
        foreach (var site in documents.DemonstrationSites)
        {
            var version = (await reader.Find($"/v1/mines/sites/{site.Text("id")}"))?.GetProperty("version").GetInt32() ?? 0;
            var city = documents.Divisions.Single(d => d.Text("id") == site.Text("division")).Text("parentId");
            steps.AddRange(site.Items("life").Select((act, n) => StepOf(site, city, act, n)).Skip(version));
        }

        return steps;
    }

    private Step StepOf(JsonElement site, string city, JsonElement act, int n)
    {
        var on = DateOnly.ParseExact(act.Text("on"), "yyyy-MM-dd");
        var (verb, name) = (act.Text("act"), site.Text("name"));
        return new(site.Text("id"), on, Service, $"{name}: {verb}", () => Do(site, city, act, n, $"{on:yyyy-MM-dd}T10:00:00+08:00"));
    }

    private Task<long> Do(JsonElement site, string city, JsonElement act, int n, string at)
    {
        var county = site.Text("division");
        return act.Text("act") switch
        {
            "survey" => Post("restoration.site.surveyed.v1", Survey(site)),
            "works" => Post("restoration.site.works-reported.v1", Works(site, act, n, at)),
            "verify" => Command($"reviewer-{city}", $"{city}-21", new { at }),
            "link" => Command($"planner-{city}", $"{city}-22", new { projectId = site.Text("projectId"), at }),
            "self-check" => Command($"reviewer-{county}", $"{county}-02", new { at }),
            "accept" => Command($"reviewer-{city}", $"{city}-23", new { team = new[] { $"{city}-23", $"{city}-24" }, parts = Parts(act), at }, s_counting),
            "reject-acceptance" => Command($"reviewer-{city}", $"{city}-23", new { findings = act.Text("findings"), deadline = act.Text("deadline"), at }),
            "reopen" => Command($"reviewer-{city}", $"{city}-23", new { reason = act.Text("reason"), at }, s_counting),
            "strike-off" => Command($"reviewer-{city}", $"{city}-21", new { reason = act.Text("reason"), at }),
            var other => throw new InvalidOperationException($"Nothing is known of {other} in the life of a site."),
        };

        Task<long> Post(string type, object data) =>
            journal.Post(Service, $"reporter-{county}", $"{county}-01", [Cloud.Event(Cloud.SourceOf(county), $"{site.Text("id")}-{n}", type, site.Text("id"), at, data)]);

        Task<long> Command(string client, string actor, object body, params string[] meantFor) =>
            journal.Command(client, actor, $"/v1/mines/sites/{site.Text("id")}/{act.Text("act")}", $"{site.Text("id")}-{n}", body, meantFor);
    }

    private static object Survey(JsonElement site) => new
    {
        id = site.Text("id"), name = site.Text("name"), division = site.Text("division"), lon = site.Find("lon"), lat = site.Find("lat"), area = Hectares(site, "area"),
        kind = site.Text("kind"), type = site.Text("type"), mineral = site.MaybeText("mineral"), method = site.MaybeText("method"), damage = site.Find("damage"),
        hazards = site.Find("hazards"), responsible = site.Find("responsible"), near = site.Find("near"), note = Cloud.Mark, demonstration = true,
    };

    private static object Works(JsonElement site, JsonElement act, int n, string at) => new
    {
        siteId = site.Text("id"), treated = Hectares(act, "treated"),
        evidence = new[] { Cloud.Evidence(site.Text("division"), $"{site.Text("id")}-{n}", $"{site.Text("id")} {act.Number("treated")} ha", at) }, note = Cloud.Mark,
    };

    private static List<object> Parts(JsonElement accept) =>
    [
        .. accept.Items("parts").Select(p => new
        {
            use = p.Text("use"), area = Hectares(p, "area"),
            measured = p.GetProperty("measured").EnumerateObject().Select(m => new { criterion = m.Name, value = m.Value }).ToList(),
        }),
    ];

    private static object Hectares(JsonElement element, string member) => new { value = element.Number(member), unit = "ha" };
}
