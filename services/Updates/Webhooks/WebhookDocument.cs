using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Restoration.Updates.Webhooks;

/// <summary>What all writes about subscriptions take and may answer, for the OpenAPI document.</summary>
internal static class WebhookDocument
{
    public static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stop)
    {
        operation.Parameters ??= [];
        operation.Responses ??= [];
        var method = context.Description.HttpMethod;
        if (method == "GET") return Task.CompletedTask;
        if (method == "POST") Header("Idempotency-Key", "New for each command, the same for its retries: the stored reply comes again.", required: true);
        Header("If-Match", "The ETag that was read; 412 when the subscription has moved on since.", required: method == "PATCH");
        Answer("400", "Malformed; errors says where.");
        Answer("403", "The subscription is another client's.");
        if (context.Description.RelativePath?.Contains('{', StringComparison.Ordinal) == true) Answer("404", "No such resource.");
        if (method == "POST")
        {
            Answer("409", "The state forbids it.");
            Answer("422", "A rule is broken; errors says where.");
        }
        Answer("412", "The subscription has moved on.");
        return Task.CompletedTask;

        void Answer(string status, string description) => operation.Responses.TryAdd(status, new OpenApiResponse { Description = description });

        void Header(string name, string description, bool required) => operation.Parameters.Add(new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Header,
            Required = required,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
    }
}
