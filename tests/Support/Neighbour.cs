using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Restoration.Messaging;
using Restoration.ServiceDefaults;

namespace Restoration.Support;

/// <summary>
/// Another service as a consumer meets it: facts with their versions and positions, handed to the real receiver as the bus hands them.
/// The way over the broker is tested with the real services in System.Tests.
/// </summary>
public sealed class Neighbour(IServiceProvider services, string source)
{
    private readonly Dictionary<string, long> _versions = [];
    private long _position;

    public Letter? Last { get; private set; }

    /// <param name="fact">As it leaves its service, <c>division-defined.v1</c>.</param>
    public Task Tell<T>(string fact, string stream, T contract, DateTimeOffset? at = null) => Again(Says(fact, stream, contract, at));

    /// <summary>The letter alone; whoever has it decides when it arrives.</summary>
    public Letter Says<T>(string fact, string stream, T contract, DateTimeOffset? at = null)
    {
        var version = _versions.GetValueOrDefault(stream);
        var prior = _position++;
        _versions[stream] = version + 1;
        return new Letter(
            Guid.CreateVersion7(), source, $"restoration.{source}.{fact}", stream, at ?? new DateTimeOffset(2024, 7, 1, 0, 0, 0, TimeSpan.Zero), stream, version + 1,
            _position, prior, version, 1, null, JsonSerializer.SerializeToElement(contract, WireJson.Options));
    }

    /// <summary>Hands a letter over, once more or for the first time.</summary>
    public Task Again(Letter letter)
    {
        Last = letter;
        return services.GetRequiredService<Receiver>().Take(letter, default);
    }
}
