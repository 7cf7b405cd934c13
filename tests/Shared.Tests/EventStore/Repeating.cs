using System.Text;
using Restoration.Domain;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>The same thing sent again: by a sender who never saw the answer, to this replica, another one, or after a restart.</summary>
public sealed class Repeating(Store store) : IClassFixture<Store>, IAsyncLifetime
{
    private Replica _here = null!, _there = null!;

    public async ValueTask InitializeAsync() => (_here, _there) = (await store.Start(), await store.Start());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_repeat_answers_with_the_original_position_for_ever()
    {
        await _here.Log.Write(Opening("paid"));
        var first = await _here.Log.Write(PayingIn("paid", 5, Claimed("paid-1")));
        await _here.Log.Write(PayingIn("paid", 1));
        var restarted = await store.Start();

        foreach (var log in new[] { _here.Log, _there.Log, restarted.Log })
        {
            var repeat = await log.Write(PayingIn("paid", 5, Claimed("paid-1")));
            Assert.Equal(
                (OutcomeKind.Duplicate, first.Stream, first.Version, first.Position), (repeat.Kind, repeat.Stream, repeat.Version, repeat.Position));
        }

        Assert.Equal(3, (await store.Events("paid")).Count);
    }

    [Fact]
    public async Task A_repeat_is_a_repeat_even_when_the_rules_would_refuse_it_now()
    {
        await _here.Log.Write([Opening("spent"), PayingIn("spent", 5)]);
        var first = await _here.Log.Write(PayingOut("spent", 5, Claimed("spent-1")));

        foreach (var log in new[] { _here.Log, _there.Log })
        {
            var repeat = await log.Write(PayingOut("spent", 5, Claimed("spent-1")));
            Assert.Equal((OutcomeKind.Duplicate, first.Position), (repeat.Kind, repeat.Position));
            var other = await log.Write(PayingOut("spent", 6, Claimed("spent-1", "other")));
            Assert.Equal("event.differs", other.Refusal?.Code);
        }

        var batch = await _here.Log.Write([PayingIn("spent", 3), PayingOut("spent", 5, Claimed("spent-1"))], Together.AllOrNothing);
        Assert.Equal([OutcomeKind.Recorded, OutcomeKind.Duplicate], batch.Select(o => o.Kind));
    }

    [Fact]
    public async Task An_identity_with_other_content_is_refused_also_within_one_call()
    {
        var outcomes = await _here.Log.Write(
            [Opening("twins", Claimed("twins-1")), PayingIn("twins", 1, Claimed("twins-2")), PayingIn("twins", 1, Claimed("twins-2")),
                PayingIn("twins", 2, Claimed("twins-2", "other"))]);

        Assert.Equal([OutcomeKind.Recorded, OutcomeKind.Recorded, OutcomeKind.Duplicate, OutcomeKind.Refused], outcomes.Select(o => o.Kind));
        Assert.Equal((outcomes[1].Position, "event.differs"), (outcomes[2].Position, outcomes[3].Refusal?.Code));
        Assert.Equal("event.differs", (await _there.Log.Write(PayingIn("twins", 2, Claimed("twins-2", "other")))).Refusal?.Code);
    }

    [Fact]
    public async Task A_refused_event_does_not_use_up_its_identity()
    {
        await _here.Log.Write(Opening("late"));
        var refused = await _here.Log.Write(PayingOut("late", 5, Claimed("late-1")));
        await _there.Log.Write(PayingIn("late", 5));
        var accepted = await _here.Log.Write(PayingOut("late", 5, Claimed("late-1")));

        Assert.Equal([OutcomeKind.Refused, OutcomeKind.Recorded], [refused.Kind, accepted.Kind]);
    }

    [Fact]
    public async Task Two_replicas_that_get_the_same_event_at_once_record_it_once()
    {
        await _here.Log.Write(Opening("race"));
        var pairs = await Task.WhenAll(Enumerable.Range(1, 200).Select(async i =>
        {
            var (here, there) = (_here.Log.Write(PayingIn("race", i, Claimed($"race-{i}"))), _there.Log.Write(PayingIn("race", i, Claimed($"race-{i}"))));
            return (Here: await here, There: await there);
        }));

        Assert.All(pairs, p =>
        {
            Assert.Equal([OutcomeKind.Recorded, OutcomeKind.Duplicate], new[] { p.Here.Kind, p.There.Kind }.Order());
            Assert.Equal(p.Here.Position, p.There.Position);
        });
        Assert.Equal(201, (await store.Events("race")).Count);
    }

    [Fact]
    public async Task A_hundred_commands_with_one_key_are_one_fact_and_one_answer()
    {
        var answered = 0;
        Reply? Answer(Streams streams, Refusal? refusal) => refusal is null
            ? new Reply(201, "application/json", Encoding.UTF8.GetBytes($"answer {Interlocked.Increment(ref answered)}"), "\"1\"", "/v1/accounts/keyed")
            : null;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            (i % 2 == 0 ? _here : _there).Log.Write(Opening("keyed", key: Keyed("k-1"), answer: Answer))));

        Assert.Single(outcomes, o => o.Kind == OutcomeKind.Recorded);
        Assert.Equal(99, outcomes.Count(o => o.Kind == OutcomeKind.Replayed));
        Assert.Single(outcomes.Select(o => (o.Position, Encoding.UTF8.GetString(o.Reply!.Body), o.Reply.Status, o.Reply.ETag, o.Reply.Location)).Distinct());
        Assert.Single(await store.Events("keyed"));
    }

    [Fact]
    public async Task A_key_answers_as_stored_even_when_the_rules_would_refuse_now_and_not_to_another_payload()
    {
        static Reply? Answer(Streams streams, Refusal? refusal) => refusal is null ? new Reply(201, null, [1, 2]) : null;
        var first = await _here.Log.Write(Opening("stored", key: Keyed("k-2"), answer: Answer));
        var again = await _here.Log.Write(Opening("stored", key: Keyed("k-2"), answer: Answer));
        var other = await _there.Log.Write(Opening("stored", key: Keyed("k-2", "other"), answer: Answer));

        Assert.Equal((OutcomeKind.Replayed, first.Position, 201), (again.Kind, again.Position, again.Reply?.Status));
        Assert.Equal("idempotency-key.reused", other.Refusal?.Code);
        var found = await StoredReplies.Find(store.Limited, Keyed("k-2"));
        Assert.Equal((first.Position, true), (found!.Position, found.Same));
        Assert.False((await StoredReplies.Find(store.Limited, Keyed("k-2", "other")))!.Same);
    }

    [Fact]
    public async Task A_stored_refusal_is_replayed_though_it_would_be_accepted_now()
    {
        static Reply Answer(Streams streams, Refusal? refusal) => new(refusal is null ? 200 : 409, null, []);
        await _here.Log.Write(Opening("poor"));
        Work Pay() => On("poor", a => PayOut(a, 5), key: Keyed("k-3"), answer: Answer);
        var refused = await _here.Log.Write(Pay());
        await _here.Log.Write(PayingIn("poor", 5));
        var again = await _there.Log.Write(Pay());

        Assert.Equal((OutcomeKind.Refused, 409), (refused.Kind, refused.Reply!.Status));
        Assert.Equal((OutcomeKind.Replayed, 409), (again.Kind, again.Reply!.Status));
    }
}
