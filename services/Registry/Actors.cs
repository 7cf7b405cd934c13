using Microsoft.AspNetCore.Http;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Registry;

/// <summary>Acts that a person must stand behind (conventions §8).</summary>
internal static class Actors
{
    public static Refusal? Missing(HttpContext http) => http.By().Actor is null
        ? Refusal.Malformed("actor.missing", "Name the person with Restoration-Actor: <staff number>.")
        : null;
}
