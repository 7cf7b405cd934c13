using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>The headers that guard a write, read alike by the services and the gateway: <c>Idempotency-Key</c>, <c>If-Match</c>, <c>If-None-Match</c>.</summary>
public static class Preconditions
{
    private const int LongestScope = 300;

    /// <summary>The key of a command, and what it is unique in; a refusal where it is missing or malformed.</summary>
    public static Refusal? Key(HttpContext http, out string scope, out string key)
    {
        var header = http.Request.Headers["Idempotency-Key"];
        scope = $"{http.Client().Id} {http.Request.Method} {http.Request.Path}";
        // What is longer than an index can hold is told apart by its hash.
        if (scope.Length > LongestScope)
            scope = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)));
        key = KeyOf(header) ?? "";
        return key.Length > 0 ? null : Refusal.Malformed(
            header.Count == 0 ? "idempotency-key.missing" : "idempotency-key.malformed",
            "Send Idempotency-Key: \"<up to 200 visible characters>\", new for each command and the same for its retries.");
    }

    /// <summary>Where <c>If-Match</c> names another version than the present one; 0 where there is no such resource yet.</summary>
    public static Refusal? Moved(StringValues ifMatch, long version) =>
        ifMatch.Count == 0 || (version > 0 && Tags(ifMatch).Any(t => t == "*" || t == Tag(version)))
            ? null
            : Refusal.Moved(version == 0 ? "There is no such resource yet." : $"The resource is at version {version} now.");

    /// <summary>The caller has this version already: 304.</summary>
    public static bool IsKnown(HttpRequest request, long version) =>
        Tags(request.Headers.IfNoneMatch).Any(t => t == Tag(version) || t == "W/" + Tag(version) || t == "*");

    /// <summary>The <c>ETag</c> of a version.</summary>
    public static string Tag(long version) => $"\"{version}\"";

    private static IEnumerable<string> Tags(StringValues header) => header.SelectMany(h => (h ?? "").Split(',', StringSplitOptions.TrimEntries));

    /// <summary>A structured-field string, or the bare form.</summary>
    private static string? KeyOf(StringValues header)
    {
        if (header is not [{ } value])
            return null;
        value = value.Trim();
        if (value is ['"', .. var quoted, '"'])
            value = quoted.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        return value.Length is > 0 and <= 200 && value.All(c => c is >= ' ' and <= '~') ? value : null;
    }
}
