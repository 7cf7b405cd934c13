using Restoration.ServiceDefaults;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What all commands do alike: who may give them, keys, versions, and what is wrong told at once.</summary>
public sealed class CommandApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private const string Plans = "/v1/registry/plans";

    public static TheoryData<string, string> Routes => new()
    {
        { "/v1/registry/divisions", Roles.Operator },
        { $"/v1/registry/divisions/{Yudu}/replace", Roles.Operator },
        { Plans, Roles.Planner },
        { $"{Plans}/gz/adopt", Roles.Planner },
        { "/v1/registry/projects", Roles.Planner },
        { "/v1/registry/projects/p1/start", Roles.Planner },
        { $"/v1/registry/progress/p1-area.{Yudu}.2024-06/check", Roles.Reviewer },
        { $"/v1/registry/progress/p1-area.{Yudu}.2024-06/verify", Roles.Reviewer },
        { $"/v1/registry/progress/p1-area.{Yudu}.2024-06/dispute", Roles.Reviewer },
        { $"/v1/registry/progress/p1-area.{Yudu}.2024-06/correct", Roles.Reporter },
    };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_command_is_given_with_a_token_of_its_role(string path, string role)
    {
        (await registry.Host.Nobody.Post(path, new { })).Is(401, "token.missing");
        foreach (var other in Roles.All.Where(r => r != role))
            (await registry.Host.As("someone", Client.Everywhere, other).Post(path, new { })).Is(403, "role.missing");
        Assert.Contains((await registry.Host.As("someone", Client.Everywhere, role).Post(path, new { nonsense = 1 }, ("Restoration-Actor", "a-1"))).Status, (int[])[400, 404]);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_command_needs_a_key(string path, string role)
    {
        var caller = registry.Host.As("someone", Client.Everywhere, role);
        (await caller.Send(HttpMethod.Post, path, "{}", "application/json")).Is(400, "idempotency-key.missing");
        (await caller.Post(path, new { }, ("Idempotency-Key", new string('x', 201)))).Is(400, "idempotency-key.malformed");
    }

    [Fact]
    public async Task A_refusal_that_is_stored_bears_the_trace_of_the_request_that_was_refused()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        var answer = (await registry.Planner.Post($"{Plans}/never-heard-of/adopt", new { }, ("traceparent", $"00-{trace}-b7ad6b7169203331-01"))).Is(404, "plan.unknown");
        Assert.Equal(trace, answer.Json.GetProperty("traceId").GetString());
    }

    [Fact]
    public async Task A_refusal_that_is_stored_says_in_which_language_it_is_whatever_is_asked_for_later()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var first = (await registry.Planner.Post($"{Plans}/never-heard-of/adopt", new { }, key, ("Accept-Language", "zh-CN"))).Is(404, "plan.unknown");
        var again = (await registry.Planner.Post($"{Plans}/never-heard-of/adopt", new { }, key, ("Accept-Language", "en"))).Is(404, "plan.unknown");
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        Assert.Equal(first.Text, again.Text);
        Assert.All([first, again], a => Assert.Equal(("zh", "Accept-Language", "no-store"), (a.Message.Content.Headers.ContentLanguage.Single(), a.Header("Vary"), a.Header("Cache-Control"))));
    }

    [Fact]
    public async Task The_same_key_and_payload_read_the_same_reply_also_after_a_restart()
    {
        var key = ("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
        var first = (await registry.Planner.Post(Plans, Plan("once"), key)).Is(201);
        Assert.Equal(("/v1/registry/plans/once", "\"1\""), (first.Header("Location"), first.Header("ETag")));
        Assert.Null(first.Header("Idempotency-Replayed"));
        for (var restarted = false; ; restarted = true)
        {
            // Before If-Match is looked at, which would not hold any more.
            var again = (await registry.Planner.Post(Plans, Plan("once"), key, ("If-Match", "\"7\""))).Is(201);
            Assert.Equal(
                (first.Text, first.Header("Location"), first.Header("ETag"), first.Header("X-Position"), "true"),
                (again.Text, again.Header("Location"), again.Header("ETag"), again.Header("X-Position"), again.Header("Idempotency-Replayed")));
            if (restarted)
                break;
            await registry.Restart();
        }
    }

    [Fact]
    public async Task The_key_is_the_same_bare_or_quoted()
    {
        var key = Guid.NewGuid().ToString();
        (await registry.Planner.Post(Plans, Plan("bare"), ("Idempotency-Key", key))).Is(201);
        Assert.Equal("true", (await registry.Planner.Post(Plans, Plan("bare"), ("Idempotency-Key", $"\"{key}\""))).Is(201).Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task The_same_key_with_another_payload_is_refused()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        (await registry.Planner.Post(Plans, Plan("key-1"), key)).Is(201);
        (await registry.Planner.Post(Plans, Plan("key-2"), key)).Is(422, "idempotency-key.reused");
    }

    [Fact]
    public async Task Another_client_and_another_path_have_keys_of_their_own()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        (await registry.Planner.Post(Plans, Plan("scope-1"), key)).Is(201);
        (await registry.Host.As("other-planner", City, Roles.Planner).Post(Plans, Plan("scope-2"), key)).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/scope-1/adopt", new { }, key)).Is(200);
    }

    [Fact]
    public async Task A_decided_refusal_is_replayed_and_a_malformed_request_is_not()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        (await registry.Planner.Post($"{Plans}/later/adopt", new { })).Is(404);
        (await registry.Planner.Post($"{Plans}/later/adopt", new { }, key)).Is(404, "plan.unknown");
        (await registry.Planner.Post(Plans, Plan("later"))).Is(201);
        Assert.Equal("true", (await registry.Planner.Post($"{Plans}/later/adopt", new { }, key)).Is(404, "plan.unknown").Header("Idempotency-Replayed"));

        var second = ("Idempotency-Key", Guid.NewGuid().ToString());
        (await registry.Planner.Post($"{Plans}/later/adopt", new { wrong = 1 }, second)).Is(400, "body.malformed");
        (await registry.Planner.Post($"{Plans}/later/adopt", new { }, second)).Is(200);
    }

    [Fact]
    public async Task Many_with_one_key_act_once()
    {
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => registry.Planner.Post(Plans, Plan("raced"), key)));
        Assert.All(answers, a => Assert.Contains(a.Status, (int[])[201, 409]));
        Assert.Single(answers.Where(a => a.Status == 201).Select(a => a.Text).Distinct());
        Assert.Equal(1, await registry.Database.Value<long>("select count(*) from events.mt_events where stream_id = 'plan-raced'"));
    }

    [Fact]
    public async Task A_resource_that_moved_is_not_commanded()
    {
        (await registry.Planner.Post(Plans, Plan("moved"))).Is(201);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());
        var stale = (await registry.Planner.Post($"{Plans}/moved/adopt", new { }, key, ("If-Match", "\"2\""))).Is(412, "resource.moved");
        Assert.Contains("version 1", stale.Text, StringComparison.Ordinal);
        // A 412 is not stored: the same command goes with the right version, and once more as a replay.
        Assert.Equal("\"2\"", (await registry.Planner.Post($"{Plans}/moved/adopt", new { }, key, ("If-Match", "\"5\", \"1\""))).Is(200).Header("ETag"));
        (await registry.Planner.Post($"{Plans}/moved/adopt", new { }, key, ("If-Match", "\"1\""))).Is(200);
        (await registry.Planner.Post($"{Plans}/moved/adopt", new { }, ("If-Match", "\"1\""))).Is(412, "resource.moved");
        (await registry.Planner.Post($"{Plans}/moved/adopt", new { }, ("If-Match", "*"))).Is(200);
        (await registry.Planner.Post($"{Plans}/unborn/adopt", new { }, ("If-Match", "*"))).Is(412, "resource.moved");
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_body_is_told_at_once()
    {
        var answer = (await registry.Planner.Post(Plans, new
        {
            id = 7,
            division = (string?)null,
            from = "2021",
            to = 20.5,
            targetYears = new object[] { 2025, "x" },
            programmes = new object[] { new { id = "a", colour = 1 }, 5 },
            printedTotal = new { amount = 1.234, unit = "yuan" },
            date = "soon",
            countyCheck = "yes",
            shape = "round",
        })).Is(400, "body.malformed");
        Assert.Equal(
            [
                "#/id", "#/from", "#/to", "#/targetYears/1", "#/programmes/0/colour", "#/programmes/0/name", "#/programmes/1", "#/printedTotal/amount",
                "#/date", "#/countyCheck", "#/shape", "#/division", "#/name",
            ],
            EventApiTests.Pointers(answer));
    }

    [Fact]
    public async Task A_syntax_error_is_told_alone() => Assert.Equal(["#"], EventApiTests.Pointers(
        (await registry.Planner.Send(HttpMethod.Post, Plans, "{\"id\": ", "application/json", ("Idempotency-Key", "k"))).Is(400, "body.malformed")));

    [Fact]
    public async Task An_act_of_the_future_is_not_entered() => Assert.Equal(["#/at"], EventApiTests.Pointers(
        (await registry.Planner.Post("/v1/registry/projects/p1/start", new { at = DateTimeOffset.UtcNow.AddHours(1) })).Is(422, "time.in-future")));

    [Fact]
    public async Task An_act_on_paper_is_entered_with_its_time()
    {
        (await registry.Planner.Post(Plans, Plan("paper"))).Is(201);
        (await registry.Planner.Post($"{Plans}/paper/adopt", new { at = "2022-03-01T09:00:00+08:00" })).Is(200);
        Assert.Equal("2022-03-01T01:00:00+00:00", (await registry.Planner.Get($"{Plans}/paper")).Json.GetProperty("adoptedAt").GetString());
    }

    [Fact]
    public async Task A_parameter_that_a_command_does_not_have_is_refused() =>
        Assert.Equal(["?dryrun", "?force"], EventApiTests.Pointers((await registry.Planner.Post($"{Plans}/gz/adopt?dryrun=1&force=1", new { })).Is(400, "parameter.unknown")));

    [Fact]
    public async Task Another_method_is_refused_with_those_there_are() =>
        Assert.Contains("GET", (await registry.Planner.Send(HttpMethod.Delete, $"{Plans}/gz", null, null)).Is(405, "method.unsupported").Message.Content.Headers.Allow);
}
