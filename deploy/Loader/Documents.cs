using System.Text.Json;

namespace Restoration.Loader;

/// <summary>The planning documents as data: what <c>deploy/data</c> holds of them.</summary>
internal sealed class Documents(string folder)
{
    private readonly JsonElement _divisions = Read(folder, "divisions");
    private readonly JsonElement _programmes = Read(folder, "programmes");
    private readonly JsonElement _projects = Read(folder, "projects");
    private readonly JsonElement _zones = Read(folder, "zones");
    private readonly JsonElement _indicators = Read(folder, "indicators");
    private JsonElement? _money;

    /// <summary>Divisions, each after the one it lies in.</summary>
    public IReadOnlyList<JsonElement> Divisions => field ??= [.. _divisions.Items("divisions").SelectMany(Below)];

    public string NameOf(string division) => Divisions.Single(d => d.Text("id") == division).Text("name");

    public IReadOnlyList<JsonElement> ReplacedCodes => field ??= [.. _divisions.Items("replacedCodes")];

    /// <summary>Each after the one above it.</summary>
    public IReadOnlyList<JsonElement> Plans => field ??= [.. Read(folder, "plans").Items("plans").OrderBy(p => p.MaybeText("parentPlanId") is not null)];

    public IReadOnlyList<JsonElement> Programmes => field ??= [.. _programmes.Items("programmes")];

    public IReadOnlyList<JsonElement> KeyWorks => field ??= [.. _programmes.Items("keyWorks")];

    public IReadOnlyList<JsonElement> Zones => field ??= [.. _zones.Items("zones")];

    public IReadOnlyList<JsonElement> KeyAreaKinds => field ??= [.. _zones.Items("keyAreaKinds")];

    /// <summary>What a plan says that its zones are.</summary>
    public IReadOnlyList<JsonElement> ZoneRules => field ??= [.. _zones.Items("zoneRules")];

    /// <summary>What a plan sets itself to do; <see cref="Patterns"/> what it draws the land as.</summary>
    public IReadOnlyList<JsonElement> Tasks => field ??= [.. _zones.Items("tasks")];

    public IReadOnlyList<JsonElement> Patterns => field ??= [.. _zones.Items("patterns")];

    /// <summary>The investment total that a plan prints.</summary>
    public JsonElement? Total(string plan) => Of(plan, "totals");

    /// <summary>How many programmes and projects a plan says it has.</summary>
    public JsonElement? StatedCounts(string plan) => Of(plan, "statedCounts");

    public IReadOnlyList<JsonElement> Projects => field ??= [.. _projects.Items("projects")];

    /// <summary>What must hold of the documents, and where they contradict themselves.</summary>
    public IReadOnlyList<JsonElement> Checks => field ??= [.. _projects.Items("checks")];

    public IReadOnlyList<JsonElement> Indicators => field ??= [.. _indicators.Items("indicators")];

    /// <summary>What must hold of the indicator tables, by its id.</summary>
    public JsonElement? IndicatorCheck(string id) => _indicators.Items("checks").Cast<JsonElement?>().FirstOrDefault(c => c!.Value.Text("id") == id);

    public IReadOnlyList<JsonElement> Sections => field ??= [.. Read(folder, "monitoring_sections").Items("sections")];

    /// <summary>Values that the documents state as facts.</summary>
    public IReadOnlyList<JsonElement> Observations => field ??= [.. _indicators.Items("observations")];

    /// <summary>Mine sites that do not exist, with the life that the demonstration gives them.</summary>
    public IReadOnlyList<JsonElement> DemonstrationSites => field ??= [.. Read(folder, "demonstration_sites").Items("sites")];

    /// <summary>Money that does not exist: <c>funds</c>, <c>payments</c>, <c>returns</c>, <c>settlements</c>.</summary>
    public IEnumerable<JsonElement> DemonstrationMoney(string list) => (_money ??= Read(folder, "demonstration_money")).Items(list);

    private JsonElement? Of(string plan, string list) =>
        _programmes.GetProperty("_meta").Items(list).Cast<JsonElement?>().FirstOrDefault(e => e!.Value.Text("planId") == plan);

    private static IEnumerable<JsonElement> Below(JsonElement division) => [division, .. division.Items("children").SelectMany(Below)];

    private static JsonElement Read(string folder, string name)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, $"{name}.json")));
        return json.RootElement.Clone();
    }
}
