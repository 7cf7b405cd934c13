using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// The made-up funds: opened, filled, allocated, issued by another person, paid by the treasury. Most of it may be repeated, because it
/// carries an id; for what carries none the histories are asked first.
/// </summary>
internal sealed class Money(Journal journal, Api reader, Documents documents)
{
    private const string Service = "funding";

    /// <summary>The project knows what was issued and paid, and so do its mine sites.</summary>
    private static readonly string[] s_users = ["registry", "mines"];

    public async Task<List<Step>> Steps()
    {
        var steps = new List<Step>();
        foreach (var fund in documents.DemonstrationMoney("funds")) steps.AddRange(await OfFund(fund));
        foreach (var payment in documents.DemonstrationMoney("payments")) steps.Add(Paid(payment.Text("on"), [payment]));
        foreach (var part in documents.DemonstrationMoney("returns")) steps.AddRange(await Returned(part));
        foreach (var account in documents.DemonstrationMoney("settlements"))
        {
            var (project, on) = (account.Text("projectId"), account.Text("on"));
            steps.Add(StepOf(on, $"{project}: account settled", () => Command(
                CityOf(project), "35", $"/v1/funding/projects/{project}/account/settle", project, new { at = At(on) }, "registry")));
        }

        return steps;
    }

    private async Task<IEnumerable<Step>> OfFund(JsonElement fund)
    {
        var (id, division) = (fund.Text("id"), fund.Text("division"));
        var filled = (await Known($"/v1/funding/funds/{id}", "fund-appropriated", "documentNumber")).ToHashSet();
        var opened = $"{fund.GetProperty("from").GetInt32()}-01-04";
        return
        [
            StepOf(opened, $"{id}: opened", () => Command(division, "33", "/v1/funding/funds", id, new
            {
                id, name = fund.Text("name"), channel = fund.Text("channel"), division, @from = fund.Find("from"), to = fund.Find("to"),
                planId = fund.Text("planId"), note = Cloud.Mark, at = At(opened),
            })),
            .. from a in fund.Items("appropriations")
               let number = a.Text("documentNumber")
               where !filled.Contains(number)
               select StepOf(a.Text("on"), $"{id}: appropriated", () => Command(
                   division, "33", $"/v1/funding/funds/{id}/appropriate", $"{id}-{a.Text("on")}",
                   new { amount = WanYuan(a.GetProperty("amount")), documentNumber = number, note = Cloud.Mark, at = At(a.Text("on")) })),
            .. fund.Items("allocations").SelectMany(a => Allocated(a, id, division)),
        ];
    }

    private IEnumerable<Step> Allocated(JsonElement allocation, string fund, string division)
    {
        var (id, made) = (allocation.Text("id"), allocation.Text("on"));
        yield return StepOf(made, $"{id}: allocated", () => Unshown(division, "33", "/v1/funding/allocations", id, new
        {
            id, fundId = fund, at = At(made), documentNumber = $"{Cloud.Mark}-{id}",
            items = allocation.GetProperty("items").EnumerateObject().Select(i => new { projectId = i.Name, amount = WanYuan(i.Value) }).ToList(),
        }));
        if (allocation.MaybeText("issuedOn") is not { } issued) yield break;
        yield return StepOf(issued, $"{id}: issued", () => Unshown(division, "34", $"/v1/funding/allocations/{id}/issue", id, new { at = At(issued) }));
        if (allocation.Find("paid") is not { } paid) yield break;
        yield return Paid(paid.Text("on"), [.. paid.GetProperty("items").EnumerateObject().Select(i => JsonSerializer.SerializeToElement(
            new { id = $"{id}-{i.Name}", projectId = i.Name, fundId = fund, amount = i.Value }))]);
    }

    /// <param name="payments">Of one city: its treasury posts them.</param>
    private Step Paid(string on, IReadOnlyList<JsonElement> payments)
    {
        var city = CityOf(payments[0].Text("projectId"));
        var source = $"/treasury/{city}/demo";
        return StepOf(on, $"{payments[0].Text("fundId")}: {payments.Count} paid", () => journal.Post(Service, $"finance-{city}", null,
        [
            .. payments.Select(p => Cloud.Event(source, p.Text("id"), "restoration.payment.executed.v1", p.Text("projectId"), At(on), new
            {
                paymentId = p.Text("id"), projectId = p.Text("projectId"), fundId = p.Text("fundId"), amount = WanYuan(p.GetProperty("amount")),
                requestedBy = $"{city}-31", approvedBy = $"{city}-32", purpose = p.MaybeText("purpose"), note = Cloud.Mark,
            })),
        ], s_users));
    }

    private async Task<IEnumerable<Step>> Returned(JsonElement part)
    {
        var (project, on, reason) = (part.Text("projectId"), part.Text("on"), part.Text("reason"));
        var account = $"/v1/funding/projects/{project}/account";
        if ((await Known(account, "money-returned", "reason")).Contains(reason)) return [];
        return [StepOf(on, $"{project}: returned", () => Unshown(CityOf(project), "35", $"{account}/return", $"{project}-{on}",
            new { fundId = part.Text("fundId"), amount = WanYuan(part.GetProperty("amount")), reason, at = At(on) }))];
    }

    /// <summary>What earlier facts of a kind said in one member.</summary>
    private async Task<IEnumerable<string?>> Known(string resource, string kind, string member) =>
        await reader.Find(resource) is null ? []
        : (await reader.All($"{resource}/history")).Where(f => f.Text("type").StartsWith(kind, StringComparison.Ordinal)).Select(f => f.GetProperty("data").MaybeText(member));

    private Task<long> Command(string division, string person, string path, string id, object body, params string[] meantFor) =>
        journal.Command($"finance-{division}", $"{division}-{person}", path, id, body, meantFor);

    /// <summary>Both sides of a movement are recorded as one unit, whose last fact does not leave the service.</summary>
    private async Task<long> Unshown(string division, string person, string path, string id, object body)
    {
        await journal.Internal($"finance-{division}", $"{division}-{person}", path, id, body);
        return 0;
    }

    private string CityOf(string project) => Acts.PlanOf(documents, documents.Projects.Single(p => p.Text("id") == project)).Text("division");

    private static Step StepOf(string on, string what, Func<Task<long>> act) => new(Service, DateOnly.ParseExact(on, "yyyy-MM-dd"), Service, what, act);

    private static string At(string on) => $"{on}T11:00:00+08:00";

    private static object WanYuan(JsonElement amount) => new { amount, unit = "wan-yuan" };
}
