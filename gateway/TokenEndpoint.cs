using System.Net;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

internal sealed record AccessToken(
    [property: JsonPropertyName("access_token")] string Value,
    [property: JsonPropertyName("token_type")] string Type,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);

internal sealed record TokenError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string Description);

/// <summary>
/// <c>POST /oauth/token</c>: client credentials (RFC 6749 §4.4), the secret in the form or by HTTP Basic. Errors have the form of §5.2,
/// not of a problem: OAuth libraries read them.
/// </summary>
internal static class TokenEndpoint
{
    private static readonly TokenError NotAForm = new("invalid_request", "The body is a form: application/x-www-form-urlencoded.");

    public static void MapTokens(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/oauth/token", Issue).AllowAnonymous().RequireRateLimiting(Issuing.Policy)
            .WithMetadata(new RequestSizeLimitAttribute(16 << 10))
            .WithTags("tokens").WithSummary("A token for client credentials, in the form or by HTTP Basic (RFC 6749 §4.4).")
            .Produces<AccessToken>().Produces<TokenError>(400).Produces<TokenError>(401).ProducesProblem(413)
            .WithDescription("After a few wrong secrets for a client from one address each further try there has to wait, at most half a minute: 429 with Retry-After.")
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, OpenApiMediaType> { ["application/x-www-form-urlencoded"] = new() { Schema = Form } },
                };
                return Task.CompletedTask;
            });

    private static async Task<IResult> Issue(HttpContext context, Clients clients, TokenIssuer issuer, Guesses guesses)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Pragma = "no-cache";
        var (id, secret, error) = await Credentials(context.Request);
        if (error is not null)
            return error.Error == "invalid_client" ? InvalidClient(context) : Results.Json(error, statusCode: 400);
        var address = Addresses.Group(context.Connection.RemoteIpAddress);
        if (guesses.Wait(id, address) is { } wait)
            return Problems.TooMany("Too many secrets were wrong; the next is looked at when the time has passed.", wait);
        if (await clients.Authenticate(id, secret, context.RequestAborted) is not { } client)
        {
            guesses.Wrong(id, address);
            return InvalidClient(context);
        }

        guesses.Right(id, address);
        return Results.Ok(new AccessToken(issuer.Issue(client.AsClient()), Tokens.Scheme, (int)issuer.Lifetime.TotalSeconds));
    }

    private static IResult InvalidClient(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"restoration\", charset=\"UTF-8\"";
        return Results.Json(new TokenError("invalid_client", "Unknown client, wrong secret, or disabled."), statusCode: 401);
    }

    private static async Task<(string Id, string Secret, TokenError? Error)> Credentials(HttpRequest request)
    {
        // Not HasFormContentType: a multipart form counts there, which the RFC does not know and whose reader fails in ways of its own.
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var media) || media.MediaType != "application/x-www-form-urlencoded")
            return ("", "", NotAForm);
        IFormCollection form;
        try
        {
            form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return ("", "", NotAForm);
        }
        if (form.FirstOrDefault(f => f.Value.Count != 1) is { Key: { } repeated })
            return ("", "", new("invalid_request", $"'{repeated}' is given more than once."));
        var grant = form["grant_type"].ToString();
        if (grant.Length == 0)
            return ("", "", new("invalid_request", "grant_type is missing."));
        if (grant != "client_credentials")
            return ("", "", new("unsupported_grant_type", "The only grant here is client_credentials."));

        var (id, secret) = (form["client_id"].ToString(), form["client_secret"].ToString());
        if (request.Headers.Authorization.Count == 0)
            return id.Length > 0 && secret.Length > 0 && !id.Contains('\0') ? (id, secret, null) : ("", "", new("invalid_client", ""));
        if (secret.Length > 0)
            return ("", "", new("invalid_request", "The secret is sent in two ways; one is enough."));
        return Basic(request.Headers.Authorization.ToString()) is { } basic && (id.Length == 0 || id == basic.Id)
            ? (basic.Id, basic.Secret, null)
            : ("", "", new("invalid_client", ""));
    }

    /// <summary>Id and secret are form-url-encoded before they are joined (RFC 6749 §2.3.1).</summary>
    private static (string Id, string Secret)? Basic(string header)
    {
        const string prefix = "Basic ";
        if (!header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            return null;
        var encoded = header[prefix.Length..].Trim();
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return pair.Length == 2 ? (WebUtility.UrlDecode(pair[0]), WebUtility.UrlDecode(pair[1])) : null;
    }

    private static OpenApiSchema Form => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "grant_type" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["grant_type"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["client_credentials"] },
            ["client_id"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["client_secret"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "password" },
        },
    };
}
