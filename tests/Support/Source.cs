using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Restoration.Support;

/// <summary>Files of the repository that tests compare with, and write when they are told to.</summary>
public static class Source
{
    public static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether files that differ are written instead of failing: <c>UPDATE_GOLDEN=1</c>, then look at the difference and commit it.</summary>
    public static bool UpdatesGolden => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>The top of the repository.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>A folder beside the test that asks.</summary>
    public static string Folder(string name, [CallerFilePath] string caller = "")
    {
        var tests = Path.Combine(Root, "tests");
        var project = caller.Replace('\\', '/').Split("/tests/")[^1].Split('/')[0];
        return Path.Combine(tests, project, name);
    }

    private static string Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Restoration.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException("No Restoration.sln above the tests.");
    }
}
