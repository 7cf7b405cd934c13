namespace Restoration.System.Tests;

/// <summary>A command with a key is carried out once, whatever dies, and however many send it.</summary>
public sealed class IdempotencyTests(TheSystem system)
{
    private const int Clients = 16, Together = 100;

    [Fact]
    public async Task The_registry_killed_between_commit_and_reply_answers_afterwards_what_it_did()
    {
        var estate = await Estate.In(system);
        var chains = new List<Chain>();
        var reporter = await estate.With(estate.County.Id, "reporter");
        for (var n = 0; n < Clients; n++)
        {
            var day = $"{new DateOnly(2024, 1, 1).AddDays(n):yyyy-MM-dd}";
            (await estate.Sender.PostEvent(estate.Ground.Report($"/{estate.Sender.Id}", $"{estate.Mark}-k{n}", estate.County.Id, day, Count(0.5m), estate.Ground.CountedMeasureId))).IsDone();
            var figure = $"/v1/registry/progress/{estate.Ground.CountedMeasureId}.{estate.County.Id}.{day}";
            var version = (await reporter.Get(figure)).Is(200).Json.GetProperty("version").GetInt64();
            chains.Add(new(reporter, $"{figure}/correct", k => new { quantity = Count(k), reason = "更正" }, version));
        }

        await KillUnder(chains, system.Registry, 10);
        foreach (var (chain, n) in chains.Select((chain, n) => (chain, n)))
            await IsAt(estate, $"/v1/registry/progress/{estate.Ground.CountedMeasureId}.{estate.County.Id}.{new DateOnly(2024, 1, 1).AddDays(n):yyyy-MM-dd}", chain);

        static object Count(decimal value) => new { value, unit = "count" };
    }

    [Fact]
    public async Task Funding_killed_between_commit_and_reply_pays_nothing_twice()
    {
        var estate = await Estate.In(system);
        var chains = new List<Chain>();
        for (var n = 0; n < Clients; n++)
        {
            var fund = $"{estate.Mark}-k{n}";
            (await estate.City.Post("/v1/funding/funds", new { id = fund, name = "专项资金", channel = "central-award", division = estate.Ground.City.Id, from = 2021, to = 2035 })).Is(201);
            chains.Add(new(estate.City, $"/v1/funding/funds/{fund}/appropriate", _ => new { amount = new { amount = 1, unit = "yuan" } }, 1));
        }

        await KillUnder(chains, system["funding"], 4);
        foreach (var (chain, n) in chains.Select((chain, n) => (chain, n)))
        {
            var fund = await IsAt(estate, $"/v1/funding/funds/{estate.Mark}-k{n}", chain);
            Assert.Equal(chain.Links.Count, fund.Json.GetProperty("appropriated").GetProperty("amount").GetDecimal());
        }
    }

    [Fact]
    public async Task A_hundred_who_send_one_command_at_once_are_answered_alike_and_it_is_done_once()
    {
        var estate = await Estate.In(system);
        await DoneOnce(estate, "one");
        await using var replicas = await system.Double();
        await DoneOnce(estate, "two");
    }

    private static async Task DoneOnce(Estate estate, string name)
    {
        var fund = $"{estate.Mark}-{name}";
        (await estate.City.Post("/v1/funding/funds", new { id = fund, name = "专项资金", channel = "central-award", division = estate.Ground.City.Id, from = 2021, to = 2035 })).Is(201);
        for (var round = 1; round <= 5; round++)
        {
            var key = ("Idempotency-Key", Guid.NewGuid().ToString());
            var answers = await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => Task.Run(() =>
                estate.City.Post($"/v1/funding/funds/{fund}/appropriate", new { amount = new { amount = 1, unit = "yuan" } }, key, ("Restoration-Actor", "K-1")))));
            Assert.All(answers, a => a.Is(200));
            Assert.Single(answers.Select(a => (a.Text, a.Header("ETag"), a.Header("X-Position"))).Distinct());
            Assert.Single(answers, a => a.Header("Idempotency-Replayed") is null);
            Assert.Equal(round + 1, (await estate.City.Get($"/v1/funding/funds/{fund}/history?limit=500")).Is(200).Json.GetProperty("items").GetArrayLength());
        }
    }

    private static async Task KillUnder(List<Chain> chains, Part part, int kills)
    {
        try
        {
            chains.ForEach(chain => chain.Begin());
            var (random, died) = (new Random(30), 0);
            // The moment between commit and reply is short: it is aimed at until it was hit.
            for (; died < kills || (Unseen() == 0 && died < 4 * kills); died++)
            {
                var before = chains.Sum(c => c.Answered);
                await Eventually.Get(() => Task.FromResult(chains.Sum(c => c.Answered)), now => now >= before + (2 * Clients), "commands to be answered");
                await Task.Delay(random.Next(20));
                part.Kill();
                await part.Start();
            }

            foreach (var chain in chains) await chain.Stop();
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"{part.Name} died {died} times under {chains.Sum(c => c.Answered)} commands; {Unseen()} were committed whose reply nobody saw.");
            Assert.True(Unseen() > 0, "No command was committed without its reply having been seen: nothing is shown.");
            await Task.WhenAll(chains.Select(chain => chain.Repeat()));
        }
        finally
        {
            foreach (var chain in chains) await chain.DisposeAsync();
        }

        int Unseen() => chains.Sum(c => c.Links.Count(l => l.WasUnseen));
    }

    /// <summary>As many facts as commands were answered, and the version the last answer said.</summary>
    private static async Task<Answer> IsAt(Estate estate, string resource, Chain chain)
    {
        var now = (await estate.City.Get(resource)).Is(200);
        Assert.Equal(chain.Version, now.Json.GetProperty("version").GetInt64());
        var facts = 0;
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await estate.City.Get($"{resource}/history?limit=500{cursor}")).Is(200).Json;
            facts += page.GetProperty("items").GetArrayLength();
            cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : null;
        }

        Assert.Equal(chain.Version, facts);
        return now;
    }
}
