namespace Restoration.System.Tests;

/// <summary>Malformed requests at every route that writes: the caller is at fault and is told so; the system never is.</summary>
public sealed class FuzzTests(TheSystem system)
{
    private const int Seed = 20261120;
    private const int Requests = 1_000;

    [Fact]
    public async Task A_thousand_malformed_requests_are_refused_and_none_breaks_anything()
    {
        var ground = await Ground.UnderWay(system);
        var caller = await system.Client("fuzz", "360000", "operator", "planner", "reporter", "reviewer");
        var errors = system.Parts.ToDictionary(p => p, p => p.Errors.Count);
        var statuses = new int[Requests];
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var request = new Malformed(new Random(Seed + i), ground);
            var answer = await caller.Send(HttpMethod.Post, request.Path, request.Content, request.Headers);
            statuses[i] = answer.Status;
            Assert.True(answer.Status is 200 or 201 or (>= 400 and < 500), $"{i}: {answer.Status} {answer.Text}\n{request}");
            // What is not even HTTP is refused by the server itself, before anybody could word a problem.
            var worded = answer.Status < 400 || answer.Code is not null || request.Path.StartsWith("/oauth/token", StringComparison.Ordinal);
            Assert.True(worded || answer is { Text: "", Status: 400 or 431 }, $"{i}: no code in {answer.Status} {answer.Text}\n{request}");
        });

        // Most of them must really get as far as being judged, and what is still right by chance must be the exception.
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", statuses.CountBy(s => s).OrderBy(s => s.Key)));
        Assert.InRange(statuses.Count(s => s < 400), 0, Requests / 5);
        Assert.InRange(statuses.Count(s => s == 400), Requests / 3, Requests);
        Assert.All([404, 409, 415, 422], status => Assert.Contains(status, statuses));
        foreach (var part in system.Parts)
        {
            Assert.True(part.Errors.Count == errors[part], $"{part.Name} logged an error: {string.Join('\n', part.Errors.TakeLast(1))}");
            Assert.Equal("ready", await part.Health());
        }
    }
}
