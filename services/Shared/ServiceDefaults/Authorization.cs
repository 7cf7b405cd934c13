using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Restoration.ServiceDefaults;

public static class Authorization
{
    /// <summary>A token with any of these roles. What a client may see or touch within its role is the service's to decide.</summary>
    public static TBuilder RequireRoles<TBuilder>(this TBuilder builder, params string[] roles) where TBuilder : IEndpointConventionBuilder
    {
        if (roles.Length == 0 || roles.FirstOrDefault(r => !Roles.All.Contains(r)) is not null)
            throw new ArgumentException($"Unknown or no role: {string.Join(", ", roles)}.", nameof(roles));
        return builder.RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireClaim(Client.ClaimNames.Role, roles));
    }

    /// <summary>The roles an endpoint asks for, any of each set.</summary>
    internal static IEnumerable<string> RolesOf(IEnumerable<IAuthorizationRequirement> requirements) =>
        requirements.OfType<ClaimsAuthorizationRequirement>()
            .Where(r => r.ClaimType == Client.ClaimNames.Role).SelectMany(r => r.AllowedValues ?? []);
}

/// <summary>401 and 403 as problems, and RFC 6750's header.</summary>
internal sealed class AuthorizationAnswers : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
            return next(context);
        if (authorizeResult.Forbidden)
        {
            var roles = Authorization.RolesOf(authorizeResult.AuthorizationFailure?.FailedRequirements ?? []);
            return Problems.Of(StatusCodes.Status403Forbidden, "role.missing", $"This needs one of the roles: {string.Join(", ", roles)}.")
                .ExecuteAsync(context);
        }
        // A scheme of a service's own says itself what was wrong with it.
        if (context.Features.Get<ProblemResult>() is { } said)
            return said.ExecuteAsync(context);
        var missing = context.Request.Headers.Authorization.Count == 0;
        context.Response.Headers.WWWAuthenticate = missing ? "Bearer" : "Bearer error=\"invalid_token\"";
        var problem = missing
            ? Problems.Of(StatusCodes.Status401Unauthorized, "token.missing", "Get a token at /oauth/token and send it as Authorization: Bearer.")
            : Problems.Of(StatusCodes.Status401Unauthorized, "token.invalid", "The token is unknown or expired, or its client was disabled.");
        return problem.ExecuteAsync(context);
    }
}
