using System.Text;
using System.Text.Json;
using CsvHelper;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Lists as spreadsheet programs read them.</summary>
public sealed class CsvTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static readonly (string, string) s_csv = ("Accept", "text/csv");

    /// <summary>Read by the library's reader, not by what wrote it.</summary>
    private static List<Dictionary<string, string>> Rows(Answer answer)
    {
        using var csv = CsvReader.FromText(answer.Is(200).Text);
        var rows = new List<Dictionary<string, string>>();
        foreach (var row in csv)
            rows.Add(row.ToDictionary().ToDictionary(c => c.Key, c => c.Value!));
        return rows;
    }

    private static List<JsonElement> Items(Answer answer) => [.. answer.Is(200).Json.GetProperty("items").EnumerateArray()];

    private async Task Report(IEnumerable<object> data)
    {
        var results = (await registry.Host.As("city-reports", City, Roles.Reporter).PostEvents(data.Select(d => Event(d, source: "/city")))).Is(200);
        Assert.All(results.Json.GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("status").GetString() == "recorded", r.ToString()));
    }

    [Fact]
    public async Task A_list_as_CSV_says_what_it_says_as_JSON()
    {
        (await registry.Reporter.PostEvent(Event(Data(1.5m, "2024-03", investment: new { amount = 2.5, unit = "万元" })))).Is(201);
        var json = Items(await registry.Planner.Get("/v1/registry/progress?limit=500")).Single(f => f.GetProperty("id").GetString() == $"p1-area.{Yudu}.2024-03");
        var row = Rows(await registry.Planner.Get("/v1/registry/progress", s_csv)).Single(r => r["id"] == $"p1-area.{Yudu}.2024-03");
        Assert.Equal(
            ("1.5", "ha", "", "", "25000.00", "false", "gz-i1", "1"),
            (row["reported"], row["reportedUnit"], row["verified"], row["verifiedUnit"], row["investmentCompleted"], row["outlier"], row["indicatorId"], row["version"]));
        foreach (var member in json.EnumerateObject().Where(m => m.Value.ValueKind is JsonValueKind.String or JsonValueKind.Array))
            Assert.Equal(member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText(), row[member.Name]);

        var project = Rows(await registry.Planner.Get("/v1/registry/projects", s_csv)).First(r => r["id"] == "p1");
        Assert.Equal(($"{Yudu}; {Ningdu}", "500000.00", "0.00", "false", "1"), (project["counties"], project["estimate"], project["money.issued"], project["money.settled"], project["number"]));
        Assert.Equal("true", Rows(await registry.Planner.Get("/v1/registry/projects", s_csv)).First(r => r["id"] == "p3")["enteredWithPlan"]);
        Assert.Equal("", Rows(await registry.Planner.Get("/v1/registry/projects", s_csv)).First(r => r["id"] == "p3")["estimate"]);
        var nankang = Rows(await registry.Planner.Get("/v1/registry/divisions", s_csv)).First(r => r["id"] == Nankang);
        Assert.Equal((NewNankang, "2013-10-31", "南康市"), (nankang["replacedBy"], nankang["validTo"], nankang["name"]));
    }

    [Fact]
    public async Task It_is_made_for_spreadsheet_programs()
    {
        var answer = (await registry.Reporter.Get("/v1/registry/divisions", s_csv)).Is(200);
        var bytes = await answer.Message.Content.ReadAsByteArrayAsync();
        Assert.Equal([0xef, 0xbb, 0xbf], bytes[..3]);
        Assert.Equal("text/csv; charset=utf-8; header=present", answer.Message.Content.Headers.ContentType!.ToString());
        Assert.Equal("attachment; filename*=UTF-8''registry-divisions.csv", answer.Message.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal(["en"], answer.Message.Content.Headers.ContentLanguage);
        Assert.Equal("Accept, Accept-Language", answer.Header("Vary"));
        var lines = Encoding.UTF8.GetString(bytes[3..]).Split("\r\n");
        Assert.Equal("id,version,name,nameEn,level,parentId,landIn,area,areaUnit,validFrom,validTo,replacedBy,note,statedCounties,formerNames,formerParents", lines[0]);
        Assert.Equal("", lines[^1]);
        Assert.DoesNotContain(lines, l => l.Contains('\n', StringComparison.Ordinal));

        var chinese = (await registry.Reporter.Get("/v1/registry/divisions", s_csv, ("Accept-Language", "zh-CN"))).Is(200);
        Assert.Equal("编号,版本,名称,英文名称,级别,上级行政区,所在县（市、区）,面积,面积单位,启用日期,停用日期,替代代码,备注,应有县（市、区）数,曾用名,原隶属", chinese.Text.TrimStart('\ufeff').Split("\r\n")[0]);
        Assert.Equal(["zh"], chinese.Message.Content.Headers.ContentLanguage);
        string[] sample = ["浮梁县", "赣州经开区", "赣州市", "贡江镇", "江西省", "景德镇市", "南康区", "南康市", "宁都县", "于都县"];
        Assert.Equal(sample, Rows(chinese).Select(r => r["名称"]).Where(sample.Contains)); // others enter divisions of their own
    }

    [Fact]
    public async Task A_cell_is_never_a_formula()
    {
        string[] names = ["=1+1", "+1", "-1", "@sum", "\tx", "＝HYPERLINK(\"http://a\")", "甲", "a=b", "雨季, \"三次\"\r\n复查"];
        foreach (var (name, i) in names.Select((n, i) => (n, i)))
            (await registry.Operator.Post("/v1/registry/divisions", new { id = $"formula-{i}", name = "乙", level = "township", parentId = Ningdu, note = name, area = new { value = 2.50m, unit = "km2" } })).Is(201);
        var rows = Rows(await registry.Reporter.Get($"/v1/registry/divisions?parentId={Ningdu}", s_csv));
        Assert.Equal(["'=1+1", "'+1", "'-1", "'@sum", "'\tx", "'＝HYPERLINK(\"http://a\")", "甲", "a=b", "雨季, \"三次\"\r\n复查"], rows.Select(r => r["note"]));
        Assert.All(rows, r => Assert.Equal(("2.50", "km2"), (r["area"], r["areaUnit"])));
    }

    [Fact]
    public async Task Without_a_limit_it_is_all_and_with_one_a_page()
    {
        await Report(
            from division in new[] { Yudu, Ningdu }
            from month in Enumerable.Range(0, 36)
            select Data(1, $"{2021 + (month / 12)}-{1 + (month % 12):00}", division: division));
        var all = Rows(await registry.Planner.Get("/v1/registry/progress?measureId=p1-area", s_csv)).ConvertAll(r => r["id"]);
        Assert.True(all.Count >= 72);
        Assert.Equal(all.Distinct(), all);
        var paged = new List<string>();
        for (var next = "/v1/registry/progress?measureId=p1-area&limit=25"; next is not null;)
        {
            var page = await registry.Planner.Get(next, s_csv);
            paged.AddRange(Rows(page).Select(r => r["id"]));
            next = page.Header("Link")?.Split('>')[0][1..];
        }

        Assert.Equal(all, paged);
        Assert.Equal(50, Items(await registry.Planner.Get("/v1/registry/progress?measureId=p1-area")).Count);
    }

    [Fact]
    public async Task Figures_that_come_between_pages_are_neither_lost_nor_repeated()
    {
        static object Figure(string period) => Data(1, period, measure: "p2-area", division: Ningdu);
        await Report(Enumerable.Range(1, 9).Select(i => Figure($"2022-0{i}")));
        var (seen, next) = (new List<string>(), "/v1/registry/progress?measureId=p2-area&limit=2");
        for (var page = 0; next is not null; page++)
        {
            var answer = await registry.Planner.Get(next);
            seen.AddRange(Items(answer).Select(i => i.GetProperty("period").GetString()!));
            next = answer.Header("Link")?.Split('>')[0][1..];
            if (page < 3) // one before what was read, one behind it
                await Report([Figure($"2021-0{page + 1}"), Figure($"2023-0{page + 1}")]);
        }

        Assert.Equal([.. Enumerable.Range(1, 9).Select(i => $"2022-0{i}"), "2023-01", "2023-02", "2023-03"], seen);
    }

    [Fact]
    public async Task Histories_and_rejected_events_are_lists_too()
    {
        var history = Rows(await registry.Reporter.Get($"/v1/registry/divisions/{Nankang}/history", s_csv));
        Assert.Equal(["division-defined.v1", "division-replaced.v1"], history.Select(r => r["type"]));
        Assert.Equal("南康市", JsonDocument.Parse(history[0]["data"]).RootElement.GetProperty("name").GetString());
        (await registry.Reporter.Get("/v1/registry/divisions/none/history", s_csv)).Is(404, "resource.unknown");
        (await registry.Reporter.PostEvent(Event(Data(1), id: "csv-bad", type: "no.such"))).Is(422);
        var rejected = Rows(await registry.Reporter.Get("/v1/registry/events/rejected", s_csv)).Single(r => r["id"] == "csv-bad");
        Assert.Equal("event.type-unknown", JsonDocument.Parse(rejected["problem"]).RootElement.GetProperty("code").GetString());
        (await registry.Operator.Get("/v1/registry/ops/dead-letters", s_csv)).Is(200);
        (await registry.Operator.Get("/v1/registry/ops/checkpoints", s_csv)).Is(200);
        Assert.Contains(Rows(await registry.Operator.Get("/v1/registry/ops/views", s_csv)), v => v["name"] == "progress");
    }

    [Fact]
    public async Task Measures_are_a_list_in_the_order_of_their_project()
    {
        var all = Items(await registry.Planner.Get("/v1/registry/projects/p1/measures")).ConvertAll(m => m.GetProperty("id").GetString()!);
        Assert.True(all.Count > 1);
        var rows = Rows(await registry.Planner.Get("/v1/registry/projects/p1/measures", s_csv));
        Assert.Equal(all, rows.Select(r => r["id"]));
        Assert.Contains("quantityUnit", rows[0].Keys);
        var first = (await registry.Planner.Get("/v1/registry/projects/p1/measures?limit=1")).Is(200);
        Assert.Equal(all[0], Items(first).Single().GetProperty("id").GetString());
        var second = await registry.Planner.Get(first.Header("Link")![1..].Split('>')[0]);
        Assert.Equal(all[1], Items(second).Single().GetProperty("id").GetString());
        (await registry.Planner.Get($"/v1/registry/projects/p2/measures?limit=1&cursor={first.Json.GetProperty("next").GetString()}")).Is(400, "cursor.foreign");
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("text/*", "text/csv")]
    [InlineData("text/csv, application/json", "application/json")]
    [InlineData("text/csv, */*;q=0.8", "text/csv")]
    [InlineData("text/csv;q=0.5, application/json;q=0.4", "text/csv")]
    [InlineData("application/json;q=0, */*", "text/csv")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json")]
    [InlineData("text/html", null)]
    [InlineData("*/*;q=0", null)]
    public async Task The_caller_says_which_form_it_wants(string? accept, string? media)
    {
        var answer = await registry.Reporter.Get("/v1/registry/plans", accept is null ? [] : [("Accept", accept)]);
        if (media is null)
            answer.Is(406, "accept.unsupported");
        else
            Assert.Equal(media, answer.Is(200).Message.Content.Headers.ContentType!.MediaType);
    }

    /// <summary>The document's columns are those of the answer, so what is asked of all documents is true of the answers.</summary>
    [Fact]
    public async Task The_document_names_the_columns()
    {
        var paths = (await OpenApiDocument.Of(registry.Host.Http, "registry")).GetProperty("paths");
        foreach (var list in new[] { "divisions", "plans", "projects", "progress", "events/rejected" })
        {
            var said = paths.GetProperty($"/v1/registry/{list}").GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content")
                .GetProperty("text/csv").GetProperty("x-columns").EnumerateArray().Select(c => c.GetString());
            Assert.Equal(string.Join(',', said), (await registry.Planner.Get($"/v1/registry/{list}", s_csv)).Is(200).Text.TrimStart('\ufeff').Split("\r\n")[0]);
        }
    }
}
