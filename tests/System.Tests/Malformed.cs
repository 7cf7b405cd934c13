using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Restoration.System.Tests;

/// <summary>A request to an operation that was right until something of it was spoilt, or nothing; the same again for the same seed.</summary>
public sealed class Malformed
{
    /// <summary>Stands for half a surrogate pair, which no writer of JSON would write.</summary>
    private const string HalfPair = "\"(half a pair)\"";

    /// <summary>What the services and the gateway take at most.</summary>
    private const int MostBytes = 4 << 20, MostOfAll = (4 << 20) + (64 << 10);

    private static readonly string[] s_literals =
    [
        "null", "true", "-1", "0", "1e999", "1e-400", "79228162514264337593543950336", "0.00000000000000000000000000001", "\"\"", "\" \"", "[]", "{}",
        "[[[[[[[[[[]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":1}}}", "\"\\u0000\"", HalfPair, "\"-\"", "\"2023-13\"", "\"9999-99-99T99:99:99Z\"",
        "\"0001-01-01T00:00:00+14:00\"", "\"于都县\"", "\"'; drop table events.mt_events; --\"", "\"../../etc\"", "\"1e5\"", "99999999999999999999", "[null]",
        "\"9999-12-31T23:59:59Z\"", "\"0001-01-01\"", "2147483648", "-79228162514264337593543950335", "1.0", "\"\\ufffe\"", "\"\\u202e\"",
    ];

    private static readonly string[] s_weird =
    [
        "", " ", "%", "%zz", "%ff%fe", "%00", "\"", "\"unclosed", "W/\"1\"", "*", "\u00ff\u00fe", new string('a', 5000), "a,b", "zh;q=nan", "00-0-0-0", "{}", "\t", "=?utf-8?q?=", "\"\\\"",
    ];

    private readonly Random _random;
    private readonly Operation _operation;
    private readonly Estate _estate;
    private readonly List<(string Name, string Value)> _headers = [];
    private byte[] _body = [];
    private string _media;
    private string? _coding;

    public Malformed(Random random, Operation operation, Estate estate)
    {
        (_random, _operation, _estate) = (random, operation, estate);
        (Path, _media) = (estate.PathOf(operation), operation.Media ?? "application/json");
        if (operation.Takes("Idempotency-Key")) _headers.Add(("Idempotency-Key", $"fuzz-{_random.Next()}"));
        if (_random.Next(4) > 0) _headers.Add(("Restoration-Actor", $"F-{_random.Next(3)}"));
        if (_random.Next(5) == 0 && operation.Path.Contains('{', StringComparison.Ordinal)) Path = Path.Replace(Id(), $"none-{_random.Next(9)}", StringComparison.Ordinal);
        // What runs long or shows nothing but its path has enough of being spoilt there.
        if (operation.Schema is null && _random.Next(8) > 0) SpoilAround(_random.Next(3));
        else SpoilBody();
    }

    public string Path { get; private set; }

    /// <summary>So large that it may be cut off before it is sent whole.</summary>
    public bool IsTooLarge => _body.Length > (_operation.IsPublic ? 16 << 10 : MostBytes);

    public (string, string)[] Headers => [.. _headers];

    public HttpContent Content
    {
        get
        {
            var content = Caller.Bytes(_body, _media);
            if (_coding is not null) content.Headers.TryAddWithoutValidation("Content-Encoding", _coding);
            return content;
        }
    }

    public override string ToString() =>
        $"{_operation.Method} {Path[..Math.Min(Path.Length, 300)]}\n{string.Join('\n', _headers)}\nContent-Type: {_media}\nContent-Encoding: {_coding}\n\n{Encoding.UTF8.GetString(_body, 0, Math.Min(_body.Length, 2_000))}";

    private string Id()
    {
        var at = _operation.Path.IndexOf('{', StringComparison.Ordinal);
        return Path[(at < 0 ? Path.LastIndexOf('/') + 1 : at)..].Split('/', '?')[0];
    }

    private void SpoilBody()
    {
        var body = Good();
        var text = body?.ToJsonString() ?? "";
        switch (_random.Next(16))
        {
            case 0 or 1 or 2: break; // right as it is
            case 3: text = Deep(text); break;
            case 4: (_body, _media) = Encoded(text); return;
            case 5 when _random.Next(3) == 0: (_body, text) = (Large(text), ""); return;
            case 6: _coding = Pick("gzip", "br", "deflate", "identity", "nonsense", "gzip, gzip"); break;
            case 7: _media = Pick("", "text/plain", "application/json; charset=nonsense", "application/json; charset=utf-16", "multipart/form-data; boundary=x", "////", "application/xml"); break;
            case 8 or 9: SpoilAround(_random.Next(4)); break;
            default: text = Spoilt(body, text); break;
        }

        _body = _media == "application/x-www-form-urlencoded" && body is JsonObject form && _random.Next(2) == 0
            ? Encoding.UTF8.GetBytes(string.Join('&', form.Select(f => $"{f.Key}={Uri.EscapeDataString($"{f.Value}")}"))) : Encoding.UTF8.GetBytes(text);
        if (_body.Length > 0 && _random.Next(10) == 0) _body[_random.Next(_body.Length)] = (byte)_random.Next(256);
    }

    /// <summary>A body that fits, or an event in one of the three modes.</summary>
    private JsonNode? Good()
    {
        if (!_operation.IsIntake) return new Fitting(_estate.Known, _random).Body(_operation);
        var (type, data) = Pick(_estate.Events.Where(e => _operation.Spec.GetProperty("description").GetString()!.Contains(e.Key, StringComparison.Ordinal)).ToArray());
        var id = $"fuzz-{_random.Next()}";
        var one = Estate.CloudEvent(type, $"/fuzz/{id}", id, data);
        (one["traceparent"], one["datacontenttype"]) = ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "application/json");
        _media = Pick("application/cloudevents+json", "application/cloudevents-batch+json", "application/json");
        if (_media == "application/json")
            _headers.AddRange(one.Where(a => a.Key != "data").Select(a => ($"ce-{a.Key}", _random.Next(6) == 0 ? Pick(s_weird) : (string)a.Value)));
        if (_random.Next(4) == 0) Path += Pick("?dryRun=true", "?atomic=true", "?dryRun=true&atomic=true");
        return JsonSerializer.SerializeToNode<object>(_media switch
        {
            "application/json" => data,
            "application/cloudevents+json" => one,
            _ => new[] { one, new(one) { ["id"] = $"{id}-2" } },
        }, JsonSerializerOptions.Web);
    }

    private void SpoilAround(int what)
    {
        switch (what)
        {
            case 0: // the path
                Path = _random.Next(2) == 0 ? Path + Pick("/%00", "/%ff%fe", "/..%2f..", "/%", "/%zz", "/%2e%2e/%2e%2e/etc", "/" + new string('x', 3000), "//", ";a=b", "/%c0%af", "%20")
                    : Path.Replace(Id(), Pick("%00", "%ff", "%", "%25", "%2F", "%E4%BA%8E", "..%2f", "%u4e8e", new string('i', 2000), "'--", "0", "-1", "99999999999999999999", "%0d%0aX:y"), StringComparison.Ordinal);
                if (!_operation.Path.Contains('{', StringComparison.Ordinal) && _random.Next(2) == 0) Path += "%";
                break;
            case 1: // the query
                Path += (Path.Contains('?', StringComparison.Ordinal) ? '&' : '?') + Pick(
                    "colour=red", "dryRun=maybe", "atomic=1&atomic=2", "=&=&", "%", "%ff=%ff", "a[]=1&a[0]=2", "\u00e4=1", "x=" + new string('y', 9_000),
                    string.Join('&', Enumerable.Range(0, 900).Select(n => $"p{n}=1")), string.Join('&', Enumerable.Repeat("place=a", 300)), "place=%00", "stream='--");
                break;
            case 2: // who asks
                _headers.Add(("Authorization", Pick("Bearer", "Bearer ", "Basic !!!", "Bearer a b", "Bearer " + new string('a', 9_000), "Negotiate", "Bearer \u00ff")));
                break;
            default: // another header, or one of them twice
                _headers.Add((Pick("If-Match", "Restoration-Actor", "Accept-Language", "traceparent", "tracestate", "Accept", "ce-specversion", "ce-id", "Idempotency-Key", "If-None-Match",
                    "Range", "X-Forwarded-For", "X-HTTP-Method-Override", "Cookie", "baggage", "Transfer-Encoding-X"), Pick(s_weird)));
                break;
        }
    }

    /// <summary>Spoils the model once or more; then, now and then, the text.</summary>
    private string Spoilt(JsonNode? body, string text)
    {
        if (body is null) return Pick(s_literals);
        for (var times = _random.Next(1, 4); times > 0; times--) SpoilOne(body);
        text = body.ToJsonString().Replace(HalfPair, "\"\\ud800\"");
        return _random.Next(6) > 0 ? text
            : Pick(text[..(text.Length / 2)], text + text, $"[{text}]", text.Replace(':', ';'), "", "\"" + text, text.Replace("{", "{\"id\":1,\"id\":2,"), $"/* a */{text}", text.Replace(",", ",,"));
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

    private string Deep(string text)
    {
        var levels = Pick(31, 33, 10_000);
        var (open, close) = Pick(("[", "]"), ("{\"a\":", "}"));
        var nested = string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));
        return _random.Next(2) == 0 || text.Length < 3 ? nested : $"{text[..^1]},\"deep\":{nested}{text[^1]}";
    }

    private (byte[], string) Encoded(string text) => _random.Next(6) switch
    {
        0 => ([0xff, 0xfe, .. Encoding.Unicode.GetBytes(text)], _media),
        1 => (Encoding.BigEndianUnicode.GetBytes(text), $"{_media}; charset=utf-16"),
        2 => (Encoding.Latin1.GetBytes(text.Replace("\\u", "ä", StringComparison.Ordinal)), $"{_media}; charset=iso-8859-1"),
        3 => ([0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(text)], _media),
        4 => ([.. Encoding.UTF8.GetBytes(text), 0xc3, 0x28], _media),
        _ => (Encoding.UTF8.GetBytes(text.Replace("\\u", "\\uD8", StringComparison.Ordinal)), _media),
    };

    /// <summary>Just too large, or as large as may be: white space around what is right, or one long string.</summary>
    private byte[] Large(string text)
    {
        var size = Pick(MostBytes + 1, MostOfAll + 1, 39 * (MostBytes / 40), 39 * (MostBytes / 40));
        var bytes = Encoding.UTF8.GetBytes(text);
        var large = new byte[Math.Max(size, bytes.Length)];
        large.AsSpan().Fill(_random.Next(2) == 0 ? (byte)' ' : (byte)'[');
        bytes.CopyTo(large.AsSpan(large.Length - bytes.Length));
        return large;
    }

    private static IEnumerable<JsonNode> Descend(JsonNode node) => (node switch
    {
        JsonObject members => members.Select(m => m.Value),
        JsonArray items => items,
        _ => [],
    }).OfType<JsonNode>().SelectMany(child => Descend(child).Prepend(child));

    private JsonNode? Literal() => JsonNode.Parse(Pick(s_literals));

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
