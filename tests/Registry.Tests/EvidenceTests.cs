using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Evidence kept with us: whole and right or not at all, and shown to those whom it concerns.</summary>
public sealed class EvidenceTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private const int MiB = 1 << 20;

    /// <summary>A piece of a picture, drawn from a number so that each is another.</summary>
    private static byte[] Picture(int seed, int length = 700_000)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Path(byte[] bytes) => $"/v1/registry/evidence/{Hash(bytes)}";

    private static ByteArrayContent Jpeg(byte[] bytes, string media = "image/jpeg")
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(media);
        return content;
    }

    private Task<long> Kept(string sha256) => registry.Database.Value<long>(
        $"select (select count(*) from evidence.files where sha256 = '{sha256}') + (select count(*) from evidence.pieces where sha256 = '{sha256}')");

    [Fact]
    public async Task What_a_county_puts_is_read_by_those_who_see_the_county()
    {
        var picture = Picture(1);
        var put = (await registry.Reporter.Put(Path(picture), Jpeg(picture))).Is(201);
        Assert.Equal((Path(picture), $"\"{Hash(picture)}\""), (put.Json.GetProperty("uri").GetString(), put.Header("ETag")));
        Assert.Equal("image/jpeg", (await registry.Reporter.Put(Path(picture), Jpeg(picture, "image/png"))).Is(200).Json.GetProperty("contentType").GetString());

        foreach (var reader in new[] { registry.Reader(Yudu), registry.Reader(City), registry.Reader(Province) })
        {
            using var got = await reader.Open(Path(picture));
            Assert.Equal(HttpStatusCode.OK, got.StatusCode);
            Assert.Equal(picture, await got.Content.ReadAsByteArrayAsync());
            Assert.Equal("nosniff", Assert.Single(got.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal(("attachment", "image/jpeg"), (got.Content.Headers.ContentDisposition!.DispositionType, got.Content.Headers.ContentType!.MediaType));
            Assert.Contains("sandbox", Assert.Single(got.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }

        (await registry.Reader(Ningdu).Get(Path(picture))).Is(403, "division.forbidden");
        (await registry.Reader("360200").Get(Path(picture))).Is(403, "division.forbidden");
        (await registry.Reader(Yudu).Get(Path(Picture(2)))).Is(404, "resource.unknown");
        (await registry.Host.Nobody.Get(Path(picture))).Is(401, "token.missing");
    }

    [Fact]
    public async Task What_others_put_is_read_by_those_who_see_a_figure_or_a_project_that_names_it()
    {
        var (flight, plan) = (Picture(3, 5_000), Picture(4, 5_000));
        var surveyor = registry.Host.As("drone-survey", Province, "source");
        (await surveyor.Put(Path(flight), Jpeg(flight))).Is(201);
        (await surveyor.Put(Path(plan), Jpeg(plan, "application/pdf"))).Is(201);
        (await registry.Reader(Yudu).Get(Path(flight))).Is(403, "division.forbidden");

        var evidence = new[] { new { uri = $"https://restoration.example{Path(flight)}", sha256 = Hash(flight), kind = "drone" } };
        (await registry.Reporter.PostEvent(Event(new
        {
            projectId = "p1", measureId = "p1-area", division = Yudu, period = "2024-06", mode = "increment", quantity = new { value = 1, unit = "ha" }, evidence,
        }))).Is(201);
        (await registry.Reader(Yudu).Get(Path(flight))).Is(200);
        (await registry.Reader(City).Get(Path(flight))).Is(200);
        (await registry.Reader(Ningdu).Get(Path(flight))).Is(403, "division.forbidden");

        (await registry.Reader(Ningdu).Get(Path(plan))).Is(403, "division.forbidden");
        (await registry.Planner.Post("/v1/registry/projects/p2/documents", new { name = "设计图", uri = Path(plan), sha256 = Hash(plan), kind = "design" })).Is(200);
        (await registry.Reader(Ningdu).Get(Path(plan))).Is(200);
        (await registry.Reader("360200").Get(Path(plan))).Is(403, "division.forbidden");
    }

    [Fact]
    public async Task Who_names_what_another_county_put_does_not_get_at_it()
    {
        var picture = Picture(5, 5_000);
        var other = registry.Host.As("elsewhere", Ningdu, "reporter");
        (await other.Put(Path(picture), Jpeg(picture))).Is(201);
        var evidence = new[] { new { uri = $"https://restoration.example{Path(picture)}", sha256 = Hash(picture), kind = "photo" } };
        (await registry.Reporter.PostEvent(Event(new
        {
            projectId = "p1", measureId = "p1-area", division = Yudu, period = "2024-07", mode = "increment", quantity = new { value = 1, unit = "ha" }, evidence,
        }))).Is(201);

        (await registry.Reader(Yudu).Get(Path(picture))).Is(403, "division.forbidden");
        (await registry.Reader(City).Get(Path(picture))).Is(200);
        (await registry.Reporter.Put(Path(picture), Jpeg(picture))).Is(200); // who has it may have it
        (await registry.Reader(Yudu).Get(Path(picture))).Is(200);
    }

    [Fact]
    public async Task Parts_of_it_are_read_and_what_is_known_is_not_sent_again()
    {
        var picture = Picture(5);
        (await registry.Reporter.Put(Path(picture), Jpeg(picture))).Is(201);
        using var part = await registry.Reader(Yudu).Open(Path(picture), ("Range", "bytes=262100-262200"));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(picture[262100..262201], await part.Content.ReadAsByteArrayAsync()); // over the border of two pieces
        using var beyond = await registry.Reader(Yudu).Open(Path(picture), ("Range", "bytes=700000-"));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        (await registry.Reader(Yudu).Get(Path(picture), ("If-None-Match", $"\"{Hash(picture)}\""))).Is(304);
        var head = (await registry.Reader(Yudu).Head(Path(picture))).Is(200);
        Assert.Equal((700_000L, ""), (head.Message.Content.Headers.ContentLength, head.Text));
    }

    [Fact]
    public async Task What_is_not_what_its_hash_says_is_not_kept()
    {
        var (picture, other) = (Picture(6, 400_000), Picture(7, 400_000));
        (await registry.Reporter.Put(Path(picture), Jpeg(other))).Is(422, "evidence.hash-differs");
        (await registry.Reporter.Put(Path(picture), Jpeg(picture[..^1]))).Is(422, "evidence.hash-differs");
        Assert.Equal(0, await Kept(Hash(picture)));
        (await registry.Reporter.Put($"/v1/registry/evidence/{Hash(picture).ToUpperInvariant()}", Jpeg(picture))).Is(422, "evidence.malformed");
        (await registry.Reporter.Put("/v1/registry/evidence/..%2f..%2fetc", Jpeg(picture))).Is(422, "evidence.malformed");
        foreach (var media in new[] { "text/html", "image/svg+xml", "application/javascript" })
            (await registry.Reporter.Put(Path(picture), Jpeg(picture, media))).Is(415, "media-type.unsupported");
        (await registry.Reader(Yudu).Put(Path(picture), Jpeg(picture))).Is(403, "role.missing");
        // Who has not the content gets no right to it by its name alone.
        (await registry.Reporter.Put(Path(picture), Jpeg(picture))).Is(201);
        (await registry.Host.As("ningdu-reports", Ningdu, "reporter").Put(Path(picture), Jpeg(other))).Is(422, "evidence.hash-differs");
        (await registry.Host.As("ningdu-reports", Ningdu, "reporter").Get(Path(picture))).Is(403, "division.forbidden");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_too_large_is_refused_whether_it_says_so_or_not(bool says)
    {
        var (path, sent) = ($"/v1/registry/evidence/{new string('0', 64)}", new Sent(20 * MiB + 1, says));
        try
        {
            (await registry.Reporter.Put(path, sent)).Is(413, "body.oversized");
        }
        catch (HttpRequestException) when (sent.Bytes <= 21 * MiB)
        {
            // Refused while it was still being sent: the connection is closed under it.
        }

        Assert.Equal(0, await Kept(new string('0', 64)));
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_nothing()
    {
        var picture = Picture(8, 4 * MiB);
        await Assert.ThrowsAnyAsync<Exception>(() => registry.Reporter.Put(Path(picture), new Broken(picture)));
        Assert.Empty(Directory.GetFiles("/var/tmp", "evidence-*"));
        (await registry.Reader(Yudu).Get(Path(picture))).Is(404, "resource.unknown");
        Assert.Equal(0, await Kept(Hash(picture)));
        (await registry.Reporter.Put(Path(picture), Jpeg(picture))).Is(201);
    }

    [Fact]
    public async Task A_client_puts_so_much_in_an_hour_and_then_waits()
    {
        await using var host = registry.Another(("Evidence:BytesPerHour", "5000"));
        var (first, second) = (Picture(10, 5_000), Picture(11, 5_000));
        (await host.As("much", Yudu, "reporter").Put(Path(first), Jpeg(first))).Is(201);
        var refused = (await host.As("much", Yudu, "reporter").Put(Path(second), Jpeg(second))).Is(429, "requests.too-many");
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 3_000, 3_600);
        (await host.As("others", Yudu, "reporter").Put(Path(second), Jpeg(second))).Is(201);
    }

    [Fact]
    public async Task Fifty_large_files_at_once_take_little_memory()
    {
        var sent = new Sent(20 * MiB, true);
        var path = $"/v1/registry/evidence/{sent.Hash}";
        var before = Process.GetCurrentProcess().WorkingSet64;
        var most = 0L;
        using var watched = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var watch = Task.Run(async () =>
        {
            while (await watched.WaitForNextTickAsync())
                most = Math.Max(most, Process.GetCurrentProcess().WorkingSet64);
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => registry.Host.As($"county-{i}", Yudu, "reporter").Put(path, new Sent(20 * MiB, true))));
        watched.Dispose();
        await watch;
        Assert.Single(answers, a => a.Status == 201);
        Assert.All(answers, a => Assert.True(a.Status is 200 or 201, a.Text));
        Assert.Equal(1 + 80, await Kept(sent.Hash)); // the file, and its pieces
        TestContext.Current.TestOutputHelper!.WriteLine($"50 files of 20 MiB at once: from {before / MiB} to {most / MiB} MiB of memory, client and server together.");
        // A thousand MiB went through; client and server in one process may have grown by a tenth of it.
        Assert.True(most - before < 150L * MiB, $"From {before / MiB} to {most / MiB} MiB.");
    }

    /// <summary>So many bytes of one pattern, never held.</summary>
    private sealed class Sent : HttpContent
    {
        private static readonly byte[] s_block = Picture(9, MiB);
        private readonly long _length;
        private readonly bool _says;

        public Sent(long length, bool says) => ((_length, _says), Headers.ContentType) = ((length, says), new MediaTypeHeaderValue("video/mp4"));

        public long Bytes { get; private set; }

        public string Hash
        {
            get
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                for (var left = _length; left > 0; left -= MiB)
                    hash.AppendData(s_block, 0, (int)Math.Min(left, MiB));
                return Convert.ToHexStringLower(hash.GetHashAndReset());
            }
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var left = _length; left > 0; left -= MiB)
            {
                await stream.WriteAsync(s_block.AsMemory(0, (int)Math.Min(left, MiB)));
                Bytes += Math.Min(left, MiB);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return _says;
        }
    }

    /// <summary>Half of what it announces, and then the connection is gone.</summary>
    private sealed class Broken : HttpContent
    {
        private readonly byte[] _bytes;

        public Broken(byte[] bytes) => (_bytes, Headers.ContentType) = (bytes, new MediaTypeHeaderValue("image/jpeg"));

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_bytes.AsMemory(0, _bytes.Length / 2));
            await stream.FlushAsync();
            throw new IOException("The line is cut.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            return true;
        }
    }
}
