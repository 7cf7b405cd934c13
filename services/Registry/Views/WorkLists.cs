using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>Something that waits for the client.</summary>
/// <param name="Act">What is to be done: <c>check</c>, <c>verify</c>, <c>report</c> (a figure that was disputed), <c>confirm-assignment</c>, <c>sample</c> and <c>spot-check</c> (what it drew by lot), or what a project waits for, as its route ends.</param>
/// <param name="Subject">The figure, project, … it is about, with the change request, rectification or year where it is one of these; <paramref name="Link"/> is where it can be read.</param>
/// <param name="Due">The end of a figure's period, or the day by which it is to be done.</param>
public sealed record WorkItem(string Act, string Subject, string? ProjectId, string? Name, string Division, DateOnly? Due, string Link);

/// <summary>How many of them there are.</summary>
public sealed record WorkCount(string Act, long Count);

/// <summary>What waits for a client, by what it may do and where.</summary>
public sealed record WorkList(IReadOnlyList<WorkItem> Items, IReadOnlyList<WorkCount> Counts, string? Next);

public static class WorkLists
{
    /// <summary>Whatever a role waits for, all parameters are given.</summary>
    private const string Given = "$1::text is not null and $2::text[] is not null and $3::text[] is not null and $4::date is not null";

    /// <summary>What waits: a role, an act, and what it is to be done about. $1 is the client's division, $2 it and all below, $3 those right below, $4 today.</summary>
    private static readonly (string Role, string Act, string Sql)[] s_waits =
    [
        (Roles.Reviewer, "check",
            "select f.id, f.project_id, p.name, f.division, f.period_to due, '/v1/registry/progress/' || f.id link from figures f join projects p on p.id = f.project_id "
            + "where f.state = 'reported' and (p.definition->>'countyCheck')::boolean and f.division = $1"),
        (Roles.Reviewer, "verify",
            "select f.id, f.project_id, p.name, f.division, f.period_to, '/v1/registry/progress/' || f.id from figures f join projects p on p.id = f.project_id "
            + "where (f.state = 'checked' or f.state = 'reported' and not (p.definition->>'countyCheck')::boolean) and f.division = any($3)"),
        (Roles.Reporter, "report",
            "select f.id, f.project_id, p.name, f.division, f.period_to, '/v1/registry/progress/' || f.id from figures f join projects p on p.id = f.project_id "
            + "where f.state = 'disputed' and f.division = any($2)"),
        (Roles.Reviewer, "confirm-assignment",
            "select a.id, a.project_id, p.name, c->>'division', null::date, '/v1/registry/projects/' || a.project_id || '/assignments/' || a.year from assignments a join projects p on p.id = a.project_id "
            + "cross join lateral jsonb_array_elements(a.counties) c where a.state = 'assigned' and not (c->>'confirmed')::boolean and c->>'division' = $1"),
        (Roles.Reviewer, "sample",
            $"select distinct f.id, f.project_id, p.name, f.division, null::date, '/v1/registry/progress/' || f.id from {Drawn} join figures f on f.id = x->>'id' "
            + "join projects p on p.id = f.project_id where s.kind = 'progress' and f.state = 'verified' and s.drawer = $1"),
        (Roles.Reviewer, "spot-check",
            $"select distinct p.id, p.id, p.name, p.division, null::date, '/v1/registry/projects/' || p.id from {Drawn} join projects p on p.id = x->>'id' "
            + "where s.kind = 'projects' and p.state = 'accepted' and s.drawer = $1"),
        .. from role in new[] { Roles.Planner, Roles.Reviewer, Roles.Finance } select (role, "", OfProjects(role)),
    ];

    /// <summary>What was drawn by lot and not examined yet.</summary>
    private const string Drawn = "(select s.*, x from samples s cross join lateral jsonb_array_elements(s.drawn) x where s.state = 'drawn' and x->>'result' is null) s";

    /// <summary>What projects wait for, as their lives say.</summary>
    private static string OfProjects(string role) =>
        $"""
        select w->>'act', p.id || coalesce('.' || (w->>'about'), ''), p.id, p.name, p.division, (w->>'until')::date,
            '/v1/registry/projects/' || p.id || case when w->>'act' = 'approve' then coalesce('/changes/' || (w->>'about'), '') else '' end
        from projects p cross join lateral jsonb_array_elements(p.life->'waitsFor') w
        where w->>'role' = '{role}' and w->'divisions' @> to_jsonb($1) and ((w->>'from') is null or (w->>'from')::date <= $4)
        """;

    public static void MapWorkList(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/work-list").WithTags("work list").RefusingUnknownParameters()
        .MapGet("", List).Produces<WorkList>().WithSummary("What waits for this client")
        .WithDescription("By its roles and its division: figures to check for the county, to verify for the level right above it, disputed ones to report again; assignments to confirm; figures and projects that it drew by lot, to examine; and what projects wait for: submit, approve (also of changes), start, complete, self-check, accept, rectify, inspect-aftercare, evaluate, settle, close. act narrows to one.");

    private static async Task<IResult> List(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string? act, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var client = http.Client();
        var tree = await territory.Tree(client.Division);
        string[] under = [.. tree.Under(client.Division).Select(d => d.Id)], below = [.. under.Where(d => tree.Find(d)!.Parent == client.Division)];
        var today = clock.Today();
        var waits = s_waits.Where(w => client.Has(w.Role)).ToList();
        var all = waits.Count == 0
            ? "select null::text, null::text, null::text, null::text, null::text, null::date, null::text where false"
            : string.Join(" union all ", waits.Select(w => w.Act == "" ? w.Sql : $"select '{w.Act}' act, w.* from ({w.Sql}) w"));
        await using var counting = db.CreateCommand($"select act, count(*) from ({all}) w(act, id, project_id, name, division, due, link) where {Given} group by act order by act");
        var counts = await counting.Add(client.Division).Add(under).Add(below).Add(today).List(r => new WorkCount(r.GetString(0), r.GetInt64(1)), http.RequestAborted);
        await using var command = db.CreateCommand(
            $"""
            select act, id, project_id, name, division, due, link from ({all}) w(act, id, project_id, name, division, due, link)
            where {Given} and ($5::text is null or act = $5) and ($6::text is null or (act, id) > ($6, $7))
            order by act, id limit $8
            """);
        var most = Lists.Most(http, limit);
        var items = await command.Add(client.Division).Add(under).Add(below).Add(today).Add(act).Add(after?[0]).Add(after?[1]).Add((long)most + 1).List(
            r => new WorkItem(r.GetString(0), r.GetString(1), r.Text(2), r.Text(3), r.GetString(4), r.Day(5), r.GetString(6)), http.RequestAborted);
        var next = Lists.Next(http, items, most, w => [w.Act, w.Subject]);
        return await Lists.Of(http, new WorkList(items, counts, next), Wire.Api.WorkList, items, Wire.Api.WorkItem);
    }
}
