using System.Buffers.Text;
using System.Diagnostics;
using CsvHelper;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What measures the memory of this process has it for itself.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>A million figures as CSV, and readers that are slow, go away or are too many.</summary>
[Collection(nameof(Alone))]
public sealed class ExportTests(RegistrySystem registry) : IClassFixture<RegistrySystem>, IAsyncLifetime
{
    private const int Many = 1_000_000, Some = 150_000;

    private const string Fetching = "from pg_stat_activity a where a.datname = current_database() and a.query like 'fetch%export'";

    private static readonly (string, string) s_csv = ("Accept", "text/csv");

    /// <summary>As a report would have made them: copies of one that was made so.</summary>
    public async ValueTask InitializeAsync()
    {
        if (await registry.Database.Value<long>("select count(*) from registry.figures") > 0)
            return;
        (await registry.Reporter.PostEvent(Event(Data(1.25m)))).Is(201);
        await registry.Database.Execute(
            $"""
            drop index registry.figures_project, registry.figures_division;
            insert into registry.figures
            select 'x-' || lpad(i::text, 7, '0'), version, state, case when i <= {Some} then 'some' else 'most' end, project_id, plan_id, programme_id, division, period,
                period_from, period_to, reported, verified, figure
            from registry.figures, generate_series(1, {Many}) i;
            delete from registry.figures where id not like 'x-%'
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static long Memory()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 >> 20;
    }

    private async Task<Stream> Export(string query = "?measureId=some")
    {
        var response = await registry.Planner.Open($"/v1/registry/progress{query}", s_csv);
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStreamAsync();
    }

    /// <summary>Reads on, and answers how many figures came; each must be the next.</summary>
    private static async Task<int> Count(Stream stream, Action<int> each)
    {
        await using var csv = CsvReader.Create(stream);
        var count = 0;
        for (; await csv.ReadAsync(); each(++count))
            Assert.True(Utf8Parser.TryParse(csv.GetSpan(0)[2..], out int id, out _) && id == count + 1, $"{csv.GetString(0)} comes after {count} others");
        return count;
    }

    private Task<long> Fetches() => registry.Database.Value<long>($"select count(*) {Fetching}");

    [Fact]
    public async Task A_million_figures_are_streamed_in_steady_memory()
    {
        for (var i = 0; i < 20; i++)
            (await registry.Planner.Get("/v1/registry/progress?limit=500", s_csv)).Is(200);
        GC.Collect();
        var (before, most, started) = (Memory(), 0L, Stopwatch.GetTimestamp());
        await using var stream = await Export("");
        var count = await Count(stream, n => most = n % 20_000 == 0 ? Math.Max(most, Memory()) : most);
        Assert.Equal(Many, count);
        Assert.True(most - before < 60, $"{before} MiB became {most}.");
        TestContext.Current.TestOutputHelper?.WriteLine($"{before} MiB became {most}, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s.");
    }

    [Fact]
    public async Task A_slow_reader_holds_no_memory_and_nothing_of_the_database()
    {
        await using var stream = await Export();
        await stream.ReadExactlyAsync(new byte[1 << 16]);
        var before = Memory();
        var fetching = await Eventually.Get(Fetches, n => n == 1, "rows wait for the reader");

        // A socket that is full for five seconds is given up by PostgreSQL, a transaction that idles as long too.
        await Task.Delay(TimeSpan.FromSeconds(7), TestContext.Current.CancellationToken);
        Assert.True(Memory() - before < 20, $"{before} MiB became {Memory()}.");
        Assert.Equal((1, 0), (fetching, await registry.Database.Value<long>($"select count(*) {Fetching} and (a.backend_xmin is not null or a.xact_start is not null)")));
        Assert.Equal(0, await registry.Database.Value<long>($"select count(*) from pg_locks where relation = 'registry.figures'::regclass and pid in (select pid {Fetching})"));

        using var rest = new StreamReader(stream);
        var last = "";
        while (await rest.ReadLineAsync() is { } line)
            last = line;
        Assert.StartsWith($"x-{Some:0000000},", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_goes_away_leaves_nothing_behind()
    {
        for (var i = 0; i < 3; i++)
        {
            await using (var stream = await Export())
                await stream.ReadExactlyAsync(new byte[1 << 16]);
            await Eventually.Get(Fetches, n => n == 0, "nobody fetches any more", 10);
        }

        Assert.Equal(0, await registry.Database.Value<long>("select count(*) from pg_stat_activity where datname = current_database() and query like 'declare export%'"));
        (await registry.Planner.Get("/v1/registry/progress?measureId=none", s_csv)).Is(200);
    }

    [Fact]
    public async Task Too_many_exports_are_told_when_to_come_again()
    {
        var first = await Export();
        await using (first)
        {
            await using var second = await Export();
            var third = (await registry.Planner.Get("/v1/registry/progress?measureId=some", s_csv)).Is(503, "exports.busy");
            Assert.NotNull(third.Header("Retry-After"));
            (await registry.Planner.Get("/v1/registry/progress?limit=500", s_csv)).Is(200); // a page is no export
            (await registry.Planner.Get("/v1/registry/progress")).Is(200);
        }

        await Eventually.Get(() => registry.Planner.Get("/v1/registry/progress?measureId=none", s_csv), a => a.Status == 200, "there is room again");
    }

    [Fact]
    public async Task What_fails_midway_does_not_look_complete()
    {
        await using var stream = await Export();
        await stream.ReadExactlyAsync(new byte[1 << 16]);
        await Eventually.Get(Fetches, n => n == 1, "rows wait for the reader");
        await registry.Database.Value<bool>($"select bool_and(pg_terminate_backend(pid)) {Fetching}");
        await Assert.ThrowsAnyAsync<IOException>(() => stream.CopyToAsync(Stream.Null));
    }
}
