using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>An event type as the log knows it.</summary>
/// <param name="Name">The stored name, <c>site-accepted.v1</c>.</param>
/// <param name="DotNetName"><c>Namespace.Type, Assembly</c>, for a Marten application that opens the database.</param>
/// <param name="Present">The type that its facts are read as: another one where it is <see cref="Superseded"/>.</param>
public sealed record StoredType(string Name, Type Type, string DotNetName, JsonTypeInfo Json, Type Present)
{
    public bool IsSuperseded => Present != Type;
}

/// <summary>The event types of one service: every sealed record with <see cref="StoredAsAttribute"/> in its assembly.</summary>
public sealed class EventTypes
{
    private readonly FrozenDictionary<string, StoredType> _byName;
    private readonly FrozenDictionary<Type, StoredType> _byType;

    public EventTypes(Assembly assembly, JsonSerializerContext json)
    {
        var types = assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(Event)) && !t.IsAbstract)
            .Select(t => new StoredType(
                t.GetCustomAttribute<StoredAsAttribute>()?.Name ?? throw new InvalidOperationException($"{t.Name} has no stored name."),
                t,
                $"{t.FullName}, {t.Assembly.GetName().Name}",
                json.GetTypeInfo(t) ?? throw new InvalidOperationException($"{t.Name} is missing in {json.GetType().Name}."),
                PresentOf(t)))
            .ToList();
        _byName = types.ToFrozenDictionary(t => t.Name);
        _byType = types.Where(t => !t.IsSuperseded).ToFrozenDictionary(t => t.Type);
    }

    public IEnumerable<StoredType> All => _byName.Values;

    public bool Knows(string name) => _byName.ContainsKey(name);

    /// <summary>What a fact is stored as; never a type that was superseded.</summary>
    public StoredType Of(Event e) => _byType[e.GetType()];

    /// <summary>A stored fact, as what it means today.</summary>
    public Event Read(string name, long position, ReadOnlySpan<byte> data)
    {
        if (!_byName.TryGetValue(name, out var type))
            throw new UnknownEventTypeException(name, position);
        var fact = (Event)JsonSerializer.Deserialize(data, type.Json)!;
        while (fact is Superseded old)
            fact = old.Upcast();
        return fact;
    }

    private static Type PresentOf(Type type) =>
        type.BaseType is { IsGenericType: true } before && before.GetGenericTypeDefinition() == typeof(Superseded<>) ? PresentOf(before.GetGenericArguments()[0]) : type;
}

/// <summary>What travels beside an event: where it came from, its trace, and the hash that chains it to its stream.</summary>
/// <param name="Source">The sender's CloudEvents <c>source</c>, or the path of the command.</param>
/// <param name="Id">The sender's id within that source; null for commands.</param>
/// <param name="Traceparent">W3C trace context of the append.</param>
/// <param name="Extensions">CloudEvents extension attributes the sender added, kept as they came.</param>
/// <param name="Hash">Lower-case hex SHA-256 over the canonical JSON of the event, see <see cref="Canonical"/>.</param>
public sealed record EventHeaders(
    string? Source,
    string? Id,
    string? Traceparent,
    IReadOnlyDictionary<string, JsonElement>? Extensions = null,
    string? Hash = null);

/// <summary>An event as read from the log.</summary>
public sealed class StoredEvent(
    EventTypes types, long position, Guid id, string stream, long version, string type, byte[] data, DateTimeOffset recorded, byte[]? headers)
{
    private Event? _fact;
    private EventHeaders? _headers;

    public long Position => position;
    public Guid Id => id;
    public string Stream => stream;
    public long Version => version;
    public string Type => type;

    /// <summary>When it was stored (not when it happened: that is <see cref="Event.At"/>).</summary>
    public DateTimeOffset Recorded => recorded;

    public EventHeaders Headers => _headers ??=
        headers is null ? new EventHeaders(null, null, null) : JsonSerializer.Deserialize(headers, StoreJson.Default.EventHeaders)!;

    /// <summary>The stored JSON, as PostgreSQL gives it back.</summary>
    public ReadOnlyMemory<byte> Data => data;

    public Event Fact => _fact ??= types.Read(type, position, data);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventHeaders))]
[JsonSerializable(typeof(DueRow))]
internal sealed partial class StoreJson : JsonSerializerContext;
