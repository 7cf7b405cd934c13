using Restoration.Contracts.Registry;
using Restoration.Messaging;
using Restoration.Support;

namespace Restoration.Indicators.Tests;

/// <summary>Facts arrive in any order and more than once: before what they follow, after their successors, all of them twice.</summary>
public sealed class OrderTests(IndicatorSystem system) : IClassFixture<IndicatorSystem>
{
    private static ProgressVerified Verified(string measure, int quarter, decimal value) => new(
        new Figure(
            $"{measure}.360731.2023-Q{quarter}", "p", "gz", "prog", measure, $"i-{measure[..2]}", "360731", $"2023-Q{quarter}", new(value, "wan-mu"), new(value, "wan-mu"),
            "verified"),
        null, null, new("city", "2001"));

    /// <summary>Whoever took the fact before was interrupted after its commit, or parked this one in the same instant.</summary>
    [Fact]
    public async Task What_was_left_parked_though_its_turn_has_come_is_taken_up_by_itself()
    {
        var registry = new Neighbour(system.Flow.Host.Services, "registryp");
        var (first, second, third) = (Says(1), Says(2), Says(3));
        await registry.Again(third);
        await registry.Again(second);
        await system.Flow.Database.Execute(
            $"insert into edge.received (source, stream, version) values ('registryp', '{first.Stream}', 1)"); // as if the first had been taken by one who died then
        await Eventually.Get(
            () => system.Flow.Database.Value<string>("select coalesce(string_agg(figure_id, ' ' order by figure_id), '') from indicators.contributions where indicator_id = 'i-pp'"),
            ids => ids == "pp-m.360731.2023-Q2 pp-m.360731.2023-Q3", "the others");
        Assert.Equal(0L, await system.Flow.Database.Value<long>("select count(*) from edge.parked where source = 'registryp'"));

        Letter Says(int quarter) => registry.Says("progress-verified.v1", "progress-pp-m", Verified("pp-m", quarter, quarter)) with { Type = "restoration.registry.progress-verified.v1" };
    }

    [Fact]
    public async Task A_dead_letter_that_is_taken_again_before_the_one_before_it_waits_for_that_one()
    {
        var registry = new Neighbour(system.Flow.Host.Services, "registryd");
        var bad = Verified("dd-m", 1, 1);
        bad = bad with { Figure = bad.Figure with { Verified = new(1, "parsecs") } };
        var letters = new[] { bad, Verified("dd-m", 2, 2) }.Select(v =>
            registry.Says("progress-verified.v1", "progress-dd-m", v) with { Type = "restoration.registry.progress-verified.v1" }).ToArray();
        await registry.Again(letters[0]);
        await registry.Again(letters[1]);
        await system.Flow.Database.Execute(
            """
            insert into edge.dead_letters (id, source, stream, version, type, reason, letter)
            select id, source, stream, version, 'progress-verified.v1', 'killed the process twice', letter from edge.parked where source = 'registryd';
            delete from edge.parked where source = 'registryd'
            """);
        (await system.Flow.Operator.Post($"/v1/indicators/ops/dead-letters/{letters[1].Id}/replay", new { })).Is(204);
        Assert.Equal((1L, 0L), (await Count("parked"), await Count("received")));
        (await system.Flow.Operator.Post($"/v1/indicators/ops/dead-letters/{letters[0].Id}/discard", new { })).Is(204);
        Assert.Equal(1L, await system.Flow.Database.Value<long>("select count(*) from indicators.contributions where figure_id = 'dd-m.360731.2023-Q2'"));
        Assert.Equal((0L, 0L, 1L), (await Count("parked"), await Count("dead_letters"), await Count("received")));

        Task<long> Count(string table) => system.Flow.Database.Value<long>($"select count(*) from edge.{table} where source = 'registryd'");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task In_whatever_order_they_come_the_state_is_the_fold_of_the_log(int seed)
    {
        var random = new Random(seed);
        var registry = new Neighbour(system.Flow.Host.Services, $"registry{seed}"); // a source of its own for each order
        var letters = new List<Letter>();
        var fold = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        for (var n = 1; n <= 60; n++)
        {
            var (measure, quarter) = ($"{seed}{seed}-m{random.Next(5)}", random.Next(1, 5));
            fold[$"{measure}.360731.2023-Q{quarter}"] = n;
            letters.Add(registry.Says("progress-verified.v1", $"progress-{measure}", Verified(measure, quarter, n)) with { Type = "restoration.registry.progress-verified.v1" });
        }

        var arriving = letters.Concat(letters).ToArray();
        random.Shuffle(arriving);
        foreach (var letter in arriving)
        {
            await registry.Again(letter);
        }

        Assert.Equal(
            string.Join(' ', fold.Select(f => $"{f.Key}={f.Value}")),
            await system.Flow.Database.Value<string>(
                $"select string_agg(figure_id || '=' || trim_scale(amount / 20000000)::text, ' ' order by figure_id collate \"C\") from indicators.contributions where indicator_id = 'i-{seed}{seed}'"));
        Assert.Equal((0L, (long)letters.Count), (
            await system.Flow.Database.Value<long>($"select count(*) from edge.parked where source = 'registry{seed}'"),
            await system.Flow.Database.Value<long>($"select count(*) from edge.inbox where source = '/registry{seed}'")));
        await system.Flow.AssertOnce();
    }
}
