using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Restoration.Support;
using Spectre.Console;

namespace Restoration.Benchmarks;

/// <summary>One line of a table: the median of its rounds.</summary>
/// <param name="Ratio">To what it stands beside, the median of each round's own ratio.</param>
/// <param name="Bar">What the ratio has to reach.</param>
internal sealed record Figure(string Name, double PerSecond, double? Ratio, double? Bar, double? P50, double? P99)
{
    public bool? Reached => Bar is null ? null : Ratio >= Bar;

    public static Figure Of(string name, IReadOnlyList<Turn> turns, IReadOnlyList<Turn>? beside = null, double? bar = null) => new(
        name, turns.Select(t => t.PerSecond).Median(), beside is null ? null : turns.Zip(beside, (t, b) => t.PerSecond / b.PerSecond).Median(), bar,
        Known(turns.Select(t => t.P50).Median()), Known(turns.Select(t => t.P99).Median()));

    private static double? Known(double value) => double.IsNaN(value) ? null : value;
}

internal sealed record MachineLine(
    string Benchmark, string Processor, int Cores, double MemoryGb, string Postgres, string DotNet, string Commit, DateTimeOffset At);

internal sealed record FigureLine(string Benchmark, string Unit, Figure Figure);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MachineLine))]
[JsonSerializable(typeof(FigureLine))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>Shows what was measured, as tables or as a line of JSON for each figure.</summary>
internal sealed class Report(bool json)
{
    private static readonly ReportJson s_json = new(new(ReportJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public async Task Machine(string benchmark)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = 160;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }

        await using var server = NpgsqlDataSource.Create(TestServers.Superuser());
        await using var version = server.CreateCommand("select current_setting('server_version')");
        var line = new MachineLine(
            benchmark,
            (await File.ReadAllLinesAsync("/proc/cpuinfo")).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown",
            Environment.ProcessorCount, Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1), $"{await version.ExecuteScalarAsync()}",
            RuntimeInformation.FrameworkDescription, await Commit(), DateTimeOffset.UtcNow);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(line, s_json.MachineLine));
        else
            AnsiConsole.MarkupLineInterpolated($"[bold]{line.Benchmark}[/]  {line.Processor}, {line.Cores} cores, {line.MemoryGb} GB · PostgreSQL {line.Postgres} · {line.DotNet} · commit {line.Commit} · {line.At:yyyy-MM-dd HH:mm}Z");
    }

    public void Figures(string benchmark, string unit, IReadOnlyList<Figure> figures)
    {
        if (json)
        {
            foreach (var figure in figures)
                Console.WriteLine(JsonSerializer.Serialize(new FigureLine(benchmark, unit, figure), s_json.FigureLine));
            return;
        }

        var table = new Table { Border = TableBorder.Markdown };
        table.AddColumns(new TableColumn("") { NoWrap = true }, Right(unit), Right("ratio"), Right("bar"), Right("p50 ms"), Right("p99 ms"));
        foreach (var f in figures)
        {
            table.AddRow(
                new Text(f.Name), new Text(Number(f.PerSecond)), new Text(Short(f.Ratio)),
                f.Reached is { } reached ? new Markup($"{(reached ? "[green]≥" : "[red]<")} {Short(f.Bar)}[/]") : new Text(""),
                new Text(Short(f.P50)), new Text(Short(f.P99)));
        }

        AnsiConsole.Write(table);

        static TableColumn Right(string name) => new(name) { Alignment = Justify.Right, NoWrap = true };
        static string Number(double value) => value.ToString("#,##0", CultureInfo.InvariantCulture);
        static string Short(double? value) => value?.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) ?? "";
    }

    public void Note(string text)
    {
        if (!json)
            AnsiConsole.MarkupLineInterpolated($"{text}");
    }

    private static async Task<string> Commit()
    {
        try
        {
            var changed = await Tool.Run("git", ["-C", AppContext.BaseDirectory, "status", "--porcelain", "--untracked-files=no"]);
            return (await Tool.Run("git", ["-C", AppContext.BaseDirectory, "rev-parse", "--short", "HEAD"])).Trim() + (changed.Length > 0 ? " with changes" : "");
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
