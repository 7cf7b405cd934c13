using System.Text.Json;
using System.Text.RegularExpressions;

namespace Restoration.Architecture.Tests;

/// <summary>Every code that is answered has its entry in <c>contracts/problems.json</c>, and every entry is answered somewhere.</summary>
public sealed partial class ProblemCodes
{
    private static readonly Dictionary<string, int> s_statuses = new()
    {
        ["Malformed"] = 400, ["Forbidden"] = 403, ["NotFound"] = 404, ["Conflict"] = 409, ["Moved"] = 412, ["Invalid"] = 422,
    };

    /// <summary>Of the form of a code, and none: tables, queues, files and tags of telemetry. Each must still be there.</summary>
    private static readonly string[] s_others =
    [
        "columns.json", "copies.divisions", "copies.plans", "edge.due", "http.route", "imports.imports", "messaging.system", "problems.json", "restoration.sequence", "restoration.units", "updates.feed", "url.path",
    ];

    private static readonly List<(string File, string Text)> s_sources =
    [
        .. HouseRules.Sources("services").Concat(HouseRules.Sources("gateway"))
            .Select(f => (Path.GetFileName(f), Comment().Replace(File.ReadAllText(f), ""))),
    ];

    private static readonly List<JsonElement> s_entries =
        [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(HouseRules.Root, "contracts", "problems.json"))).RootElement.EnumerateArray()];

    private static readonly List<string> s_listed = [.. s_entries.Select(e => e.GetProperty("code").GetString()!)];

    /// <summary>Whatever is written in the form of a code; a plan's findings have codes of their own, which are no answers.</summary>
    private static readonly HashSet<string> s_written =
    [
        .. s_sources.SelectMany(s => Literal().Matches(s.File is "PlanFindings.cs" or "ZoneFindings.cs" ? Finding().Replace(s.Text, "") : s.Text))
            .Select(m => m.Groups[1].Value).Where(code => !Versioned().IsMatch(code)),
    ];

    [Fact]
    public void Every_code_has_its_entry_and_every_entry_its_code()
    {
        Assert.True(s_written.Count > 100, $"{s_written.Count} codes were found.");
        None(s_others.Except(s_written).Select(o => $"{o} is written nowhere any more."));
        None(s_written.Except(s_others).Except(s_listed).Select(c => $"{c} has no entry in contracts/problems.json."));
        None(s_listed.Except(s_written).Select(c => $"{c} has an entry and is answered nowhere."));
        Assert.Equal(s_listed.Distinct().Order(StringComparer.Ordinal), s_listed);
    }

    [Fact]
    public void An_entry_names_the_statuses_its_code_is_answered_with()
    {
        var seen = s_sources.SelectMany(s => Statuses(s.Text)).GroupBy(c => c.Code).ToDictionary(g => g.Key, g => g.Select(c => c.Status).Distinct().Order().ToList());
        Assert.True(seen.Count > 100, $"The status of {seen.Count} codes was seen.");
        None(s_entries
            .Select(e => (Code: e.GetProperty("code").GetString()!, Said: e.GetProperty("status").EnumerateArray().Select(s => s.GetInt32()).ToList()))
            .Where(e => !seen.GetValueOrDefault(e.Code, []).SequenceEqual(e.Said))
            .Select(e => $"{e.Code}: the entry says {string.Join(", ", e.Said)}, the source {string.Join(", ", seen.GetValueOrDefault(e.Code, []))}."));
    }

    [Fact]
    public void An_entry_says_everything_in_both_languages()
    {
        foreach (var entry in s_entries)
        {
            Assert.Equal(["code", "status", "title", "meaning", "remedy"], entry.EnumerateObject().Select(m => m.Name));
            Assert.All(new[] { "title", "meaning", "remedy" }, part =>
            {
                var (en, zh) = (entry.GetProperty(part).GetProperty("en").GetString()!, entry.GetProperty(part).GetProperty("zh").GetString()!);
                Assert.True(part == "title" ? !Ended().IsMatch(en) && !Ended().IsMatch(zh) : en.EndsWith('.') && zh.EndsWith('。'), $"{en} {zh}");
                Assert.DoesNotMatch(Han(), en);
                Assert.Matches(Han(), zh);
            });
        }
    }

    private static void None(IEnumerable<string> wrong)
    {
        var all = string.Join('\n', wrong);
        Assert.True(all.Length == 0, all);
    }

    private static IEnumerable<(string Code, int Status)> Statuses(string text)
    {
        foreach (Match m in Refused().Matches(text))
            foreach (var code in m.Groups["code"].Captures.Select(c => c.Value))
                yield return (code, s_statuses[m.Groups["kind"].Value]);
        foreach (Match m in Answered().Matches(text))
            yield return (m.Groups["code"].Value, int.Parse(m.Groups["status"].Value, System.Globalization.CultureInfo.InvariantCulture));
        // Broken rules, listed with their codes: all of them together are one Refusal.Invalid.
        foreach (Match m in Broken().Matches(text))
            yield return (m.Groups["code"].Value, 422);
        // Where the status comes from outside: one of a switch on it, which says it before; "routed ? a : b" has two codes.
        foreach (Match m in Switched().Matches(text))
            foreach (var code in m.Groups["code"].Captures.Select(c => c.Value))
                yield return (code, int.Parse(m.Groups["status"].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    private const string Code = @"""(?<code>[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*)""";

    [GeneratedRegex(@"""([a-z][a-z0-9-]*\.[a-z][a-z0-9-]*)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\.v[0-9]+$")]
    private static partial Regex Versioned();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"new(?: Finding)?\(\s*""[a-z.-]+""")]
    private static partial Regex Finding();

    /// <summary>Refusal.Invalid("code", …), also as condition ? "code" : "code"; new(RefusalKind.Moved, "code", …).</summary>
    [GeneratedRegex(@"(?:Refusal\.(?<kind>[A-Z][A-Za-z]+)\(|RefusalKind\.(?<kind>[A-Z][A-Za-z]+),)\s*(?:[^"";]*\?\s*)?" + Code + @"(?:\s*:\s*" + Code + ")?")]
    private static partial Regex Refused();

    /// <summary>Problems.Of(413, "code", …), new(StatusCodes.Status429TooManyRequests, "code", …).</summary>
    [GeneratedRegex(@"\(\s*(?:[\w.]*\.Status)?(?<status>[1-5][0-9]{2})\w*,\s*" + Code)]
    private static partial Regex Answered();

    [GeneratedRegex(@"(?<!\w)\(" + Code + @",\s*(?:new Fault\(|\$?"")")]
    private static partial Regex Broken();

    [GeneratedRegex(@"^\s*(?<status>[1-5][0-9]{2}) => Problems\.Of\(status, (?:\w+ \? )?" + Code + @"(?: : " + Code + ")?", RegexOptions.Multiline)]
    private static partial Regex Switched();

    [GeneratedRegex(@"[.。]$")]
    private static partial Regex Ended();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Han();
}
