using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Restoration.ServiceDefaults;

/// <summary>The OpenAPI document of a service at <c>/openapi/{service}.json</c>: title, how to get a token, and who may call what.</summary>
internal static class Documents
{
    private const string SchemeName = "oauth";

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
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<IAllowAnonymous>().Any())
                return Task.CompletedTask;
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(SchemeName, context.Document)] = [] }];
            var roles = metadata.OfType<AuthorizationPolicy>().SelectMany(p => Authorization.RolesOf(p.Requirements)).Distinct().ToArray();
            operation.Responses ??= [];
            operation.Responses.TryAdd("401", new OpenApiResponse { Description = "Without a valid token." });
            if (roles.Length > 0)
                operation.Responses.TryAdd("403", new OpenApiResponse { Description = $"Without one of the roles: {string.Join(", ", roles)}." });
            return Task.CompletedTask;
        });
    });

    // The name as a constraint: behind it, another service's document must be "no such route", or at the gateway its proxy's.
    public static void MapDocument(this IEndpointRouteBuilder routes, string service) =>
        routes.MapOpenApi($"/openapi/{{documentName:regex(^{service}$)}}.json").AllowAnonymous();
}
