using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

internal sealed record ProblemList(IReadOnlyList<ProblemEntry> Items);

/// <summary>
/// <c>/problems</c>: where the <c>type</c> of every problem leads. A page for people, in the language they prefer or chose, without
/// scripts; the entry as JSON for programs. The same for everybody, so it can be cached.
/// </summary>
internal static class ProblemPages
{
    public const string Root = "/problems";

    private const string Style =
        "body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
        + "nav{display:flex;justify-content:space-between}a{color:#0b57d0}code{font-size:.95em}h1{line-height:1.3}"
        + "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}";

    /// <summary>The pages' one style and nothing else.</summary>
    public static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // Chinese stays readable in the source; what has a meaning in HTML is always encoded.
    private static readonly HtmlEncoder s_html = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly Words s_english = new("en", "Problems", "All problems", "Code", "Status", "Title", "What happened", "What to do", "zh", "中文");
    private static readonly Words s_chinese = new("zh-CN", "问题代码", "全部问题代码", "代码", "状态码", "名称", "问题说明", "处理办法", "en", "English");

    private sealed record Words(
        string Tag, string Problems, string All, string Code, string Status, string Title, string Meaning, string Remedy, string Other, string OtherName)
    {
        public bool Chinese => this == s_chinese;

        public string Language => Chinese ? "zh" : "en";
    }

    public static void MapProblemPages(this IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        var pages = routes.MapGroup(Root).WithTags("problems").AllowAnonymous();
        pages.MapMethods("", methods, (HttpContext context, string? lang) => Answer(context, lang, new ProblemList(ProblemEntries.All), List))
            .Produces<ProblemList>(200, MediaTypeNames.Application.Json, MediaTypeNames.Text.Html).ProducesProblem(400)
            .WithSummary("All problem codes: a page in English or Chinese (lang), or JSON.");
        pages.MapMethods("{code}", methods, (HttpContext context, string code, string? lang) => ProblemEntries.Find(code) is { } entry
                ? Answer(context, lang, entry, Page)
                : Problems.Of(Refusal.NotFound("problem.unknown", "There is no problem of this code; all stand at /problems.")))
            .Produces<ProblemEntry>(200, MediaTypeNames.Application.Json, MediaTypeNames.Text.Html).ProducesProblem(400).ProducesProblem(404)
            .WithSummary("What a problem code means and what to do: a page in English or Chinese (lang), or JSON.");
    }

    private static IResult Answer<T>(HttpContext context, string? lang, T content, Func<T, Words, string> page)
    {
        if (context.Request.Query.Keys.FirstOrDefault(k => k != "lang") is { } unknown)
            return Problems.Of(Refusal.Malformed("parameter.unknown", $"There is no parameter '{unknown}'."));
        if (lang is not (null or "en" or "zh"))
            return Problems.Of(Refusal.Malformed("parameter.malformed", "lang is en or zh."));

        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=3600";
        headers.Vary = "Accept, Accept-Language";
        if (WantsJson(context.Request))
            return Tagged(JsonSerializer.SerializeToUtf8Bytes(content, WireJson.Options), "application/json; charset=utf-8");
        var words = lang is null ? Problems.PrefersChinese(context.Request) ? s_chinese : s_english : lang == "zh" ? s_chinese : s_english;
        headers.ContentLanguage = words.Language;
        return Tagged(Encoding.UTF8.GetBytes(page(content, words)), "text/html; charset=utf-8");
    }

    private static FileContentHttpResult Tagged(byte[] body, string type) =>
        TypedResults.Bytes(body, type, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\""));

    /// <summary>A page unless JSON is liked better; who accepts anything gets the page.</summary>
    private static bool WantsJson(HttpRequest request) => request.GetTypedHeaders().Accept
        .Where(a => a.Quality is not 0)
        .OrderByDescending(a => a.Quality ?? 1)
        .Select(a => a.MediaType.Value?.ToLowerInvariant())
        .FirstOrDefault(a => a is "application/json" or "application/*" or "text/html" or "text/*" or "*/*") is "application/json" or "application/*";

    private static string Page(ProblemEntry entry, Words words) => Html(words, $"{Root}/{entry.Code}", $"{entry.Title.In(words.Chinese)} – {entry.Code}",
        $"""
        <h1>{Text(entry.Title.In(words.Chinese))}</h1>
        <p>{Text(words.Code)} <code>{Text(entry.Code)}</code> · {Text(words.Status)} {Text(StatusOf(entry))}</p>
        <h2>{Text(words.Meaning)}</h2>
        <p>{Text(entry.Meaning.In(words.Chinese))}</p>
        <h2>{Text(words.Remedy)}</h2>
        <p>{Text(entry.Remedy.In(words.Chinese))}</p>
        """);

    private static string List(ProblemList list, Words words) => Html(words, Root, words.Problems,
        $"""
        <h1>{Text(words.Problems)}</h1>
        <table>
        <tr><th>{Text(words.Code)}</th><th>{Text(words.Status)}</th><th>{Text(words.Title)}</th></tr>
        {string.Join('\n', list.Items.Select(e => $"""
            <tr><td><a href="{Root}/{Text(Uri.EscapeDataString(e.Code))}?lang={words.Language}"><code>{Text(e.Code)}</code></a></td><td>{Text(StatusOf(e))}</td><td>{Text(e.Title.In(words.Chinese))}</td></tr>
            """))}
        </table>
        """);

    private static string Html(Words words, string path, string title, string body) =>
        $"""
        <!DOCTYPE html>
        <html lang="{words.Tag}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(title)}</title>
        <style>{Style}</style>
        </head>
        <body>
        <nav><a href="{Root}?lang={words.Language}">{Text(words.All)}</a><a href="{Text(path)}?lang={words.Other}" hreflang="{words.Other}" lang="{words.Other}">{Text(words.OtherName)}</a></nav>
        {body}
        </body>
        </html>

        """;

    private static string StatusOf(ProblemEntry entry) => entry.Status.Count == 0 ? "4xx" : string.Join(", ", entry.Status);

    private static string Text(string text) => s_html.Encode(text);
}
