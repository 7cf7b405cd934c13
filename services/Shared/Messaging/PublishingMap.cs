using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>A fact as it leaves the service.</summary>
/// <param name="Subject">Id of the resource it is about.</param>
/// <param name="Division">The owner's division.</param>
/// <param name="Divisions">All divisions it touches, the owner's among them.</param>
public sealed record Outgoing<TContract>(string Subject, string Division, IReadOnlyList<string> Divisions, TContract Contract);

/// <summary>
/// What leaves a service: one entry for each stored type, either the contract it becomes and the services that use it, or the mark that
/// it is internal. All that leaves goes to the feed as well. The relay declares exchanges and queues from this map, so that a mandatory
/// publish never meets a missing consumer.
/// </summary>
public sealed class PublishingMap(string service, JsonSerializerContext contracts)
{
    private readonly Dictionary<Type, Route> _routes = [];

    /// <summary>Where one type of fact goes; <c>Write</c> is null for one that stays inside.</summary>
    public sealed record Route(
        string Type, string MessageType, IReadOnlyList<string> Receivers, Func<StoredEvent, (string Subject, string Division, string Divisions, byte[] Data)>? Write)
    {
        /// <summary>Which of them stay out of the feed.</summary>
        public Func<Event, bool> IsSecret { get; init; } = _ => false;
    }

    public string Service => service;

    public IEnumerable<Route> Routes => _routes.Values.Where(r => r.Write is not null);

    public Route this[Event fact] => _routes[fact.GetType()];

    /// <param name="name">The fact on the wire: <c>plan-adopted.v1</c> leaves as <c>restoration.registry.plan-adopted.v1</c>.</param>
    /// <param name="receivers">Services with a queue of their own that use it; the feed need not be named.</param>
    public PublishingMap Fact<TEvent, TContract>(string name, Func<TEvent, StoredEvent, Outgoing<TContract>> map, params string[] receivers)
        where TEvent : Event
    {
        var json = (JsonTypeInfo<TContract>)(contracts.GetTypeInfo(typeof(TContract))
            ?? throw new InvalidOperationException($"{typeof(TContract).Name} is missing in {contracts.GetType().Name}."));
        _routes.Add(typeof(TEvent), new Route(
            $"restoration.{service}.{name}",
            $"urn:message:{typeof(TContract).Namespace}:{typeof(TContract).Name}",
            receivers,
            stored =>
            {
                var fact = map((TEvent)stored.Fact, stored);
                return (fact.Subject, fact.Division, string.Join(',', fact.Divisions), JsonSerializer.SerializeToUtf8Bytes(fact.Contract, json));
            }));
        return this;
    }

    /// <summary>Stays inside the service.</summary>
    public PublishingMap Internal<TEvent>() where TEvent : Event
    {
        _routes.Add(typeof(TEvent), new Route("", "", [], null));
        return this;
    }

    /// <summary>
    /// Facts of these types that stay out of the feed, by what they say of themselves. Services that use them get them all the same, or
    /// the order of a stream would have gaps: their contract must then say nothing that is secret.
    /// </summary>
    public PublishingMap Secret<TEvent>(Func<TEvent, bool> isSecret) where TEvent : Event
    {
        foreach (var type in _routes.Keys.Where(typeof(TEvent).IsAssignableFrom).ToList())
            _routes[type] = _routes[type] with { IsSecret = fact => isSecret((TEvent)fact) };
        return this;
    }

    /// <summary>A fact that nobody decided about must not be lost in silence.</summary>
    public PublishingMap Covering(EventTypes types)
    {
        var forgotten = types.All.Where(t => !_routes.ContainsKey(t.Present)).Select(t => t.Name).Order().ToList();
        return forgotten.Count == 0
            ? this
            : throw new InvalidOperationException($"Neither published nor marked internal: {string.Join(", ", forgotten)}.");
    }

    /// <summary>For each receiver, the stored types that are meant for it, superseded ones too: what "previous" is counted over.</summary>
    public Dictionary<string, string[]> TypesByReceiver(EventTypes types) => types.All
        .SelectMany(t => _routes[t.Present].Receivers.Select(r => (Receiver: r, t.Name)))
        .GroupBy(p => p.Receiver, p => p.Name)
        .ToDictionary(g => g.Key, g => g.ToArray());
}
