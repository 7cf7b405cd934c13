using Restoration.Messaging;
using Restoration.Updates.Webhooks;

namespace Restoration.Contracts.Tests.AsyncApi;

/// <summary>A kind of fact as it leaves, from the maps the services publish by.</summary>
/// <param name="Receivers">Services with a queue that the fact goes to, beside the feed.</param>
internal sealed record Fact(string Service, string Type, Type Contract, string? MessageType, IReadOnlyList<string> Receivers)
{
    /// <summary>Without what all types begin with.</summary>
    public string Name => Type["restoration.".Length..];

    public string Schema => $"./schemas/{Name}.json";

    public static IReadOnlyList<Fact> All { get; } =
    [
        .. new[]
        {
            global::Restoration.Registry.Publishing.Map, global::Restoration.Indicators.Publishing.Map, global::Restoration.Mines.Publishing.Map,
            global::Restoration.Funding.Publishing.Map,
        }.SelectMany(Of),
        .. SubscriptionFacts.All.Select(f => new Fact("updates", f.Type, f.Contract.Type, null, [])),
        new("updates", SubscriptionFacts.PingType, typeof(Contracts.Updates.Ping), null, []),
    ];

    /// <summary>A test event goes to its target alone.</summary>
    public bool IsInTheFeed => Type != SubscriptionFacts.PingType;

    private static IEnumerable<Fact> Of(PublishingMap map) => map.Routes.OrderBy(r => r.Type, StringComparer.Ordinal)
        .Select(r => new Fact(map.Service, r.Type, ContractOf(r.MessageType), r.MessageType, r.Receivers));

    private static Type ContractOf(string messageType) =>
        typeof(Contracts.Updates.Ping).Assembly.GetType(messageType["urn:message:".Length..].Replace(':', '.'), throwOnError: true)!;
}
