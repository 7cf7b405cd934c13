using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>The form of every refusal (conventions §5), wherever it comes from.</summary>
public static class Worded
{
    /// <summary>The last is where the programs lie.</summary>
    private static readonly string[] s_insides =
        ["   at ", "Npgsql", "System.", "Microsoft.", "Exception", "select ", ".cs:", AppContext.BaseDirectory[..AppContext.BaseDirectory.IndexOf("/.artifacts/", StringComparison.Ordinal)]];

    /// <summary>Answers the code.</summary>
    public static string Is(Operation operation, Answer answer)
    {
        Assert.True(answer.Header("Content-Type") == "application/problem+json", $"{operation} answers {answer.Status} {answer.Header("Content-Type")} {answer.Text}");
        var problem = answer.Json;
        Assert.Equal(answer.Status, problem.GetProperty("status").GetInt32());
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("traceId").GetString());
        Assert.Equal($"/problems/{answer.Code}", problem.GetProperty("type").GetString());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.False(TellsOfInside(answer.Text), $"{operation}: {answer.Text}");
        return answer.Code!;
    }

    /// <summary>Of code, of the database, of the machine.</summary>
    public static bool TellsOfInside(string text) => s_insides.Any(i => text.Contains(i, StringComparison.Ordinal));

    /// <summary>What is said of each code has a page in both languages.</summary>
    public static async Task HavePages(TheSystem system, IEnumerable<string> codes)
    {
        foreach (var code in codes)
        {
            foreach (var language in new[] { "en", "zh" })
            {
                var page = (await system.Nobody.Get($"/problems/{code}", ("Accept-Language", language))).Is(200);
                Assert.Equal("text/html; charset=utf-8", page.Header("Content-Type"));
                Assert.Contains($"<html lang=\"{language}", page.Text, StringComparison.Ordinal);
            }

            var entry = (await system.Nobody.Get($"/problems/{code}", ("Accept", "application/json"))).Is(200).Json;
            Assert.Equal(JsonValueKind.Object, entry.ValueKind);
        }
    }
}
