using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;

namespace Restoration.Gateway.Tests;

/// <summary>Whoever trickles is cut off, and nobody else notices.</summary>
public sealed class ConnectionTests(House house) : IClassFixture<House>
{
    private GatewayHost Hasty() => new(house.Database, house.Service.Address(),
        ("Gateway:Connections:Headers", "00:00:02"), ("Gateway:Connections:Grace", "00:00:01.5"), ("Gateway:Connections:Idle", "00:00:02"));

    [Fact]
    public async Task Headers_that_come_a_byte_at_a_time_are_cut_off()
    {
        await using var gateway = Hasty();
        var (seconds, answer) = await Trickle(gateway, "", $"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Slow: {new string('x', 1000)}\r\n\r\n");
        Assert.InRange(seconds, 1, 40);
        Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_comes_a_byte_at_a_time_is_cut_off_and_others_are_served_meanwhile()
    {
        await using var gateway = Hasty();
        var token = await gateway.Token();
        var head = $"POST /v1/registry/bytes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n";
        var slow = Enumerable.Range(0, 50).Select(_ => Trickle(gateway, head, new string('x', 1000))).ToList();
        var watch = Stopwatch.StartNew();
        for (var n = 0; n < 20; n++)
            Assert.Equal(200, (int)(await gateway.Send(HttpMethod.Post, "/v1/registry/bytes", token, new ByteArrayContent(new byte[100_000]))).StatusCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"Twenty requests took {watch.Elapsed}.");
        foreach (var (seconds, answer) in await Task.WhenAll(slow))
        {
            Assert.InRange(seconds, 1, 80);
            Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_connection_that_lies_idle_is_closed()
    {
        await using var gateway = Hasty();
        var (seconds, answer) = await Trickle(gateway, "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n", "");
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.InRange(seconds, 1, 40);
    }

    [Fact]
    public async Task Beyond_so_many_connections_none_is_taken_and_one_that_goes_makes_room()
    {
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), ("Gateway:Connections:Most", "3"));
        var all = new List<TcpClient>();
        for (var n = 0; n < 3; n++)
            all.Add(await Connect(gateway));
        await Eventually.Succeeds(async () =>
        {
            using var more = await Connect(gateway);
            return await IsHungUp(more) ? "" : null;
        });
        all[0].Dispose();
        await Eventually.Succeeds(async () =>
        {
            using var more = await Connect(gateway);
            return await IsHungUp(more) ? null : "";
        });
        all.ForEach(a => a.Dispose());

        static async Task<bool> IsHungUp(TcpClient client)
        {
            try
            {
                await client.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
                return await client.GetStream().ReadAsync(new byte[100]) == 0;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void A_stream_may_be_silent_for_longer_than_two_heartbeats()
    {
        var clusters = house.Gateway.Services.GetRequiredService<IProxyStateLookup>().GetClusters().ToList();
        Assert.NotEmpty(clusters);
        Assert.All(clusters, c => Assert.InRange(c.Model.Config.HttpRequest!.ActivityTimeout!.Value.TotalSeconds, 40, 300));
    }

    /// <summary>Sends the first at once and the second a byte every tenth of a second, until it is hung up; how long that took, and what came back.</summary>
    private static async Task<(double Seconds, string Answer)> Trickle(GatewayHost gateway, string atOnce, string slowly)
    {
        using var client = await Connect(gateway);
        var stream = client.GetStream();
        var watch = Stopwatch.StartNew();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(atOnce));
        var reading = ReadToEnd(stream);
        try
        {
            foreach (var b in Encoding.ASCII.GetBytes(slowly))
            {
                if (await Task.WhenAny(reading, Task.Delay(100)) == reading)
                    break;
                await stream.WriteAsync((byte[])[b]);
            }
        }
        catch (IOException)
        {
            // Hung up.
        }

        var answer = await reading.WaitAsync(TimeSpan.FromSeconds(100));
        return (watch.Elapsed.TotalSeconds, answer);
    }

    private static async Task<string> ReadToEnd(NetworkStream stream)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                all.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return all.ToString();
    }

    private static async Task<TcpClient> Connect(GatewayHost gateway)
    {
        var client = new TcpClient();
        await client.ConnectAsync(gateway.Http.BaseAddress!.Host, gateway.Http.BaseAddress.Port);
        return client;
    }
}
