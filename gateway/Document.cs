using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Restoration.Gateway;

/// <summary>What the gateway's own OpenAPI document says beyond the routes' types.</summary>
internal static class Document
{
    private static readonly Dictionary<string, string> s_answers = new()
    {
        ["200"] = "Done; or what was asked for.",
        ["201"] = "Registered; the secret is in it.",
        ["304"] = "The caller has it already.",
        ["401"] = "Without a valid token; of /oauth/token: an unknown client, a wrong secret, or a client that is disabled.",
        ["400"] = "Malformed; errors says where.",
        ["404"] = "There is none of this id.",
        ["409"] = "There is one of this id already.",
        ["412"] = "It has been changed since it was read.",
        ["413"] = "The body is too large.",
        ["422"] = "A rule is broken, or the Idempotency-Key belongs to another request; errors says where.",
        ["428"] = "If-Match is missing.",
    };

    private static readonly Dictionary<string, string> s_parameters = new()
    {
        ["clientId"] = "The client's id.",
        ["code"] = "A problem's code, as in its type.",
        ["cursor"] = "next of the page before.",
        ["lang"] = "en or zh; left out: as Accept-Language prefers.",
        ["limit"] = "1 to 500; 50 unless said.",
    };

    public static void AddOwnDocument(this IServiceCollection services) =>
        services.Configure<OpenApiOptions>("gateway", options => options.AddOperationTransformer((operation, _, _) =>
        {
            operation.Responses ??= [];
            operation.Responses.TryAdd("429", new OpenApiResponse { Description = "Too fast; Retry-After says when to go on. RateLimit and RateLimit-Policy are on every answer." });
            foreach (var (status, response) in operation.Responses)
            {
                if (s_answers.TryGetValue(status, out var description))
                    response.Description = description;
            }

            foreach (var parameter in operation.Parameters ?? [])
                parameter.Description ??= s_parameters.GetValueOrDefault(parameter.Name ?? "");
            return Task.CompletedTask;
        }));

    /// <summary>A command: what it takes and may answer beside its own.</summary>
    public static RouteHandlerBuilder Commands(this RouteHandlerBuilder route, int status) => route
        .ProducesProblem(400).ProducesProblem(status).ProducesProblem(412).ProducesProblem(422)
        .Header("Idempotency-Key", "New for each command, the same for its retries: the stored reply comes again.", required: true)
        .Header("If-Match", "The ETag that was read; 412 when the client has been changed since.");

    public static RouteHandlerBuilder Header(this RouteHandlerBuilder route, string name, string description, bool required = false) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name, In = ParameterLocation.Header, Required = required, Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });
}
