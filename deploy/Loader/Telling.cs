using System.Text.Json;

namespace Restoration.Loader;

/// <summary>What an event is about, in a few words.</summary>
internal static class Telling
{
    public static string Of(JsonElement e)
    {
        var data = e.GetProperty("data");
        var what = data.Find("figure")?.MaybeText("figureId") ?? data.Find("site")?.MaybeText("name") ?? data.Find("account")?.MaybeText("projectId")
            ?? data.MaybeText("figureId") ?? data.MaybeText("name") ?? e.MaybeText("subject") ?? "";
        var amount = data.Find("figure") is { } figure ? figure.Find("verified") ?? figure.Find("reported") : data.Find("value") ?? data.Find("area") ?? data.Find("treated");
        return amount is { ValueKind: JsonValueKind.Object } a ? $"{what}  {Screen.Quantity(a)}"
            : data.MaybeNumber("amount") is { } yuan ? $"{what}  {Screen.Number(yuan / 10_000)} 万元"
            : what;
    }
}
