using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Restoration.System.Tests;

/// <summary>A request that was right until something in its body, its headers, its path or its form was spoilt; the same again for the same seed.</summary>
public sealed class Malformed
{
    /// <summary>Stands for half a surrogate pair, which no writer of JSON would write.</summary>
    private const string HalfPair = "\"(half a pair)\"";

    private static readonly string[] s_literals =
    [
        "null", "true", "-1", "0", "1e999", "1e-400", "79228162514264337593543950336", "0.00000000000000000000000000001", "\"\"", "\" \"", "[]", "{}",
        "[[[[[[[[[[]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":1}}}", "\"\\u0000\"", HalfPair, "\"-\"", "\"2023-13\"", "\"9999-99-99T99:99:99Z\"",
        "\"0001-01-01T00:00:00+14:00\"", "\"于都县\"", "\"'; drop table events.mt_events; --\"", "\"../../etc\"", "\"1e5\"", "99999999999999999999", "[null]",
    ];

    private readonly Random _random;
    private readonly List<(string Name, string Value)> _headers = [];
    private readonly byte[] _body;
    private string _media = "application/json";

    public Malformed(Random random, Ground ground)
    {
        _random = random;
        var good = Good(ground);
        (Path, _body) = (good.Path, Spoil(good.Body));
        if (_random.Next(8) == 0) Path += Pick("?", "?colour=red", "?dryRun=maybe", "?atomic=1&atomic=2", "/%00", "/%ff%fe", "/..%2f..", "/" + new string('x', 3000));
        if (_random.Next(8) == 0) _media = Pick("", "text/plain", "application/json; charset=nonsense", "multipart/form-data; boundary=x", "////");
        if (_random.Next(8) == 0) _headers.Add((Pick("If-Match", "Restoration-Actor", "Accept-Language", "traceparent", "Accept", "ce-specversion"), Weird()));
    }

    public string Path { get; }

    public (string, string)[] Headers => [.. _headers];

    public HttpContent Content => Caller.Bytes(_body, _media);

    public override string ToString() =>
        $"POST {Path}\n{string.Join('\n', _headers)}\nContent-Type: {_media}\n\n{Encoding.UTF8.GetString(_body)}";

    private (string Path, JsonNode Body) Good(Ground ground)
    {
        var id = $"fuzz-{_random.Next()}";
        var report = ground.Report($"/fuzz/{id}", id, "360731", "2023-06");
        (report["traceparent"], report["datacontenttype"]) = ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "application/json");
        if (_random.Next(3) == 0)
        {
            _media = Pick("application/cloudevents+json", "application/cloudevents-batch+json", "application/json");
            if (_media == "application/json")
                _headers.AddRange(report.Where(a => a.Key != "data").Select(a => ($"ce-{a.Key}", _random.Next(6) == 0 ? Weird() : (string)a.Value)));
            object body = _media switch
            {
                "application/json" => report["data"],
                "application/cloudevents+json" => report,
                _ => new[] { report, new(report) { ["id"] = $"{id}-2" } },
            };
            return ("/v1/registry/events", Json(body));
        }

        _headers.Add(("Idempotency-Key", _random.Next(10) == 0 ? Weird() : id));
        _headers.Add(("Restoration-Actor", "F-1"));
        return _random.Next(9) switch
        {
            0 => ("/v1/registry/divisions", Json(new { id, name = "镇", level = "township", parentId = "360731", validFrom = "2020-01-01" })),
            1 => ($"/v1/registry/divisions/{id}/replace", Json(new { replacedBy = "360731", lastDay = "2020-01-01" })),
            2 => ("/v1/registry/plans", Json(new { id, division = "360700", name = "规划", from = 2021, to = 2035, printedTotal = new { amount = 1, unit = "yuan" } })),
            3 => ($"/v1/registry/plans/{id}/adopt", Json(new { documentNumber = "1", at = "2023-01-01T00:00:00Z" })),
            4 => ("/v1/registry/projects", Json(new
            {
                id,
                planId = ground.PlanId,
                programmeId = "basin",
                name = "项目",
                kind = "water",
                schedule = new[] { new { from = 2021, to = 2025 } },
                measures = new[] { new { id = $"{id}-m", name = "m", quantity = new { value = 1.5, unit = "km2" }, role = "part" } },
            })),
            5 => ($"/v1/registry/progress/{ground.MeasureId}.360731.2023-06/{Pick("check", "verify", "dispute", "correct")}",
                Json(new { quantity = new { value = 1, unit = "mu" }, reason = "r" })),
            6 => ("/v1/clients", Json(new { clientId = id, name = "n", division = "360731", roles = new[] { "reader" }, subjects = new[] { "s" } })),
            7 => (_media = "application/x-www-form-urlencoded") is var _ ? ("/oauth/token", Json(new { grant_type = "client_credentials", client_id = id })) : default,
            _ => ($"/v1/registry/{Pick("reports", "events/1", "divisions/360731/abolish")}", Json(new { id })),
        };
    }

    /// <summary>Spoils the model once or more; then, now and then, the text, and the bytes.</summary>
    private byte[] Spoil(JsonNode body)
    {
        for (var times = _random.Next(1, 4); times > 0; times--) SpoilOne(body);
        var text = body.ToJsonString().Replace(HalfPair, "\"\\ud800\"");
        if (_random.Next(6) == 0) text = Pick(text[..(text.Length / 2)], text + text, $"[{text}]", text.Replace(':', ';'), "", new string('[', 200) + text, "\"" + text);
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > 0 && _random.Next(6) == 0) bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        return bytes;
    }

    private void SpoilOne(JsonNode body)
    {
        var places = Descend(body).ToList();
        if (places.Count == 0) return;
        var at = places[_random.Next(places.Count)];
        switch (at.Parent, _random.Next(4))
        {
            case (JsonObject parent, 0): parent.Remove(at.GetPropertyName()); break;
            case (JsonObject parent, 1): parent[Pick("unknown", "", "a/b~c", "名", HalfPair.Trim('"'))] = Literal(); break;
            case (JsonObject or JsonArray, _): at.ReplaceWith(Literal()); break;
        }
    }

    private static IEnumerable<JsonNode> Descend(JsonNode node) => (node switch
    {
        JsonObject members => members.Select(m => m.Value),
        JsonArray items => items,
        _ => [],
    }).OfType<JsonNode>().SelectMany(child => Descend(child).Prepend(child));

    private JsonNode? Literal() => JsonNode.Parse(Pick(s_literals));

    private string Weird() => Pick(
        "", " ", "%", "%zz", "%ff%fe", "%00", "\"", "\"unclosed", "W/\"1\"", "*", "\u00ff\u00fe", new string('a', 5000), "a,b", "zh;q=nan", "00-0-0-0", "{}", "\t");

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];

    private static JsonNode Json(object value) => JsonSerializer.SerializeToNode(value, JsonSerializerOptions.Web)!;
}
