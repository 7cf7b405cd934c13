using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Restoration.Gateway;

/// <summary>What the gateway's own OpenAPI document says beyond the routes' types.</summary>
internal static class Document
{
    private static readonly Dictionary<string, string> s_answers = new()
    {
        ["200"] = "Done; or what was asked for.",
        ["304"] = "The caller has it already.",
        ["400"] = "Malformed; errors says where.",
        ["404"] = "There is none of this id.",
        ["409"] = "There is one of this id already.",
        ["412"] = "It has been changed since it was read.",
        ["413"] = "The body is too large.",
        ["422"] = "A rule is broken, or the Idempotency-Key belongs to another request; errors says where.",
        ["428"] = "If-Match is missing.",
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
