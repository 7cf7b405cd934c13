using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Restoration.Gateway;

/// <summary>
/// <c>/asyncapi.yaml</c> and the schemas it names: what is told as it happens, beside <c>/openapi</c>. They are made with the contracts
/// and served as they were committed.
/// </summary>
internal static class AsyncApi
{
    public const string Root = "/asyncapi.yaml";
    public const string Schemas = "/schemas";
    private static readonly Assembly s_here = typeof(AsyncApi).Assembly;

    public static void MapAsyncApi(this IEndpointRouteBuilder routes)
    {
        Serve(Root, Root[1..], "application/yaml; charset=utf-8");
        foreach (var name in s_here.GetManifestResourceNames().Where(n => n.StartsWith("schemas/", StringComparison.Ordinal)))
            Serve($"/{name}", name, "application/schema+json; charset=utf-8");

        void Serve(string path, string resource, string type)
        {
            var body = Read(resource);
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"");
            routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=3600";
                return TypedResults.Bytes(body, type, entityTag: tag);
            }).AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static byte[] Read(string resource)
    {
        using var stream = s_here.GetManifestResourceStream(resource)!;
        var body = new byte[stream.Length];
        stream.ReadExactly(body);
        return body;
    }
}
