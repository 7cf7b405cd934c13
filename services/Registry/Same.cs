using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restoration.EventStore;

namespace Restoration.Registry;

/// <summary>Whether two definitions say the same: records compare lists by reference, so they are compared as they would be stored.</summary>
internal static class Same
{
    public static bool Json<T>(T a, T b, JsonTypeInfo<T> type) =>
        Canonical.Hash(JsonSerializer.SerializeToElement(a, type)).AsSpan().SequenceEqual(Canonical.Hash(JsonSerializer.SerializeToElement(b, type)));
}
