using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Restoration.Architecture.Tests;

/// <summary>Who may know whom, and how large things may grow. Each rule first asserts that it found what it is about.</summary>
public sealed class HouseRules
{
    private const int LongestFile = 350, LongestProgram = 40, SharedFiles = 97, SharedLines = 10_900;

    internal static readonly string Root = Top(AppContext.BaseDirectory);

    private static readonly string[] s_services = [.. Directory.GetDirectories(Path.Combine(Root, "services")).Select(d => Path.GetFileName(d)!).Where(n => n != "Shared")];

    /// <summary>What a project may reference; services alike, and nothing else may appear under these folders.</summary>
    private static readonly Dictionary<string, string[]> s_projects = new()
    {
        ["Contracts"] = [],
        ["Domain"] = [],
        ["EventStore"] = ["Domain"],
        ["Messaging"] = ["EventStore", "Domain"],
        ["ServiceDefaults"] = ["Domain"],
        ["Http"] = ["ServiceDefaults", "EventStore", "Messaging"],
        ["Copies"] = ["Messaging", "Contracts"],
        ["Gateway"] = ["ServiceDefaults"],
    };

    private static readonly Dictionary<string, string[]> s_packages = new()
    {
        ["Contracts"] = [],
        ["Domain"] = [],
        ["EventStore"] = ["Npgsql"],
        ["Messaging"] = ["MassTransit.RabbitMQ", "RabbitMQ.Client"],
        ["Http"] = ["CsvHelper"],
        ["Registry"] = [],
    };

    [Fact]
    public void A_project_knows_only_those_it_may()
    {
        var projects = Projects("services").Concat(Projects("gateway")).Concat(Projects("contracts")).ToList();
        Assert.True(projects.Count >= 8, string.Join(", ", projects.Select(p => p.Name)));
        Assert.All(projects, project =>
        {
            var allowed = s_services.Contains(project.Name) ? ["Http", "Messaging", "EventStore", "Domain", "ServiceDefaults", "Copies", "Contracts"] : s_projects[project.Name];
            Assert.Empty(project.References.Except(allowed).Select(r => $"{project.Name} knows {r}"));
            if (s_packages.TryGetValue(project.Name, out var packages))
                Assert.Empty(project.Packages.Except(packages).Select(p => $"{project.Name} uses {p}"));
        });
    }

    [Fact]
    public void A_test_project_knows_its_own_service_only()
    {
        var tests = Projects("tests").Where(p => s_services.Any(s => p.Name == $"{s}.Tests")).ToList();
        Assert.NotEmpty(tests);
        Assert.All(tests, t => Assert.Empty(t.References.Where(r => s_services.Contains(r) && t.Name != $"{r}.Tests").Select(r => $"{t.Name} knows {r}")));
        Assert.All(Projects("tests").Where(p => p.Name == "System.Tests"), t => Assert.DoesNotContain(t.References, s_services.Contains));
    }

    [Fact]
    public void Facts_and_rules_know_the_domain_only()
    {
        var files = Sources("services").Where(f => Regex.IsMatch(f, @"(Decider|Events)\.cs$") && !f.Contains("/Shared/", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count(f => f.EndsWith("Decider.cs", StringComparison.Ordinal)) >= 4 && files.Count(f => f.EndsWith("Events.cs", StringComparison.Ordinal)) >= 4);
        Assert.All(files, file =>
        {
            var service = Path.GetRelativePath(Path.Combine(Root, "services"), file).Split('/')[0];
            var text = File.ReadAllText(file);
            var foreign = Regex.Matches(text, @"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline).Select(m => m.Groups[1].Value)
                .Where(u => u != "Restoration.Domain" && !Regex.IsMatch(u, $@"^(System(\.(Text\.Json\.Serialization|Collections\.\w+|Globalization|Text\.RegularExpressions))?|Restoration\.{service}\.(?!Views)\w+)$"));
            Assert.Empty(foreign.Select(u => $"{Path.GetFileName(file)} uses {u}"));
            Assert.DoesNotMatch(@"\b(async|await|Task<|ILogger|TimeProvider|HttpContext|Npgsql\w*|Random)\b", Regex.Replace(text, @"//.*$", "", RegexOptions.Multiline));
        });
    }

    [Fact]
    public void Nothing_else_stands_at_the_top()
    {
        string[] expected =
        [
            ".ci", ".config", ".editorconfig", ".gitignore", "Directory.Build.props", "Directory.Packages.props", "README.md", "Restoration.sln",
            "contracts", "deploy", "gateway", "services", "tests",
        ];
        string[] unkept = [".git", ".artifacts", ".run", ".vs", ".vscode", ".idea"];
        var found = Directory.GetFileSystemEntries(Root).Select(Path.GetFileName).Except(unkept).Order(StringComparer.Ordinal);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Shared_stays_small()
    {
        var files = Sources(Path.Combine("services", "Shared")).ToList();
        Assert.NotEmpty(files);
        var lines = files.Sum(f => File.ReadLines(f).Count());
        Assert.True(files.Count <= SharedFiles && lines <= SharedLines, $"{files.Count} files of {SharedFiles}, {lines} lines of {SharedLines}: something belongs to a service.");
    }

    /// <summary>
    /// Questions about the past put temporary tables before those in use (<c>Past</c>), and a prepared statement keeps the plan of the
    /// table that its name meant first. So what is prepared either names its tables with their schema or has a pool of its own.
    /// </summary>
    [Fact]
    public void What_names_tables_of_views_is_not_prepared()
    {
        var prepared = Sources("services").Where(f => Regex.IsMatch(File.ReadAllText(f), @"\.Prepare(Async)?\(")).ToList();
        Assert.Equal(
            ["Append.cs", "Committer.cs", "EventReader.cs", "FeedLog.cs", "Follower.cs"], // the writer has its own sessions
            prepared.Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        foreach (var file in prepared)
        {
            var sql = Regex.Replace(File.ReadAllText(file), @"//.*$", "", RegexOptions.Multiline);
            var tables = Regex.Matches(sql, @"\b(?:from|join|into|update) (?!unnest|pg_|set\b|of\b|made\b|grown\b)([a-z_]+)(\.[a-z_]+)?(?=[ (\n])").ToList();
            Assert.NotEmpty(tables);
            if (Path.GetFileName(file) != "Append.cs")
                Assert.All(tables, t => Assert.True(t.Groups[2].Success, $"{Path.GetFileName(file)}: {t.Value}"));
        }

        Assert.DoesNotContain(Sources("services"), f => Regex.IsMatch(File.ReadAllText(f), @"MaxAutoPrepare|Max Auto Prepare"));
    }

    [Fact]
    public void A_program_only_wires()
    {
        var programs = Sources("services").Concat(Sources("gateway")).Where(f => Path.GetFileName(f) == "Program.cs").ToList();
        Assert.Equal(s_services.Length + 1, programs.Count);
        Assert.All(programs, p => Assert.True(File.ReadLines(p).Count(l => l.Trim().Length > 0) <= LongestProgram, $"{p} has more than {LongestProgram} lines."));
    }

    [Fact]
    public void No_file_is_longer_than_one_can_read()
    {
        var files = Sources("services").Concat(Sources("gateway")).Concat(Sources("contracts")).Concat(Sources("deploy")).Concat(Sources("tests")).ToList();
        Assert.True(files.Count > 100);
        Assert.All(files, f => Assert.True(File.ReadLines(f).Count() <= LongestFile, $"{f} has more than {LongestFile} lines."));
    }

    private sealed record Project(string Name, IReadOnlyList<string> References, IReadOnlyList<string> Packages);

    private static IEnumerable<Project> Projects(string folder) => Files(folder, "*.csproj").Select(file =>
    {
        var xml = XDocument.Load(file);
        return new Project(Path.GetFileNameWithoutExtension(file), Includes("ProjectReference", r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/'))), Includes("PackageReference", r => r));

        List<string> Includes(string element, Func<string, string> name) => [.. xml.Descendants(element).Select(e => name(e.Attribute("Include")!.Value))];
    });

    internal static IEnumerable<string> Sources(string folder) => Files(folder, "*.cs");

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    private static string Top(string folder) => File.Exists(Path.Combine(folder, "Restoration.sln")) ? folder : Top(Path.GetDirectoryName(folder.TrimEnd('/'))!);
}
