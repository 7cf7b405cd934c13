using System.Globalization;
using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>Mine sites by county: known, in works, accepted, and what is reached of the targets.</summary>
internal sealed class Mines() : Section("Mine sites", "mines")
{
    private const int Others = 46;
    private IReadOnlyList<JsonElement> _rows = [];

    protected override async Task Read(Ground ground)
    {
        var accounts = await ground.Api.Get($"/v1/mines/accounts?division={ground.Division}");
        _rows = [accounts.GetProperty("whole"), .. accounts.Items("counties")];
    }

    public override Table Draw(int rows, int cells)
    {
        var table = Of(("", Justify.Left), ("Known", Justify.Right), ("Works", Justify.Right), ("Accepted", Justify.Right), ("ha", Justify.Right), ("Of target", Justify.Right));
        // The whole is first; of the counties those with most to do.
        foreach (var row in Fitting(_rows, rows, r => r.Find("division") is null || r.MaybeText("name") is null ? int.MinValue : -(int)(Sites(r, "known") - Sites(r, "accepted"))))
        {
            table.AddRow(
                Screen.Cut(row.MaybeText("name") ?? row.MaybeText("division") ?? "All", Math.Max(6, cells - Others)).EscapeMarkup(), Count(row, "known"), Count(row, "inWorks"),
                Count(row, "accepted"), Screen.Number(decimal.Round(row.GetProperty("accepted").GetProperty("area").Number("value"), 1)), Target(row));
        }

        return More(table, _rows.Count - rows);
    }

    private static decimal Sites(JsonElement row, string member) => row.GetProperty(member).Number("sites");

    private static string Count(JsonElement row, string member) => Sites(row, member).ToString(CultureInfo.InvariantCulture);

    private static string Target(JsonElement row) => row.Find("sitesTarget") is { } target
        ? $"{Screen.Number(target.Number("attained"))}/{Screen.Number(target.Number("target"))}" : "–";
}
