using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Projects;

/// <summary>Who acts on a project, and when.</summary>
/// <param name="Division">Of the client; null where that is every one.</param>
internal sealed record Act(string? Division, By By, DateTimeOffset At, DivisionTree Tree);

/// <summary>The way of every command on a project that is there: whose it is, who stands behind it, when it happened.</summary>
internal static class Acts
{
    /// <summary>Whether a person must stand behind it, and whether a county of the project may do it as well as the plan's division.</summary>
    public readonly record struct Rule(bool Actor, bool Counties);

    public static readonly Rule Anybody = new(false, false), Named = new(true, false), County = new(false, true), NamedCounty = new(true, true);

    public static Task<IResult> Post<TBody>(
        HttpContext http, string id, JsonTypeInfo<TBody> type, Func<TBody, DateTimeOffset?> at, Rule rule, Func<TBody, Streams, Project, Act, Decision<ProjectEvent>> decide)
        where TBody : class => Commands.Post(http, type, async body =>
        {
            if (await Refuses(http, id, at(body), rule) is { } refusal)
            {
                return refusal;
            }

            var (stream, act) = (Project.Stream(id), await Act(http, at(body)));
            return new Command(
                s => s.Version(Project.Aggregate, stream),
                s => s.Record(Project.Aggregate, stream, ProjectDecider.InOrder(s.Get(Project.Aggregate, stream), act.At, decide(body, s, s.Get(Project.Aggregate, stream), act))),
                s => Acknowledge(s, id));
        });

    public static Acknowledged Acknowledge(Streams s, string id) =>
        new(id, Kebab.Of(s.Get(Project.Aggregate, Project.Stream(id)).State), s.Version(Project.Aggregate, Project.Stream(id)));

    public static async ValueTask<Act> Act(HttpContext http, DateTimeOffset? at) => new(
        http.Client().Division is var division && division == Client.Everywhere ? null : division, http.By(), http.RequestServices.GetRequiredService<Clock>().At(at),
        await http.RequestServices.GetRequiredService<Territory>().Tree());

    /// <summary>The progress of a measure, as the unit sees it.</summary>
    public static Func<string, MeasureProgress> Progress(Streams s) => measure => s.Get(MeasureProgress.Aggregate, MeasureProgress.Stream(measure));

    /// <summary>What there is no row of, the decider refuses.</summary>
    public static async Task<Refusal?> Refuses(HttpContext http, string id, DateTimeOffset? at, Rule rule)
    {
        var (clock, territory) = (http.RequestServices.GetRequiredService<Clock>(), http.RequestServices.GetRequiredService<Territory>());
        if (((rule.Actor ? Actors.Missing(http) : null) ?? clock.Refuses(at)) is { } refusal)
        {
            return refusal;
        }

        await using var command = http.RequestServices.GetRequiredService<NpgsqlDataSource>().CreateCommand("select division, counties from projects where id = $1");
        if ((await command.Add(id).List(r => (Division: r.GetString(0), Counties: r.GetFieldValue<string[]>(1)), http.RequestAborted)) is not [var project])
        {
            return null;
        }

        var foreign = await territory.Refuses(http.Client(), project.Division, clock.Today());
        if (foreign is null || !rule.Counties)
        {
            return foreign;
        }

        // Where no county is named it is the whole area, and each county in it; a county that was followed by another is that other.
        var tree = await territory.Tree(project.Counties);
        foreach (var county in project.Counties.Length > 0 ? project.Counties.Select(c => tree.Standing(c)!) : [http.Client().Division])
        {
            if (tree.Contains(project.Division, county) && await territory.Refuses(http.Client(), county, clock.Today()) is null)
            {
                return null;
            }
        }

        return foreign;
    }
}
