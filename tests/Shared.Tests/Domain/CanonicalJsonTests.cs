using System.Buffers;
using System.Text;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Shared.Tests.Domain;

/// <summary>Stored hashes are for ever: what was spelled once is spelled so always.</summary>
public class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{"b": 1.50e1, "a": 1, "b" : 2}""", """{"a":1,"b":2}""")]
    [InlineData("""{"é": 1, "A": 2, "a\"": 3, "a": 4, "": 5}""", """{"":5,"A":2,"a":4,"a\"":3,"é":1}""")]
    [InlineData("""{"\ud83d\ude00": 1, "\uffff": 2, "万": 3}""", """{"万":3,"\uD83D\uDE00":1,"\uFFFF":2}""")]
    [InlineData("""["caf\u00e9 \n \/ 万", "😀", "<>&'"]""", """["café \n / 万","\uD83D\uDE00","<>&'"]""")]
    [InlineData("[1000, 0.0, -0, 12, 100.50, -1.5E-3, 10e2, 9007199254740993]", "[1e3,0,0,12,1005e-1,-15e-4,1e3,9007199254740993]")]
    [InlineData("""{"z": [{"b": null, "a": true}], "a": {}}""", """{"a":{},"z":[{"a":true,"b":null}]}""")]
    public void A_value_has_one_spelling(string written, string canonical)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = JsonDocument.Parse(written))
        using (var writer = new Utf8JsonWriter(buffer, CanonicalJson.Options))
        {
            CanonicalJson.Write(writer, json.RootElement);
        }

        Assert.Equal(canonical, Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Fact]
    public void An_event_hashes_as_it_always_did()
    {
        var headers = new EventHeaders(
            "https://county.example", "e-1", null, new Dictionary<string, JsonElement> { ["b"] = JsonSerializer.SerializeToElement("九"), ["a"] = JsonSerializer.SerializeToElement(1.50m) },
            Hash: "not itself");
        Assert.Equal(
            "014ef1627068790921a5bf6b784b1f229bc1e78344bbf5296e7255fdeca9cb22",
            Canonical.Hash(
                new Guid("01890a5d-ac96-774b-bcce-b302099a8057"), "account-1", 2, "money-paid-in.v1",
                """{"by": {"client": "bank", "actor": "7"}, "at": "2024-06-15T08:00:00+00:00", "amount": 1.50}"""u8, headers, new string('a', 64)));
        Assert.Equal("0063f2db054d55138861781faf5f44d110d8a2adaf5c128cdba92614883bbbab", Canonical.Hash(Guid.Empty, "account-1", 1, "account-opened.v1", "{}"u8, new EventHeaders(null, null, null), null));
    }
}
