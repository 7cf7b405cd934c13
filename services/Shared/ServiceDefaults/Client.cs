using System.Collections.Frozen;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>What a client may be allowed to do; the words of the wire.</summary>
public static class Roles
{
    public const string Reporter = "reporter";
    public const string Reviewer = "reviewer";
    public const string Planner = "planner";
    public const string Finance = "finance";
    public const string Source = "source";
    public const string Inspector = "inspector";
    public const string Expert = "expert";
    public const string Reader = "reader";
    public const string Auditor = "auditor";
    public const string Operator = "operator";

    public static IReadOnlySet<string> All { get; } = new[]
    {
        Reporter, Reviewer, Planner, Finance, Source, Inspector, Expert, Reader, Auditor, Operator,
    }.ToFrozenSet();
}

/// <summary>
/// The machine behind a request, as its token says. It is responsible for its division with everything below (<see cref="Everywhere"/>:
/// the operator's own client); the unit is a department, matched with lead units; subjects, where there are any, are the mines, sections
/// or layers a source may post for.
/// </summary>
public sealed record Client(string Id, string Division, string? Unit, IReadOnlySet<string> Roles, IReadOnlyList<string> Subjects)
{
    public const string Everywhere = "*";

    public bool Has(string role) => Roles.Contains(role);

    /// <summary>The only place that knows the names of the claims, with <see cref="From"/>.</summary>
    public ClaimsPrincipal ToPrincipal()
    {
        var identity = new ClaimsIdentity(Tokens.Scheme, ClaimNames.Id, ClaimNames.Role);
        identity.AddClaim(new Claim(ClaimNames.Id, Id));
        identity.AddClaim(new Claim(ClaimNames.Division, Division));
        if (Unit is not null)
            identity.AddClaim(new Claim(ClaimNames.Unit, Unit));
        identity.AddClaims(Roles.Select(r => new Claim(ClaimNames.Role, r)));
        identity.AddClaims(Subjects.Select(s => new Claim(ClaimNames.Subject, s)));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>Null when the principal is nobody's token.</summary>
    public static Client? From(ClaimsPrincipal principal) =>
        principal.FindFirst(ClaimNames.Id)?.Value is { } id && principal.FindFirst(ClaimNames.Division)?.Value is { } division
            ? new Client(id, division, principal.FindFirst(ClaimNames.Unit)?.Value,
                principal.FindAll(ClaimNames.Role).Select(c => c.Value).ToHashSet(),
                [.. principal.FindAll(ClaimNames.Subject).Select(c => c.Value)])
            : null;

    internal static class ClaimNames
    {
        public const string Id = "sub";
        public const string Division = "division";
        public const string Unit = "unit";
        public const string Role = "role";
        public const string Subject = "subject";
    }
}

public static partial class Callers
{
    private const string ActorHeader = "Restoration-Actor";

    /// <summary>The client of this request; only where the route needs a token.</summary>
    public static Client Client(this HttpContext context) =>
        context.MaybeClient() ?? throw new InvalidOperationException("This route answers without a token, so there may be no client.");

    /// <summary>The client where there is one: for public routes that show more to those who are known.</summary>
    public static Client? MaybeClient(this HttpContext context)
    {
        if (context.Features.Get<Client>() is { } known)
            return known;
        var client = ServiceDefaults.Client.From(context.User);
        if (client is not null)
            context.Features.Set(client);
        return client;
    }

    /// <summary>Client and actor; the header was checked before the route ran.</summary>
    public static By By(this HttpContext context) =>
        new(context.Client().Id, context.Request.Headers[ActorHeader] is [{ Length: > 0 } actor] ? actor : null);

    internal static Task RefuseMalformedActor(HttpContext context, RequestDelegate next)
    {
        var values = context.Request.Headers[ActorHeader];
        return values.Count == 0 || values is [{ } one] && Actor().IsMatch(one)
            ? next(context)
            : Problems.Of(Refusal.Malformed("actor.malformed",
                $"{ActorHeader} is one staff number of 1 to 64 letters, digits, dots, underscores or hyphens.")).ExecuteAsync(context);
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex Actor();
}
