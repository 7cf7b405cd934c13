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
