using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Restoration.Gateway.Tests;

/// <summary>Where the <c>type</c> of a problem leads: to be read by anybody, without a token.</summary>
public sealed class ProblemPageTests(House house) : IClassFixture<House>
{
    private Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers) =>
        house.Gateway.Http.Send(HttpMethod.Get, path, null, null, headers);

    [Theory]
    [InlineData("", "text/html,*/*;q=0.8", "zh-CN,zh;q=0.9,en;q=0.5", "zh", "时段重叠", "沿用原报送周期")]
    [InlineData("", "*/*", "de, en;q=0.8, zh;q=0.5", "en", "The period overlaps another", "count the work twice")]
    [InlineData("?lang=zh", "text/html", "en", "zh", "时段重叠", "处理办法")]
    [InlineData("?lang=en", "application/json;q=0.5, text/html", "zh", "en", "What to do", "?lang=zh")]
    public async Task A_code_has_a_page_in_the_language_wanted(string query, string accept, string language, string answered, params string[] said)
    {
        var reply = await Get("/problems/period.overlaps" + query, ("Accept", accept), ("Accept-Language", language));
        var page = await reply.Content.ReadAsStringAsync();
        Assert.Equal((200, "text/html; charset=utf-8"), ((int)reply.StatusCode, reply.Content.Headers.ContentType?.ToString()));
        Assert.Equal(answered, reply.Content.Headers.ContentLanguage.Single());
        Assert.Contains($"<html lang=\"{answered}", page, StringComparison.Ordinal);
        Assert.Contains("422", page, StringComparison.Ordinal);
        Assert.All(said, s => Assert.Contains(s, page, StringComparison.Ordinal));
        Assert.Contains($"href=\"/problems/period.overlaps?lang={(answered == "zh" ? "en" : "zh")}\"", page, StringComparison.Ordinal);
        Assert.Contains("Accept-Language", string.Join(',', reply.Headers.Vary), StringComparison.Ordinal);
        Assert.True(reply.Headers.CacheControl is { Public: true, MaxAge.TotalMinutes: > 1 }, $"{reply.Headers.CacheControl}");
    }

    [Fact]
    public async Task A_page_has_one_style_no_script_and_nothing_unencoded()
    {
        var reply = await Get("/problems/idempotency-key.malformed"); // its remedy has < > and "
        var page = await reply.Content.ReadAsStringAsync();
        Assert.Contains("Idempotency-Key: &quot;&lt;a new UUID, for example&gt;&quot;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", page, StringComparison.OrdinalIgnoreCase);
        var style = SHA256.HashData(Encoding.UTF8.GetBytes(Regex.Match(page, "<style>(.*)</style>", RegexOptions.Singleline).Groups[1].Value));
        var policy = reply.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(style)}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_the_entry_as_json()
    {
        var reply = await Get("/problems/division.replaced", ("Accept", "application/json"));
        Assert.Equal("application/json", reply.Content.Headers.ContentType?.MediaType);
        var entry = await reply.Json();
        Assert.Equal("division.replaced", entry.GetProperty("code").GetString());
        Assert.Equal([409, 422], entry.GetProperty("status").EnumerateArray().Select(s => s.GetInt32()));
        Assert.Equal("行政区划已被接替", entry.GetProperty("title").GetProperty("zh").GetString());
        Assert.All(new[] { "meaning", "remedy" }, part => Assert.NotEmpty(entry.GetProperty(part).GetProperty("en").GetString()!));

        var same = await Get("/problems/division.replaced", ("Accept", "application/json"), ("If-None-Match", reply.Headers.ETag!.Tag));
        Assert.Equal((304, ""), ((int)same.StatusCode, await same.Content.ReadAsStringAsync()));
        Assert.NotEqual(reply.Headers.ETag, (await Get("/problems/division.replaced")).Headers.ETag);
    }

    [Fact]
    public async Task All_codes_stand_in_one_list_and_each_leads_to_its_page()
    {
        var items = (await (await Get("/problems", ("Accept", "application/json"))).Json()).GetProperty("items");
        var codes = items.EnumerateArray().Select(i => i.GetProperty("code").GetString()!).ToList();
        Assert.True(codes.Count > 100);
        foreach (var (language, title) in new[] { ("en", "A token is needed"), ("zh", "缺少访问令牌") })
        {
            var page = await (await Get("/problems", ("Accept-Language", language))).Content.ReadAsStringAsync();
            Assert.Contains(title, page, StringComparison.Ordinal);
            Assert.Equal(codes, Regex.Matches(page, $"<a href=\"/problems/([^?\"]+)\\?lang={language}\">").Select(m => m.Groups[1].Value));
        }
        Assert.All(await Task.WhenAll(codes.Select(c => Get($"/problems/{c}"))), reply => Assert.Equal(HttpStatusCode.OK, reply.StatusCode));
    }

    [Fact]
    public async Task What_is_not_there_is_a_problem_with_an_entry_of_its_own()
    {
        var unknown = await Get("/problems/no.such%3Cscript%3E", ("Accept", "text/html"), ("Accept-Language", "zh"));
        Assert.Equal("问题代码不存在", (await unknown.Is(404, "problem.unknown")).GetProperty("title").GetString());
        Assert.Equal(HttpStatusCode.OK, (await Get("/problems/problem.unknown")).StatusCode);
        await (await Get("/problems/Period.Overlaps")).Is(404, "problem.unknown");
        await (await Get("/problems/period.overlaps?lang=fr")).Is(400, "parameter.malformed");
        await (await Get("/problems?langue=zh")).Is(400, "parameter.unknown");
        await (await house.Gateway.Http.Send(HttpMethod.Post, "/problems", null)).Is(405, "method.unsupported");
    }

    [Theory]
    [InlineData("/problems", 200)]
    [InlineData("/problems/period.overlaps", 200)]
    [InlineData("/problems/nothing.known", 404)]
    public async Task Head_answers_what_get_would_without_the_body(string path, int status)
    {
        var (head, get) = (await house.Gateway.Http.Send(HttpMethod.Head, path, null), await Get(path));
        Assert.Equal((status, status), ((int)head.StatusCode, (int)get.StatusCode));
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        if (status == 200)
            Assert.Equal(get.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }
}
