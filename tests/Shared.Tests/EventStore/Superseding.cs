using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Types that others took the place of.</summary>
public sealed class Superseding(Sealed log) : IClassFixture<Sealed>
{
    [Fact]
    public void What_was_superseded_twice_is_read_as_what_it_means_today()
    {
        Assert.Equal(new PaidIn(Someone, Then, 12.34m), Read("money-moved.v1", new MovedV1(Someone, Then, 1_234)));
        Assert.Equal(new PaidIn(Someone, Then, 5), Read("money-moved.v2", new MovedV2(Someone, Then, 5)));
        Assert.All(Store.Types.All.Where(t => t.Name.StartsWith("money-moved", StringComparison.Ordinal)), t => Assert.Equal(typeof(PaidIn), t.Present));

        static Event Read<T>(string name, T fact) =>
            Store.Types.Read(name, 1, JsonSerializer.SerializeToUtf8Bytes(fact, typeof(T), AccountJson.Default));
    }

    [Fact]
    public async Task It_is_never_recorded_anew()
    {
        await log.Fill("anew");
        await Assert.ThrowsAsync<KeyNotFoundException>(() => log.Replica.Log.Write(new Work
        {
            Decide = streams => streams.Record(s_old, "old-1", [new MovedV1(Someone, Then, 1)]),
        }));
        await log.Replica.Log.Write(PayingIn("anew", 1));
        Assert.Empty(await log.One("anew"));
    }

    private static readonly Aggregate<string, Event> s_old = new("old", "", (state, _) => state);
}
