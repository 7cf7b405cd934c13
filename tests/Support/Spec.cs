using Restoration.Domain;

namespace Restoration.Support;

/// <summary>
/// Given facts, when something is decided, then exactly these facts (a subset would hide what was recorded besides), or this refusal.
/// </summary>
public sealed class Spec<TState, TEvent>(TState initial, Func<TState, TEvent, TState> evolve) where TEvent : Event
{
    private TState _state = initial;

    public Spec<TState, TEvent> After(params ReadOnlySpan<TEvent> facts)
    {
        foreach (var fact in facts)
        {
            _state = evolve(_state, fact);
        }

        return this;
    }

    public Then<TEvent> When(Func<TState, Decision<TEvent>> decide) => new(decide(_state));
}

public sealed class Then<TEvent>(Decision<TEvent> decision) where TEvent : Event
{
    public void Records(params TEvent[] facts)
    {
        Assert.Null(decision.Refusal);
        Assert.Equal(facts.Select(f => f.GetType()), decision.Events.Select(f => f.GetType()));
        for (var i = 0; i < facts.Length; i++)
            Assert.Equivalent(facts[i], decision.Events[i], strict: true); // one by one: a comparison of lists ignores their order
    }

    public void RecordsNothing()
    {
        Assert.Null(decision.Refusal);
        Assert.Empty(decision.Events);
    }

    /// <param name="pointers">Where what is wrong lies, all of it, in order.</param>
    public void IsRefused(RefusalKind kind, string code, params string[] pointers)
    {
        Assert.NotNull(decision.Refusal);
        Assert.Equal((kind, code), (decision.Refusal.Kind, decision.Refusal.Code));
        if (pointers.Length > 0)
        {
            Assert.Equal(pointers, decision.Refusal.Faults.Select(f => f.Pointer));
        }
    }
}
