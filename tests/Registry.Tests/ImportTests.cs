using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Sheets as counties keep them, taken row by row.</summary>
public sealed class ImportTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private const string Chinese = "序号,项目编号,项目名称,措施编号,县（市、区）,填报期,填报口径,完成量（亩）,完成投资（万元）,佐证材料,佐证哈希,佐证类型,备注\r\n";
    private static readonly string s_sha = new('a', 64);
    private static readonly Encoding s_gb18030 = CodePagesEncodingProvider.Instance.GetEncoding("GB18030")!;

    private static Task<Answer> Post(Caller caller, string path, byte[] file, params (string, string)[] headers)
    {
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        return caller.Send(path, content, [("Idempotency-Key", Guid.NewGuid().ToString()), .. headers]);
    }

    private static Task<Answer> Post(Caller caller, string path, string csv, params (string, string)[] headers) => Post(caller, path, Encoding.UTF8.GetBytes(csv), headers);

    private static List<JsonElement> Items(Answer answer) => [.. answer.Json.GetProperty("items").EnumerateArray()];

    private static string[] Statuses(Answer answer) => [.. Items(answer).Select(i => i.GetProperty("status").GetString()!)];

    private Caller County(string name) => registry.Host.As(name, Yudu, Roles.Reporter);

    private async Task<JsonElement> Figure(string period) => (await registry.Reporter.Get($"/v1/registry/progress/p1-area.{Yudu}.{period}")).Is(200).Json;

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-8 with mark")]
    [InlineData("gb18030")]
    public async Task A_countys_own_form_is_read_in_the_encodings_that_spreadsheet_programs_save(string encoding)
    {
        var month = encoding.Length % 9 + 1;
        var csv = $"{Chinese}1,p1,崩岗治理1,p1-area,于都县,2021年{month}月,本期,\"0,150\",12.5,https://e.example/1.jpg,{s_sha},照片,坡面复绿\r\n,,,,,,,,,,,,\r\n";
        byte[] file = encoding switch
        {
            "gb18030" => s_gb18030.GetBytes(csv),
            "utf-8" => Encoding.UTF8.GetBytes(csv),
            _ => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(csv)],
        };
        var answer = (await Post(County($"reads-{month}"), "/v1/registry/progress/imports", file)).Is(200);
        Assert.Equal(["recorded"], Statuses(answer));
        Assert.NotNull(answer.Header("X-Position"));
        var figure = await Figure($"2021-{month:00}");
        Assert.Equal((10m, 125_000m, "photo"), (
            figure.GetProperty("reported").GetProperty("value").GetDecimal(), figure.GetProperty("investmentCompleted").GetProperty("amount").GetDecimal(),
            figure.GetProperty("evidence")[0].GetProperty("kind").GetString()));
        Assert.Equal(("/imports/reads-" + month, 2), (figure.GetProperty("reports")[0].GetProperty("sender").GetProperty("source").GetString(), Items(answer)[0].GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Each_row_has_its_verdict_and_a_bad_one_harms_no_other()
    {
        const string Head = "projectId,measureId,division,period,mode,quantity,unit,reason\n";
        string[] rows =
        [
            $"p1,p1-area,{Yudu},2022-01,increment,1,公顷,", $"p1,p1-area,{Yudu},2022-02,sometimes,many,moons,", $"p1,p1-area,{Ningdu},2022-01,increment,1,ha,",
            $"p1,p1-none,{Yudu},2022-01,increment,1,ha,", $"p1,p1-area,{Yudu},2022-03,increment,1,km,", $"p1,p1-area,{Yudu},2022-04,increment,500,ha,", $"p1,p1-area,{Yudu},2022-05,increment,1,ha,",
        ];
        var county = County("verdicts");
        var dry = (await Post(county, "/v1/registry/progress/imports?dryRun=true", Head + string.Join('\n', rows))).Is(200);
        string[] expected = ["recorded", "rejected", "rejected", "rejected", "rejected", "rejected", "recorded"];
        Assert.Equal(expected, Statuses(dry));
        Assert.True(dry.Json.GetProperty("dryRun").GetBoolean());
        (await county.Get($"/v1/registry/progress/p1-area.{Yudu}.2022-01")).Is(404);

        var answer = (await Post(county, "/v1/registry/progress/imports", Head + string.Join('\n', rows))).Is(200);
        Assert.Equal(expected, Statuses(answer));
        Assert.Equal(
            [null, "row.malformed", "division.forbidden", "measure.unknown", "quantity.unit-mismatch", "progress.over-target", null],
            Items(answer).Select(i => i.TryGetProperty("code", out var code) ? code.GetString() : null));
        Assert.Equal(["mode", "quantity", "quantity"], [.. Items(answer)[1].GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("column").GetString()!).Take(2), Items(answer)[5].GetProperty("column").GetString()!]);
        Assert.Equal("#/quantity/unit", Items(answer)[4].GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal((7, 2, 5), Counts(answer));

        // The same file again records nothing twice; what was refused is judged again.
        var again = (await Post(county, "/v1/registry/progress/imports", Head + string.Join('\n', rows), ("Accept-Language", "zh"))).Is(200);
        Assert.Equal(["duplicate", "rejected", "rejected", "rejected", "rejected", "rejected", "duplicate"], Statuses(again));
        Assert.Equal(Items(answer)[0].GetProperty("position").GetInt64(), Items(again)[0].GetProperty("position").GetInt64());
        Assert.Contains("单元格", Items(again)[1].GetProperty("title").GetString()!, StringComparison.Ordinal);

        var kept = (await registry.CityBureau.Get("/v1/registry/progress/imports")).Is(200).Json.GetProperty("items").EnumerateArray().Single(i => i.GetProperty("client").GetString() == "verdicts");
        var id = kept.GetProperty("id").GetString()!;
        Assert.Equal(5, Items((await county.Get($"/v1/registry/progress/imports/{id}?status=rejected&limit=10")).Is(200)).Count);
        var csv = (await county.Get($"/v1/registry/progress/imports/{id}", ("Accept", "text/csv"), ("Accept-Language", "zh"))).Is(200).Text;
        Assert.StartsWith("行号,结果,主题,", csv.TrimStart('\ufeff'), StringComparison.Ordinal);
        (await registry.Host.As("elsewhere", Ningdu, Roles.Reporter).Get($"/v1/registry/progress/imports/{id}")).Is(403, "division.forbidden");
        (await county.Get($"/v1/registry/projects/imports/{id}")).Is(403);
        Assert.DoesNotContain("verdicts", (await registry.Reader(Ningdu).Get("/v1/registry/progress/imports")).Is(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_import_is_sent_again_with_its_rejected_rows_mended()
    {
        const string Head = "projectId,measureId,division,period,mode,quantity,unit\n";
        var county = County("mends");
        (string, string) key = ("Idempotency-Key", "mended-1");
        var first = (await county.Send("/v1/registry/progress/imports?id=2023-06", Csv($"{Head}p1,p1-area,{Yudu},2023-06,increment,1,ha\np1,p1-area,{Yudu},2023-07,increment,1,kg\n"), key)).Is(200);
        Assert.Equal(["recorded", "rejected"], Statuses(first));
        var replayed = (await county.Send("/v1/registry/progress/imports?id=2023-06", Csv($"{Head}p1,p1-area,{Yudu},2023-06,increment,1,ha\np1,p1-area,{Yudu},2023-07,increment,1,kg\n"), key)).Is(200);
        Assert.Equal(("true", first.Text), (replayed.Header("Idempotency-Replayed"), replayed.Text));
        var second = (await Post(county, "/v1/registry/progress/imports?id=2023-06", $"{Head}p1,p1-area,{Yudu},2023-06,increment,1,ha\np1,p1-area,{Yudu},2023-07,increment,2,ha\n")).Is(200);
        Assert.Equal(["duplicate", "recorded"], Statuses(second));
        var third = (await Post(county, "/v1/registry/progress/imports?id=2023-06", $"{Head}p1,p1-area,{Yudu},2023-06,increment,9,ha\n")).Is(200);
        Assert.Equal("event.differs", Items(third)[0].GetProperty("code").GetString());
        Assert.Equal(1m, (await Figure("2023-06")).GetProperty("reported").GetProperty("value").GetDecimal());

        static ByteArrayContent Csv(string text) => new(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new("text/csv") } };
    }

    [Fact]
    public async Task All_or_nothing_where_that_is_asked_for()
    {
        const string Head = "projectId,measureId,division,period,mode,quantity,unit\n";
        var county = County("atomic");
        var answer = (await Post(county, "/v1/registry/progress/imports?atomic=true", $"{Head}p1,p1-area,{Yudu},2024-01,increment,1,ha\np1,p1-area,{Yudu},2029-01,increment,1,ha\n")).Is(422);
        Assert.Equal(["batch.undone", "period.outside-schedule"], Items(answer).Select(i => i.GetProperty("code").GetString()));
        (await county.Get($"/v1/registry/progress/p1-area.{Yudu}.2024-01")).Is(404);
        Assert.Equal(["recorded"], Statuses((await Post(county, "/v1/registry/progress/imports?atomic=true", $"{Head}p1,p1-area,{Yudu},2024-01,increment,1,ha\n")).Is(200)));
    }

    [Theory]
    [InlineData("projectId,measureId\np1,p1-area\n", "sheet.malformed")]
    [InlineData("projectId,measureId,division,period,mode,quantity,colour\n", "sheet.malformed")]
    [InlineData("PK\u0003\u0004\0\0", "sheet.malformed")]
    [InlineData("", "sheet.malformed")]
    public async Task What_is_no_such_sheet_is_refused_whole(string file, string code) =>
        (await Post(County("wrong"), "/v1/registry/progress/imports", file)).Is(400, code);

    [Fact]
    public async Task Ten_thousand_rows_are_taken_in_seconds()
    {
        var csv = new StringBuilder("projectId,measureId,division,period,mode,quantity,unit,reason\n");
        var day = new DateOnly(2021, 1, 1);
        for (var i = 0; i < 10_000; i++)
            csv.Append(System.Globalization.CultureInfo.InvariantCulture, $"p3,p3-area,{(i % 5) switch { 0 => Yudu, 1 => Ningdu, 2 => NewNankang, 3 => Zone, _ => Yudu }},{day.AddDays(i % 5 == 4 ? 1_800 - (i / 50) : i / 10):yyyy-MM-dd},increment,0.0001,ha,r{i}\n");
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        var answer = (await Post(registry.Host.As("city-imports", City, Roles.Reporter), "/v1/registry/progress/imports", csv.ToString())).Is(200);
        TestContext.Current.TestOutputHelper!.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Equal((10_000, 10_000, 0), Counts(answer));
    }

    [Fact]
    public async Task Projects_are_taken_with_their_measures()
    {
        const string Head = "项目编号,规划编号,重大工程编号,序号,项目名称,项目类型,涉及县（市、区）,牵头单位,起始年份,截止年份,估算投资（万元）,措施编号,措施名称,数量,单位\n";
        var rows = Head + "i1,gz,prog-a,31,导入项目,水土保持,于都县、宁都县,市水利局,2021,2025,7060,i1-area,治理面积,1.2,万亩\n,,,,,,,,,,,i1-road,道路,5,公里\n"
            + "i2,gz,none,32,另一项目,矿山,于都县,,2021,2025,,i2-a,治理面积,1,亩\n,,,,,,,,,,,other-b,道路,5,公里\n";
        (await Post(County("no-planner"), "/v1/registry/projects/imports", rows)).Is(403, "role.missing");
        var answer = (await Post(registry.Planner, "/v1/registry/projects/imports", rows)).Is(200);
        Assert.Equal(["recorded", "recorded", "rejected", "rejected"], Statuses(answer));
        Assert.Equal(["重大工程编号", "措施编号"], Items(answer)[2..].Select(i => i.GetProperty("column").GetString()));
        var project = (await registry.Planner.Get("/v1/registry/projects/i1")).Is(200).Json;
        Assert.Equal(("designed", 70_600_000m, 2), (project.GetProperty("state").GetString(), project.GetProperty("estimate").GetProperty("amount").GetDecimal(), project.GetProperty("definition").GetProperty("measures").GetArrayLength()));
        Assert.Equal(["duplicate", "duplicate", "rejected", "rejected"], Statuses((await Post(registry.Planner, "/v1/registry/projects/imports", rows)).Is(200)));
    }

    [Fact]
    public async Task A_years_tasks_are_taken_as_one_assignment_of_a_project_and_year()
    {
        const string Head = "项目编号,项目名称,任务年度,措施编号,年度任务,县（市、区）,分解任务,单位,原因\n";
        var rows = Head + "p1,甲,2023,p1-area,9,于都县,4,公顷,\n,,,,,宁都县,5,公顷,\n"
            + "p1,甲,2024,p1-area,,于都县,2,公顷,\n,,,,,宁都县,三,公顷,\n"
            + "p1,甲,2025,p1-area,1,于都县,900000,公顷,\n,,,none,,于都县,1,公顷,\n";
        (await Post(County("no-assigner"), "/v1/registry/assignments/imports", rows)).Is(403, "role.missing");
        var tried = (await Post(registry.Planner, "/v1/registry/assignments/imports?dryRun=true", rows)).Is(200);
        var answer = (await Post(registry.Planner, "/v1/registry/assignments/imports?id=tasks", rows)).Is(200);
        Assert.Equal(["recorded", "recorded", "rejected", "rejected", "rejected", "rejected"], Statuses(answer));
        Assert.Equal(Statuses(answer), Statuses(tried));
        Assert.Equal([null, "分解任务", "分解任务", "措施编号"], Items(answer)[2..].Select(i => i.TryGetProperty("column", out var column) ? column.GetString() : null));
        Assert.Equal(("row.malformed", "assignment.over-remainder"), (Items(answer)[3].GetProperty("code").GetString(), Items(answer)[5].GetProperty("code").GetString()));
        var year = (await registry.Planner.Get("/v1/registry/projects/p1/assignments/2023")).Is(200).Json;
        Assert.Equal(("assigned", 2), (year.GetProperty("state").GetString(), year.GetProperty("counties").GetArrayLength()));
        (await registry.Planner.Get("/v1/registry/projects/p1/assignments/2024")).Is(404);

        // The same again records nothing; what was mended takes its place; what was recorded is not another under the same name.
        Assert.Equal("duplicate", Statuses((await Post(registry.Planner, "/v1/registry/assignments/imports?id=tasks", rows)).Is(200))[1]);
        var mended = (await Post(registry.Planner, "/v1/registry/assignments/imports?id=tasks", rows.Replace("三", "3", StringComparison.Ordinal))).Is(200);
        Assert.Equal(["duplicate", "duplicate", "recorded", "recorded"], Statuses(mended)[..4]);
        Assert.Equal("rejected", Statuses((await Post(registry.Planner, "/v1/registry/assignments/imports?id=tasks", rows.Replace(",宁都县,5,", ",宁都县,6,", StringComparison.Ordinal))).Is(200))[0]);
    }

    private static (int, int, int) Counts(Answer answer)
    {
        var import = answer.Json.GetProperty("import");
        return (import.GetProperty("rows").GetInt32(), import.GetProperty("recorded").GetInt32(), import.GetProperty("rejected").GetInt32());
    }
}
