using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Restoration.System.Tests;

/// <summary>Malformed requests at every route that writes: the caller is at fault and is told so; the system never is.</summary>
public sealed class FuzzTests(TheSystem system)
{
    private const int Seed = 20261120, Each = 110, AtLeast = 10_000, TornOutOf = 16;
    private const long MostGrowth = 120; // a first generation of 32 MB fills and empties
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Ten_thousand_malformed_requests_are_refused_and_none_breaks_anything()
    {
        var operations = (await Operation.All(system)).Where(o => o.Writes && o.Method != HttpMethod.Head).ToList();
        // One after the other: what is settled, accepted or struck off by chance leaves little to be judged.
        Estate[] estates = [await Estate.In(system), await Estate.In(system), await Estate.In(system)];
        var callers = new List<Caller>();
        for (var n = 0; n < 8; n++)
            callers.Add(await system.Client("fuzz", "360000", "operator", "planner", "reporter", "reviewer", "finance", "source", "inspector", "expert", "reader", "auditor"));
        var errors = system.Parts.ToDictionary(p => p, p => p.Errors.Count);
        var seen = new ConcurrentDictionary<(Operation Operation, int Status), int>();
        var wrong = new ConcurrentBag<string>();
        var requests = Math.Max(AtLeast, Each * operations.Count);
        var began = Stopwatch.GetTimestamp();

        await Throw(0, requests / 2);
        var half = system.Parts.ToDictionary(p => p, Resident);
        await Throw(requests / 2, requests);
        var took = Stopwatch.GetElapsedTime(began);

        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"{requests} requests at {operations.Count} routes in {took.TotalSeconds:0} s: {Show(seen.GroupBy(s => s.Key.Status, s => s.Value))}");
        foreach (var operation in seen.GroupBy(s => s.Key.Operation))
            output.WriteLine($"{operation.Key}: {Show(operation.GroupBy(s => s.Key.Status, s => s.Value))}");
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of them were answered wrongly: {string.Join("\n\n", wrong.Take(12))}");
        Assert.All(operations, o => Assert.True(seen.Where(s => s.Key.Operation == o).Sum(s => s.Value) >= 100, $"{o} was hardly asked."));
        // They must get past the door, and what is right by chance must be the exception.
        var many = operations.Count(o => seen.Count(s => s.Key.Operation == o && s.Key.Status >= 200) >= 4);
        Assert.True(many >= operations.Count * 3 / 4, $"Only {many} of {operations.Count} routes answered in several ways.");
        Assert.All([404, 409, 413, 415, 422], status => Assert.Contains(seen, s => s.Key.Status == status));
        Assert.InRange(seen.Where(s => s.Key.Status is >= 200 and < 300).Sum(s => s.Value), 1, requests / 3);
        foreach (var part in system.Parts)
        {
            output.WriteLine($"{part.Name}: {half[part]} MB, then {Resident(part)} MB");
            Assert.True(part.Errors.Count == errors[part], $"{part.Name} logged an error: {string.Join('\n', part.Errors.TakeLast(1))}");
            await Eventually.Get(() => Task.FromResult(Resident(part) - half[part]), grown => grown <= MostGrowth, $"the memory of {part.Name} to stay as it was");
            Assert.Equal("ready", await part.Health());
        }

        Task Throw(int from, int to) => Parallel.ForEachAsync(Enumerable.Range(from, to - from), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var (operation, random, caller, estate) = (operations[i % operations.Count], new Random(Seed + i), callers[i % callers.Count], estates[i * estates.Length / requests]);
            var since = Stopwatch.GetTimestamp();
            var status = random.Next(TornOutOf) == 0 ? await Tear(operation, random, caller, estate) : await Send(i, operation, random, caller, estate);
            if (Stopwatch.GetElapsedTime(since) > s_longest) wrong.Add($"{i}: {operation} took {Stopwatch.GetElapsedTime(since)}");
            seen.AddOrUpdate((operation, status), 1, (_, n) => n + 1);
        });

        async Task<int> Send(int number, Operation operation, Random random, Caller caller, Estate estate)
        {
            var request = new Malformed(random, operation, estate);
            Answer answer;
            try
            {
                answer = await caller.Send(operation.Method, request.Path, request.Content, request.Headers);
            }
            catch (HttpRequestException) when (request.IsTooLarge)
            {
                return 0; // the answer came and the connection went before all was sent
            }

            // What is not even HTTP is refused by the server itself, before anybody could word a problem; OAuth words its own.
            var worded = answer.Code is not null || (operation.IsIntake && answer.Status == 422 && answer.Json.TryGetProperty("results", out _)) || request.Path.StartsWith("/oauth/token", StringComparison.Ordinal);
            var right = answer.Status is >= 200 and < 300
                || (answer.Status is >= 400 and < 500 && !Worded.TellsOfInside(answer.Text) && (worded || answer is { Text: "", Status: 400 or 414 or 431 }));
            if (!right) wrong.Add($"{number}: {answer.Status} {answer.Text}\n{request}");
            return answer.Status;
        }

        async Task<int> Tear(Operation operation, Random random, Caller caller, Estate estate)
        {
            var (status, text) = await Torn.Send(system.Gateway.Address, operation, estate.PathOf(operation), caller.Token!, random);
            if (status is not (0 or >= 200 and < 500 or 505) || Worded.TellsOfInside(text)) wrong.Add($"{operation} torn: {text}");
            return status;
        }
    }

    private static string Show(IEnumerable<IGrouping<int, int>> counts) => string.Join(", ", counts.OrderBy(c => c.Key).Select(c => $"{c.Key}: {c.Sum()}"));

    /// <summary>Megabytes that a process holds in memory.</summary>
    private static long Resident(Part part) => long.Parse(
        Regex.Match(File.ReadAllText($"/proc/{part.ProcessId}/status"), @"VmRSS:\s+(\d+) kB").Groups[1].Value, CultureInfo.InvariantCulture) / 1024;
}
