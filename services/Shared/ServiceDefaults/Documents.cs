using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>The OpenAPI document of a service at <c>/openapi/{service}.json</c>: title, how to get a token, and who may call what.</summary>
internal static class Documents
{
    private const string SchemeName = "oauth";

    /// <summary>The roles an operation asks for, any of them, for programs.</summary>
    private const string RolesExtension = "x-roles";

    /// <summary>Values with converters of their own, whose form no reflection can see.</summary>
    private static readonly Dictionary<Type, Action<OpenApiSchema>> Values = new()
    {
        [typeof(Quantity)] = schema => Amount(
            schema, "value", "A decimal number; kept exactly as given.", $"Or its Chinese name: {string.Join(", ", Unit.All.Select(u => u.Code))}.",
            "An amount with its unit. Areas are answered in hectares, or as unit asks.", 12.62m, "km2"),
        [typeof(Money)] = schema => Amount(
            schema, "amount", "Whole fen; more decimals are refused, not rounded.", "yuan, wan-yuan (10,000) or yi-yuan (100 million), or 元, 万元, 亿元.",
            "An amount of money; answered in yuan.", 70_600m, "wan-yuan"),
        [typeof(Period)] = schema => Text(
            schema, "A year, half-year, quarter, month or day.", "2024-06", "^[0-9]{4}(-(H[12]|Q[1-4]|[0-9]{2}(-[0-9]{2})?))?$"),
        [typeof(Unit)] = schema => Text(schema, $"One of {string.Join(", ", Unit.All.Select(u => u.Code))}, or its Chinese name.", "km2", null),
    };

    public static void AddDocument(this IServiceCollection services, string service) => services.AddOpenApi(service, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = $"Restoration: {service}", Version = "v1" };
            document.Servers = [new OpenApiServer { Url = "/" }];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[SchemeName] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "Client credentials; the token goes into Authorization: Bearer.",
                Flows = new OpenApiOAuthFlows
                {
                    ClientCredentials = new OpenApiOAuthFlow
                    {
                        TokenUrl = new Uri("/oauth/token", UriKind.Relative),
                        Scopes = new Dictionary<string, string>(),
                    },
                },
            };
            return Task.CompletedTask;
        });
        options.CreateSchemaReferenceId = type =>
            Values.ContainsKey(Plain(type.Type)) ? Plain(type.Type).Name : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (Values.TryGetValue(Plain(context.JsonTypeInfo.Type), out var describe))
                describe(schema);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            operation.Deprecated = metadata.OfType<Deprecation>().Any();
            if (metadata.OfType<IAllowAnonymous>().Any())
                return Task.CompletedTask;
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(SchemeName, context.Document)] = [] }];
            var roles = metadata.OfType<AuthorizationPolicy>().SelectMany(p => Authorization.RolesOf(p.Requirements)).Distinct().ToArray();
            operation.Responses ??= [];
            operation.Responses.TryAdd("401", new OpenApiResponse { Description = "Without a valid token." });
            if (roles.Length > 0)
            {
                operation.Responses.TryAdd("403", new OpenApiResponse { Description = $"Without one of the roles: {string.Join(", ", roles)}." });
                operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
                operation.Extensions[RolesExtension] = new JsonNodeExtension(new JsonArray([.. roles.Select(role => JsonValue.Create(role))]));
            }

            return Task.CompletedTask;
        });
    });

    private static Type Plain(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static void Amount(OpenApiSchema schema, string member, string number, string unit, string description, decimal example, string exampleUnit)
    {
        (schema.Type, schema.Description, schema.AdditionalPropertiesAllowed) = (JsonSchemaType.Object, description, false);
        schema.Properties = new Dictionary<string, IOpenApiSchema>
        {
            [member] = new OpenApiSchema { Type = JsonSchemaType.Number, Description = number },
            ["unit"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = unit },
        };
        schema.Required = new HashSet<string> { member, "unit" };
        schema.Examples = [new JsonObject { [member] = example, ["unit"] = exampleUnit }];
    }

    private static void Text(OpenApiSchema schema, string description, string example, string? pattern) =>
        (schema.Type, schema.Description, schema.Examples, schema.Pattern) = (JsonSchemaType.String, description, [example], pattern);

    // The name as a constraint: behind it, another service's document must be "no such route", or at the gateway its proxy's.
    public static void MapDocument(this IEndpointRouteBuilder routes, string service) =>
        routes.MapOpenApi($"/openapi/{{documentName:regex(^{service}$)}}.json").AllowAnonymous();
}
