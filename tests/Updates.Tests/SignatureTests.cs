using System.Net;
using System.Net.Sockets;
using System.Text;
using Restoration.Updates.Webhooks;

namespace Restoration.Updates.Tests;

public sealed class SignatureTests
{
    /// <summary>The vector of the standard.</summary>
    [Fact]
    public void What_the_standard_signs_is_signed_alike() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        Signature.Of(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("{\"test\": 2432232314}")));

    [Fact]
    public void A_secret_has_the_form_of_the_standard()
    {
        var secret = Signature.NewSecret();
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.InRange(Convert.FromBase64String(secret[6..]).Length, 24, 64);
        Assert.NotEqual(secret, Signature.NewSecret());
    }
}

public sealed class OutboundGuardTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.9")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:0a00:0001::1")]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")]
    [InlineData("2001:db8::1")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("100::1")]
    public void Not_called(string address) => Assert.True(OutboundGuard.IsClosed(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("240e::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2002:0808:0808::1")]
    public void Called(string address) => Assert.False(OutboundGuard.IsClosed(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://example.org/hook", null)]
    [InlineData("https://example.org:8443/hook?a=b", null)]
    [InlineData("https://unknown.example/hook", null)]
    [InlineData("https://8.8.8.8/", null)]
    [InlineData("http://10.9.0.1/hook", null)]
    [InlineData("hook", "target.malformed")]
    [InlineData("/hook", "target.malformed")]
    [InlineData("https://", "target.malformed")]
    [InlineData("https://example.org:0/", "target.malformed")]
    [InlineData("https://example.org/#there", "target.malformed")]
    [InlineData("https://example.org/a b", "target.malformed")]
    [InlineData("ftp://example.org/", "target.unsupported")]
    [InlineData("file:///etc/passwd", "target.malformed")]
    [InlineData("gopher://example.org/", "target.unsupported")]
    [InlineData("https://user@example.org/", "target.with-credentials")]
    [InlineData("https://user:word@example.org/", "target.with-credentials")]
    [InlineData("http://example.org/hook", "target.insecure")]
    [InlineData("http://unknown.example/hook", "target.insecure")]
    [InlineData("https://both.example/hook", "target.forbidden")]
    [InlineData("https://10.0.0.1/hook", "target.forbidden")]
    [InlineData("https://127.1/hook", "target.forbidden")]
    [InlineData("https://2130706433/hook", "target.forbidden")]
    [InlineData("https://0x7f000001/hook", "target.forbidden")]
    [InlineData("https://[::1]/hook", "target.forbidden")]
    [InlineData("https://[::ffff:127.0.0.1]/hook", "target.forbidden")]
    [InlineData("https://[fe80::1%25lo]/hook", "target.forbidden")]
    public async Task A_target_is_judged_when_it_is_named(string target, string? code)
    {
        var guard = new OutboundGuard(new() { AllowedRanges = "10.9.0.0/16" }, (host, _) => host switch
        {
            "example.org" => Task.FromResult<IPAddress[]>([IPAddress.Parse("8.8.4.4")]),
            "both.example" => Task.FromResult<IPAddress[]>([IPAddress.Parse("8.8.4.4"), IPAddress.Parse("10.0.0.1")]),
            _ => throw new SocketException((int)SocketError.HostNotFound),
        });
        Assert.Equal(code, (await guard.Check(target, default))?.Code);
    }

    /// <summary>A name that says another address once it was checked.</summary>
    [Fact]
    public async Task What_is_connected_to_is_what_was_checked()
    {
        await using var receiver = await Receiver.StartAsync(url: "http://0.0.0.0:0");
        var port = new Uri(receiver.Address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)).Port;
        var asked = 0;
        var options = new WebhookOptions { AllowedRanges = "127.0.0.1/32", Timeout = TimeSpan.FromSeconds(5) };
        using var caller = new Caller(new(options, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(asked++ == 0 ? "127.0.0.1" : "127.0.0.2")])), options, TimeProvider.System);
        var target = new Uri($"http://rebinding.example:{port}/");

        Assert.Equal("delivered", (await caller.Send(target, "1", [Signature.NewSecret()], "{}"u8.ToArray(), default)).Outcome);
        Assert.Equal(1, asked);
        // Even over the connection that is still open.
        Assert.Equal("forbidden", (await caller.Send(target, "2", [Signature.NewSecret()], "{}"u8.ToArray(), default)).Outcome);
        Assert.Single(receiver.All);
    }
}
