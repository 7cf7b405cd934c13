namespace Restoration.System.Tests;

/// <summary>What every route does alike (conventions §1, §4–§6), asked of all that the documents name.</summary>
public sealed class RouteManners(TheSystem system) : IAsyncLifetime
{
    private static readonly (string, string) s_actor = ("Restoration-Actor", "M-1");
    private readonly HashSet<string> _codes = [];
    private List<Operation> _all = [];
    private Estate _estate = null!;
    private Caller _one = null!;

    public async ValueTask InitializeAsync()
    {
        (_all, _estate) = ([.. (await Operation.All(system)).Where(o => !o.IsOwn)], await Estate.In(system));
        _one = await _estate.Without(_estate.Ground.City.Id);
    }

    public async ValueTask DisposeAsync() => await Worded.HavePages(system, _codes);

    [Fact]
    public async Task A_command_without_a_key_or_with_none_that_could_be_one_is_refused()
    {
        var commands = _all.Where(o => o.Takes("Idempotency-Key")).ToList();
        Assert.True(commands.Count >= 28, $"Only {commands.Count} commands.");
        Assert.Empty(_all.Where(o => o.Method == HttpMethod.Post && !commands.Contains(o) && !o.IsIntake && !o.IsPublic && !o.IsOfOperation).Select(o => $"{o} takes no key."));
        foreach (var command in commands)
        {
            Refused(command, await Send(command, null), 400, "idempotency-key.missing");
            foreach (var key in new[] { "\"\"", new string('k', 201), "a\tb" })
                Refused(command, await Send(command, null, ("Idempotency-Key", key)), 400, "idempotency-key.malformed");
        }
    }

    [Fact]
    public async Task A_command_on_what_has_moved_on_does_nothing()
    {
        var commands = _all.Where(o => o.Takes("If-Match") && o.Path.Contains('{', StringComparison.Ordinal)).ToList();
        Assert.True(commands.Count >= 20, $"Only {commands.Count} commands.");
        var moved = 0;
        foreach (var command in commands)
        {
            foreach (var stale in new[] { "\"999999\"", "\"0\"", "nonsense", "W/\"1\"" })
            {
                var answer = await Send(command, null, Key(), ("If-Match", stale));
                Assert.True(answer.Status is 400 or 403 or 404 or 412, $"{command} with If-Match {stale}: {answer.Status} {answer.Text}");
                _codes.Add(Worded.Is(command, answer));
                moved += answer.Status == 412 ? 1 : 0;
            }

            if (command.Method != HttpMethod.Post) Refused(command, await Send(command, null, Key()), 428, null);
        }

        Assert.True(moved > commands.Count * 2, $"Only {moved} of {commands.Count * 4} were judged by If-Match.");
    }

    [Fact]
    public async Task What_is_read_has_a_tag_and_is_not_sent_again_to_who_has_it()
    {
        var resources = _all.Where(o => o.IsResource && !o.IsOfOperation).ToList();
        Assert.True(resources.Count >= 10, $"Only {resources.Count} resources.");
        foreach (var resource in resources)
        {
            var path = _estate.PathOf(resource);
            var tag = (await _one.Get(path)).Is(200).Header("ETag");
            Assert.True(tag is ['"', .., '"'] && (long.TryParse(tag.Trim('"'), out _) || path.EndsWith(tag.Trim('"'), StringComparison.Ordinal)), $"{resource} answers the ETag {tag}.");
            foreach (var known in new[] { tag, $"W/{tag}", $"\"0\", {tag}", "*" })
            {
                var again = await _one.Get(path, ("If-None-Match", known));
                Assert.True(again is { Status: 304, Text: "" } && again.Header("ETag") == tag, $"{resource} with If-None-Match {known}: {again.Status} {again.Header("ETag")}");
            }

            (await _one.Get(path, ("If-None-Match", "\"0\""))).Is(200);
        }
    }

    /// <summary>Conventions §4: acts of which two are for two persons name the person behind the client.</summary>
    [Fact]
    public async Task An_act_that_one_answers_for_names_the_person()
    {
        string[] verbs = ["verify", "approve", "accept", "submit", "self-check", "pay", "execute", "allocations"];
        var acts = _all.Where(o => o.Method == HttpMethod.Post && !o.IsOfOperation && verbs.Contains(o.Path.Split('/')[^1])).ToList();
        Assert.True(acts.Count >= 6, $"Only {acts.Count} acts.");
        foreach (var act in acts)
        {
            var body = new Fitting(_estate.Known).Body(act);
            Refused(act, await _one.Send(act.Method, _estate.PathOf(act), Caller.Json(body!, act.Media!), [Key()]), 400, "actor.missing");
        }
    }

    [Fact]
    public async Task Who_asks_with_HEAD_is_told_the_same_without_the_body()
    {
        foreach (var operation in _all.Where(o => o.Method == HttpMethod.Get && !o.IsStream))
        {
            var (get, head) = (await Send(operation, null), await Send(operation with { Method = HttpMethod.Head }, null));
            Assert.True(
                head.Status == get.Status && head.Text.Length == 0 && head.Header("ETag") == get.Header("ETag"),
                $"{operation}: GET {get.Status} {get.Header("ETag")}, HEAD {head.Status} {head.Header("ETag")} {head.Text}");
        }

        foreach (var stream in _all.Where(o => o.IsStream))
            (await Send(stream with { Method = HttpMethod.Head }, null)).Is(405);
    }

    [Fact]
    public async Task A_parameter_that_a_route_does_not_know_is_refused()
    {
        foreach (var operation in _all.Where(o => !o.IsPublic))
        {
            Refused(operation, await Send(operation, "colour=red", Key()), 400, "parameter.unknown");
            // Nor what the handler calls its own things, or what stands in the path.
            foreach (var name in (string[])["devision", "db", "http", "stop", "territory", .. operation.Parameters.Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()!)])
                Refused(operation, await Send(operation, $"{name}=1", Key()), 400, "parameter.unknown");
        }
    }

    [Fact]
    public async Task Lists_are_asked_for_in_pages_of_a_length_that_is_possible()
    {
        var lists = _all.Where(o => o.IsList).ToList();
        Assert.True(lists.Count >= 35, $"Only {lists.Count} lists.");
        var further = 0;
        foreach (var list in lists)
        {
            foreach (var limit in new[] { "0", "-1", "501", "2147483648", "many" })
                Refused(list, await Send(list, $"limit={limit}"), 400, null);
            if (list.Takes("cursor"))
            {
                foreach (var cursor in new[] { "garbage", "%00", "W10", "WyJhIl0" })
                    Refused(list, await Send(list, $"cursor={cursor}"), 400, null);
            }

            var page = (await Send(list, "limit=1")).Is(200);
            Assert.True(page.Json.TryGetProperty("items", out var items) && items.GetArrayLength() <= 1, $"{list}: {page.Text}");
            if (!list.Takes("cursor")) continue; // a feed goes on after its last entry, dead letters do not
            if (!page.Json.TryGetProperty("next", out var next))
            {
                Assert.Null(page.Header("Link"));
                continue;
            }

            further++;
            Assert.Matches($"^<{list.Path.Split('{')[0]}.*cursor={next.GetString()}>; rel=\"next\"$", page.Header("Link"));
            var second = (await _one.Get(page.Header("Link")![1..].Split('>')[0])).Is(200);
            Assert.NotEqual(items[0].GetRawText(), second.Json.GetProperty("items")[0].GetRawText());
        }

        Assert.True(further >= 12, $"Only {further} lists had a second page.");
    }

    private static (string, string) Key() => ("Idempotency-Key", Guid.NewGuid().ToString());

    /// <summary>A request that is right, by who has every role, but for what is given here.</summary>
    private Task<Answer> Send(Operation operation, string? query, params (string, string)[] headers)
    {
        var path = _estate.PathOf(operation);
        if (query is not null) path += $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}";
        var body = operation.IsIntake ? Array.Empty<object>() : (object?)new Fitting(_estate.Known).Body(operation);
        return _one.Send(
            operation.Method, path,
            body is null ? null : Caller.Json(body, operation.IsIntake ? "application/cloudevents-batch+json" : operation.Media!), [.. headers, s_actor]);
    }

    private void Refused(Operation operation, Answer answer, int status, string? code)
    {
        // A HEAD is answered by its status alone.
        Assert.True(answer.Status == status && (code is null || answer.Code == code || operation.Method == HttpMethod.Head), $"{operation}: expected {status} {code}, got {answer.Status} {answer.Text}");
        if (operation.Method != HttpMethod.Head) _codes.Add(Worded.Is(operation, answer));
    }
}
