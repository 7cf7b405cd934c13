using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Two replicas of sixteen writers each on few streams of one database: each commit's guard fails again and again.</summary>
public sealed class Contention(Store store) : IClassFixture<Store>
{
    private const int Writers = 16;

    [Fact]
    public async Task Nothing_is_lost_and_no_account_falls_below_zero()
    {
        EventLog[] logs = [(await store.Start()).Log, (await store.Start()).Log];
        string[] hot = ["hot1", "hot2", "hot3", "hot4"];
        await logs[0].Write([.. hot.SelectMany(id => new[] { Opening(id), PayingIn(id, 10) })]);

        var outcomes = (await Task.WhenAll(logs.SelectMany((log, l) => Enumerable.Range(0, Writers).Select(w => Write(log, new Random((100 * l) + w), hot)))))
            .SelectMany(o => o).ToList();

        foreach (var id in hot)
        {
            var events = await store.Events(id);
            Assert.Equal(Enumerable.Range(1, events.Count).Select(v => (long)v), events.Select(e => e.Version));
            var balance = 0m;
            foreach (var fact in events.Select(e => e.Fact))
            {
                balance += fact switch { PaidIn paid => paid.Amount, PaidOut paid => -paid.Amount, _ => 0 };
                Assert.True(balance >= 0, $"{id} fell to {balance}");
            }

            Assert.Equal([(balance, (long)events.Count)], await store.Rows(
                $"select balance, version from shop.accounts where id = '{id}'", r => (r.GetDecimal(0), r.GetInt64(1))));
            Assert.Equal((long)events.Count, await store.Database.Value<long>($"select version from events.mt_streams where id = 'account-{id}'"));
        }

        // Transfers keep the sum: what was answered as recorded is what is there, no more and no less.
        Assert.Equal(40m, await store.Database.Value<decimal>("select sum(balance) from shop.accounts where id like 'hot%'"));
        var recorded = outcomes.Where(o => o.Kind == OutcomeKind.Recorded).ToList();
        Assert.Equal(8 + (2L * recorded.Count), await store.Count("events.mt_events where stream_id like 'account-hot%'"));
        Assert.Equal(recorded.Count, recorded.Select(o => o.Position).Distinct().Count());
        Assert.Contains(outcomes, o => o.Refusal?.Code == "balance.short");
    }

    [Fact]
    public async Task Replicas_that_open_the_same_streams_at_once_open_each_once()
    {
        EventLog[] logs = [(await store.Start()).Log, (await store.Start()).Log];
        for (var round = 0; round < 20; round++)
        {
            var ids = Enumerable.Range(0, 30).Select(i => $"open-{round}-{i}").ToArray();
            var outcomes = await Task.WhenAll(logs.Select((log, l) => log.Write([.. (l == 0 ? ids : ids.Reverse()).Select(id => Opening(id))])));

            Assert.Equal(ids.Length, outcomes.Sum(os => os.Count(o => o.Kind == OutcomeKind.Recorded)));
            Assert.Equal(ids.Length, outcomes.Sum(os => os.Count(o => o.Refusal?.Code == "account.open")));
        }
    }

    private static async Task<List<Outcome>> Write(EventLog log, Random random, string[] hot)
    {
        var outcomes = new List<Outcome>();
        for (var i = 0; i < 60; i++)
        {
            var from = random.Next(hot.Length);
            var to = (from + 1 + random.Next(hot.Length - 1)) % hot.Length;
            outcomes.Add(await log.Write(Transferring(hot[from], hot[to], 1 + random.Next(8))));
        }

        return outcomes;
    }
}
