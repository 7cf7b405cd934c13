using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Restoration.Updates.Tests;

public sealed class SlowReaderTests : FeedTests
{
    [Fact]
    public async Task Subscribers_that_read_a_byte_a_second_hold_nobody_up_and_are_let_go()
    {
        var service = await Feed.StartAsync(("Feed__Stall", "00:00:03"));
        using var stop = new CancellationTokenSource();
        var slow = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var client = new TcpClient { ReceiveBufferSize = 4096 };
            await client.ConnectAsync(service.Address.Host, service.Address.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"GET /v1/updates/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Feed.TokenFor("*")}\r\n\r\n"));
            await client.GetStream().ReadExactlyAsync(new byte[12]);
            return client;
        }));
        var reading = Task.WhenAll(slow.Select(async client =>
        {
            try
            {
                for (; !stop.IsCancellationRequested; await Task.Delay(1000, CancellationToken.None)) await client.Client.ReceiveAsync(new byte[1]);
            }
            catch (SocketException)
            {
                // let go
            }
        }));
        await using var quick = service.StreamAsync(seconds: 60).GetAsyncEnumerator();
        await quick.MoveNextAsync();

        // Large enough that no socket buffer on the way holds it all.
        var padding = new string('泥', 10_000);
        var took = new List<double>();
        for (var i = 0; i < 300; i++)
        {
            Registry.Record($"p{i}", data: padding);
            var began = Stopwatch.GetTimestamp();
            await Registry.PublishAsync(i, i + 1);
            do Assert.True(await quick.MoveNextAsync(), "The stream ended."); while (quick.Current.Id is null);
            Assert.Equal($"0001{i + 1:D16}", quick.Current.Id);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        // Of the time of most: the machine may be slow now and then, and somebody who waited for the slow ones would be so always.
        took.Sort();
        Assert.InRange(took[took.Count * 9 / 10], 0, 500);
        await Eventually.Get(
            () => Task.FromResult(service.LogText.Split('\n').Count(l => l.Contains("takes nothing and was cut off", StringComparison.Ordinal))),
            n => n == slow.Length, "all of the slow are let go", 30);
        await stop.CancelAsync();
        await reading;
        foreach (var client in slow) client.Dispose();
    }
}
