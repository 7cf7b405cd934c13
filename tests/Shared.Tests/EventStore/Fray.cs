using System.Collections.Concurrent;
using Restoration.Domain;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>
/// Two replicas on four accounts, by calls of every kind, whose connections are cut: a caller that hears nothing says the same again, to
/// the other replica. What was answered is in the log, once.
/// </summary>
public sealed class Fray(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private const int Replicas = 2, Callers = 16, Calls = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_answered_is_in_the_log_once_and_nobody_starves(bool cuts)
    {
        var seed = Random.Shared.Next();
        string[] hot = [.. Enumerable.Range(1, 4).Select(i => $"fray{i}{cuts}")];
        var replicas = await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ => store.Start()));
        EventLog[] logs = [.. replicas.Select(r => r.Log)];
        await logs[0].Write([.. hot.SelectMany(id => new[] { Opening(id), PayingIn(id, 20) })]);
        var (answered, tries, busy, cut) = (new ConcurrentDictionary<string, bool>(), new ConcurrentBag<int>(), 0, 0L);

        var calling = Task.WhenAll(Enumerable.Range(0, Replicas * Callers).Select(c => Task.Run(async () =>
        {
            var random = new Random(seed + c);
            for (var i = 0; i < Calls; i++)
            {
                var units = Enumerable.Range(0, random.Next(1, 4)).Select(u => Unit($"{cuts}-{c}-{i}-{u}", hot, random)).ToList();
                var together = random.Next(3) == 0 ? Together.AllOrNothing : Together.No;
                for (var t = 1; ; t++)
                {
                    try
                    {
                        var outcomes = await logs[(c + t) % Replicas].Write([.. units.Select(u => u.Work)], together);
                        for (var u = 0; u < units.Count; u++)
                        {
                            answered[units[u].Id] = outcomes[u] is { Kind: OutcomeKind.Recorded or OutcomeKind.Duplicate } or { Reply.Status: 200 };
                        }

                        tries.Add(t);
                        break;
                    }
                    catch (UnavailableException e)
                    {
                        _ = e.Message.Contains("busy", StringComparison.Ordinal) ? Interlocked.Increment(ref busy) : 0;
                        await Task.Delay(20);
                    }
                }
            }
        })));
        for (var random = new Random(seed); cuts && !calling.IsCompleted; await Task.Delay(random.Next(200)))
        {
            cut += await store.Cut("application_name = 'accounts' and random() < 0.5");
        }

        await calling.WaitAsync(TimeSpan.FromSeconds(60));

        var recorded = (await store.Rows(
            $"select headers->>'id', count(*)::int from events.mt_events where headers->>'id' like '{cuts}-%' group by 1", r => (Id: r.GetString(0), Facts: r.GetInt32(1)))).ToDictionary(r => r.Id, r => r.Facts);
        Assert.All(answered, a => Assert.True(recorded.GetValueOrDefault(a.Key) == (a.Value ? 2 : 0), $"{a.Key}: answered {a.Value}, {recorded.GetValueOrDefault(a.Key)} facts, seed {seed}"));
        Assert.Empty(recorded.Keys.Except(answered.Keys));
        Assert.Contains(true, answered.Values);
        Assert.Contains(false, answered.Values);
        Assert.Equal(80m, await store.Database.Value<decimal>($"select sum(balance) from shop.accounts where id like 'fray_{cuts}'"));
        Assert.Equal(0, await store.Count("shop.accounts where balance < 0"));
        Assert.Equal(0, await store.Count("events.mt_streams s where version <> (select count(*) from events.mt_events e where e.stream_id = s.id)"));
        output.WriteLine($"seed {seed}: {answered.Count} units, {tries.Count} calls, {tries.Count(t => t > 1)} again, at most {tries.Max()} times; {cut} sessions cut; {busy} times too busy; {replicas.Sum(r => r.Messages.Count(m => m.Contains("divided", StringComparison.Ordinal)))} commits divided");
        Assert.True(cuts || tries.Max() == 1, $"{tries.Max()} tries without any cut, {busy} times too busy, seed {seed}");
    }

    /// <summary>A transfer, under a claim or under a key whose answer is stored whatever it is.</summary>
    private static (string Id, Work Work) Unit(string id, string[] hot, Random random)
    {
        var from = random.Next(hot.Length);
        var transfer = Transferring(hot[from], hot[(from + 1 + random.Next(hot.Length - 1)) % hot.Length], 1 + random.Next(12));
        var isClaimed = random.Next(2) == 0;
        return (id, new Work
        {
            Decide = transfer.Decide,
            Headers = new EventHeaders("fray", id, null),
            Claim = isClaimed ? Claimed(id) : null,
            Key = isClaimed ? null : Keyed(id),
            Answer = isClaimed ? null : (_, refusal) => new Reply(refusal is null ? 200 : 409, null, []),
        });
    }
}
