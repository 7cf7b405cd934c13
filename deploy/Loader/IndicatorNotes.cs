using System.Globalization;
using System.Text.Json;

namespace Restoration.Loader;

/// <summary>What the documents say of an indicator beside its definition: where it is printed, how, and what of it is not.</summary>
internal static class IndicatorNotes
{
    private static readonly (string Flag, string Text)[] s_inferred =
    [
        ("categoryInferred", "its category is printed once for a block of rows"),
        ("accumulationInferred", "that it is accumulated within the period is inferred, not printed"),
        ("baselineInferred", "its baseline is inferred, not printed as one"),
        ("noteInferred", "what is noted of it is inferred, not printed"),
    ];

    public static List<string> Of(JsonElement indicator) =>
    [
        $"printed in {Place(indicator.GetProperty("source"))}",
        .. indicator.Items("alsoIn").Select(place => $"also in {Place(place)}"),
        .. Notes.Of(indicator),
        .. s_inferred.Where(i => indicator.Flag(i.Flag)).Select(i => i.Text),
        .. indicator.MaybeText("sectionKind") is { } kind ? [$"sections: {kind}"] : (IEnumerable<string>)[],
        .. indicator.Find("definition") is { } definition ? Definition(definition) : [],
        .. indicator.Find("baseline") is { } baseline ? Baseline(baseline) : [],
        .. indicator.Items("targets").SelectMany(Target),
        .. indicator.Items("textMentions").Select(Mention),
    ];

    private static IEnumerable<string> Definition(JsonElement definition)
    {
        if (definition.MaybeText("quantity") is { } quantity) yield return $"what it measures: {quantity}";
        if (definition.MaybeText("stockOrFlow") is { } kind) yield return $"it is a {kind}";
        yield return $"defined in footnote {definition.Text("footnote")}, {Place(definition.GetProperty("source"))}: {definition.Text("textEn")}";
    }

    private static IEnumerable<string> Baseline(JsonElement baseline)
    {
        // A bare number is in the definition already; bounds, dashes and words are not.
        if (baseline.MaybeText("raw") is { } raw && !decimal.TryParse(raw, CultureInfo.InvariantCulture, out _)) yield return $"baseline printed as {raw}";
        if (baseline.Find("source") is { } source) yield return $"baseline from {Place(source)}";
        if (baseline.MaybeText("note") is { } note) yield return $"baseline: {note}";
        if (baseline.Flag("yearInferred")) yield return "the year of its baseline is inferred, not printed";
    }

    private static IEnumerable<string> Target(JsonElement target)
    {
        if (target.MaybeText("reference") is { } reference) yield return $"its target refers to {reference}";
        if (target.Flag("valueInferred")) yield return "the number of its target is inferred, not printed there";
        if (target.Flag("yearInferred")) yield return "the year of its target is inferred, not printed";
    }

    private static string Mention(JsonElement mention) =>
        $"the text, {Place(mention.GetProperty("source"))}: {mention.Text("raw")}{(mention.Flag("yearInferred") ? $" ({mention.GetProperty("year")} is inferred)" : "")}";

    private static string Place(JsonElement source) => $"{source.Text("document")} {source.Text("section")}";
}
