namespace Restoration.System.Tests;

/// <summary>
/// Every route that the services' documents name, asked by those who may not: nobody, other roles, other divisions. A route added later is
/// walked without a change here; one whose path cannot be filled fails.
/// </summary>
public sealed class RouteWalk(TheSystem system) : IAsyncLifetime
{
    private static readonly string[] s_public = ["GET /problems", "HEAD /problems", "GET /problems/{code}", "HEAD /problems/{code}", "POST /oauth/token"];

    /// <summary>What every client may read, as conventions §8 has it.</summary>
    private static readonly Dictionary<string, string> s_everybodys = new()
    {
        ["/v1/registry/divisions"] = "divisions are everybody's",
        ["/v1/indicators/indicators"] = "definitions are everybody's",
        ["/v1/indicators/indicators/{id}"] = "definitions are everybody's",
        ["/v1/indicators/indicators/{id}/history"] = "definitions are everybody's",
        ["/v1/registry/divisions/{id}"] = "divisions are everybody's",
        ["/v1/registry/divisions/{id}/history"] = "divisions are everybody's",
    };

    /// <summary>What a county reads of the city it lies in, beyond what is everybody's: the plan that touches it, and what may pay for it.</summary>
    private static readonly Dictionary<string, string> s_ofTheCity = new()
    {
        ["/v1/registry/plans/{id}"] = "a plan above touches it",
        ["/v1/registry/plans/{id}/programmes"] = "of that plan",
        ["/v1/registry/plans/{id}/findings"] = "of that plan",
        ["/v1/registry/plans/{id}/key-works"] = "of that plan",
        ["/v1/registry/plans/{id}/amendments"] = "of that plan",
        ["/v1/registry/plans/{id}/documents"] = "of that plan",
        ["/v1/registry/zones/{id}"] = "of that plan",
        ["/v1/registry/zones/{id}/history"] = "of that plan",
        ["/v1/registry/plans/{id}/history"] = "of that plan",
        ["/v1/registry/plans/{id}/summary"] = "of that plan, rolled up",
        ["/v1/registry/plans/{id}/programmes/{programmeId}/summary"] = "of that plan, rolled up",
        ["/v1/registry/plans/{id}/summary/parts"] = "of that plan, rolled up; without what other counties did",
        ["/v1/registry/plans/{id}/summary/explain"] = "of that plan; what other counties add is one sum",
        ["/v1/registry/samples/{id}"] = "what the city drew from all its counties is open to each, or nobody could repeat it",
        ["/v1/registry/samples/{id}/history"] = "of that sample",
        ["/v1/indicators/plans/{id}/table"] = "of that plan",
        ["/v1/indicators/indicators/{id}/targets"] = "of that plan; of the targets of counties its own",
        ["/v1/indicators/indicators/{id}/explain"] = "of that plan; what other counties add is one sum",
        ["/v1/funding/funds/{id}"] = "a fund above may pay for its projects",
    };

    /// <summary>Of another sender's event nobody is told whether it is there.</summary>
    private static bool IsOfSender(Operation o) => o.Path.EndsWith("/events", StringComparison.Ordinal);

    private List<Operation> _all = [];
    private const string Nothing = "nothing-is-called-so";
    private readonly HashSet<string> _codes = [];
    private Estate _estate = null!;

    public async ValueTask InitializeAsync() => (_all, _estate) = (await Operation.All(system), await Estate.In(system));

    public async ValueTask DisposeAsync() => await Worded.HavePages(system, _codes);

    [Fact]
    public async Task Without_a_token_or_with_a_wrong_one_no_route_answers()
    {
        Assert.Empty(_all.Where(o => o.IsPublic).Select(o => o.ToString()).Except(s_public));
        var guarded = _all.Where(o => !o.IsPublic).ToList();
        Assert.True(guarded.Count > 120, $"Only {guarded.Count} routes.");
        foreach (var operation in guarded)
        {
            Refused(operation, await Ask(system.Nobody, operation), 401, "token.missing");
            Refused(operation, await Ask(new Caller(system.Http, "garbage"), operation), 401, "token.invalid");
        }
    }

    [Fact]
    public async Task A_client_of_the_division_without_the_role_is_refused()
    {
        var guarded = _all.Where(o => o.Roles.Count > 0).ToList();
        Assert.True(guarded.Count > 75 && guarded.Any(o => o.Service == "gateway"), $"Only {guarded.Count} routes ask for a role.");
        Assert.Empty(_all.Where(o => o.Writes && !o.IsPublic && !o.IsIntake && !o.IsOwn && o.Roles.Count == 0).Select(o => $"{o} writes and asks for no role."));
        foreach (var operation in guarded)
            Refused(operation, await Ask(await _estate.Without(_estate.Ground.City.Id, operation.Roles), operation), 403, "role.missing");

        // What a post needs is the type's to say.
        var reader = await _estate.With(_estate.County.Id, "reader");
        await foreach (var (operation, answer) in Posted(reader)) Refused(operation, answer, 403, "role.missing");
    }

    [Fact]
    public async Task A_client_of_another_city_gets_at_nothing_by_its_id()
    {
        var foreign = await _estate.Without(Estate.Foreign.Id, "operator");
        foreach (var operation in _all.Where(o => IsAbout(o) && !s_everybodys.ContainsKey(o.Path)))
            Refused(operation, await Ask(foreign, operation), IsOfSender(operation) ? 404 : 403, IsOfSender(operation) ? "event.unknown" : "division.forbidden");
        await foreach (var (operation, answer) in Posted(foreign)) Refused(operation, answer, 403, "division.forbidden");
    }

    [Fact]
    public async Task A_county_beside_it_sees_what_is_the_citys_and_nothing_of_the_county()
    {
        var sibling = await _estate.Without(Estate.Sibling.Id, "operator");
        foreach (var operation in _all.Where(o => IsAbout(o) && !s_everybodys.ContainsKey(o.Path)))
        {
            var answer = await Ask(sibling, operation);
            if (!operation.Writes && s_ofTheCity.ContainsKey(operation.Path)) Assert.True(answer.Status == 200, $"{operation}: {answer.Status} {answer.Text}");
            else Refused(operation, answer, IsOfSender(operation) ? 404 : 403, IsOfSender(operation) ? "event.unknown" : "division.forbidden");
        }

        await foreach (var (operation, answer) in Posted(sibling)) Refused(operation, answer, 403, "division.forbidden");
    }

    [Fact]
    public async Task What_others_are_refused_its_own_people_are_answered()
    {
        foreach (var operation in _all.Where(o => IsAbout(o) && !o.Writes && !(IsOfSender(o) && o.Service == "funding"))) // payments are the city's to post
            Assert.True((await Ask(IsOfSender(operation) ? _estate.Sender : _estate.City, operation)) is { Status: 200 } answer, $"{operation} is not answered to its own people.");
        // What stands here as an exception is still there to be one.
        foreach (var path in s_everybodys.Keys.Concat(s_ofTheCity.Keys)) Assert.Contains(_all, o => o.Path == path);
    }

    [Fact]
    public async Task What_stands_in_lists_and_sums_stands_there_for_its_own_people_alone()
    {
        var foreign = await _estate.Without(Estate.Foreign.Id, "operator");
        var told = 0;
        foreach (var operation in _all.Where(o => o.Method == HttpMethod.Get && !o.IsPublic && !o.IsStream && !o.IsOfOperation && !o.Path.Contains('{', StringComparison.Ordinal)
            && !s_everybodys.ContainsKey(o.Path) && !IsOfSender(o)))
        {
            var path = _estate.PathOf(operation);
            var own = await Whole(operation, _estate.City, path) + await Whole(operation, _estate.Sender, path);
            told += own.Contains(_estate.Mark, StringComparison.Ordinal) ? 1 : 0;
            Assert.DoesNotContain(_estate.Mark, await Whole(operation, foreign, path), StringComparison.Ordinal);

            // Nor does it help to ask for it by name: that is told no more than the name of nothing.
            foreach (var filter in operation.Parameters.Select(p => p.GetProperty("name").GetString()!).Where(_estate.Known.ContainsKey).Except(["unit", "divisions"]))
            {
                var (answer, nothing) = (await By(filter, _estate.Known[filter]), await By(filter, Nothing));
                var same = filter == "division" ? !answer.Text.Contains(_estate.Mark, StringComparison.Ordinal)
                    : answer.Status == nothing.Status && (answer.Status >= 400 || answer.Text.Replace(_estate.Known[filter], Nothing, StringComparison.Ordinal) == nothing.Text);
                Assert.True(answer.Status is 200 or 403 && same, $"{operation} by {filter}: {answer.Status} {answer.Text}");
            }

            Task<Answer> By(string filter, string value) => foreign.Get($"{path}?{filter}={Uri.EscapeDataString(value)}");
        }

        Assert.True(told >= 10, $"Only {told} lists tell its own people of the ground, so this shows little.");
    }

    /// <summary>About something of the ground: named in the path, or in the body.</summary>
    private static bool IsAbout(Operation o) =>
        !o.IsPublic && !o.IsOfOperation && !o.IsIntake && !o.IsImport && !o.IsOwn && (o.Path.Contains('{', StringComparison.Ordinal) || o.Writes || (IsOfSender(o) && !o.Writes));

    private Task<Answer> Ask(Caller caller, Operation operation)
    {
        var path = _estate.PathOf(operation);
        if (!operation.Writes) return caller.Send(operation.Method, path, null);
        var body = new Fitting(_estate.Known).Body(operation);
        List<(string, string)> headers = [("Idempotency-Key", Guid.NewGuid().ToString()), ("Restoration-Actor", "W-1")];
        if (operation.Method == HttpMethod.Put && operation.Takes("If-Match")) headers.Add(("If-None-Match", "*"));
        return caller.Send(
            operation.Method, path, body is null ? null : Caller.Json(operation.IsIntake ? Array.Empty<object>() : body, operation.Media!), [.. headers]);
    }

    /// <summary>An event of every type at every intake.</summary>
    private async IAsyncEnumerable<(Operation, Answer)> Posted(Caller caller)
    {
        foreach (var intake in _all.Where(o => o.IsIntake))
        {
            var words = intake.Spec.GetProperty("description").GetString()!;
            var types = words[(words.IndexOf("Types: ", StringComparison.Ordinal) + 7)..].Split(". ")[0].Split(", ");
            foreach (var type in types)
            {
                Assert.True(_estate.Events.TryGetValue(type, out var data), $"{intake} takes {type}: add one to {nameof(Estate)}.{nameof(Estate.Events)}.");
                yield return (intake, await caller.Send(
                    HttpMethod.Post, intake.Path, Caller.Json(Estate.CloudEvent(type, $"/{caller.Id}", Guid.NewGuid().ToString(), data), "application/cloudevents+json")));
            }
        }
    }

    /// <summary>All pages of a list; nothing where the caller has not the role.</summary>
    private static async Task<string> Whole(Operation operation, Caller caller, string path)
    {
        if (!operation.Takes("cursor")) return (await caller.Get(path)).Text;
        var all = "";
        for (string? next = ""; next is not null;)
        {
            var page = await caller.Get($"{path}?limit=500{next}");
            if (page.Code == "role.missing") return all;
            page.Is(200);
            all += page.Text;
            next = page.Json.TryGetProperty("next", out var cursor) ? $"&cursor={cursor.GetString()}" : null;
        }

        return all;
    }

    private void Refused(Operation operation, Answer answer, int status, string code)
    {
        // A HEAD is answered by its status alone.
        Assert.True(answer.Status == status && (answer.Code == code || operation.Method == HttpMethod.Head), $"{operation}: expected {status} {code}, got {answer.Status} {answer.Text}");
        if (operation.Method != HttpMethod.Head) _codes.Add(Worded.Is(operation, answer));
    }
}
