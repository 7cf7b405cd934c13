namespace Restoration.System.Tests;

/// <summary>
/// What must hold between the services after whatever happened: each knows all that was meant for it, nothing waits, nothing was given up,
/// and its state is what one gets by folding the logs of the others. The folds are written here once more, in SQL over the logs alone.
/// </summary>
public static class Convergence
{
    /// <summary>A state that one service keeps of another's facts, and the fold of the log that it must be.</summary>
    private sealed record Copy(string What, string Source, string Fold, string Receiver, string State);

    private const string Divisions =
        """
        select concat_ws(' ', d.data->>'id', coalesce(n.data->>'name', d.data->>'name'), d.data->>'level', coalesce(m.data->>'parentId', d.data->>'parentId'), r.data->>'replacedBy')
        from events.mt_events d left join events.mt_events r on r.stream_id = d.stream_id and r.type = 'division-replaced.v1'
        left join lateral (select data from events.mt_events where stream_id = d.stream_id and type = 'division-renamed.v1' order by version desc limit 1) n on true
        left join lateral (select data from events.mt_events where stream_id = d.stream_id and type = 'division-moved.v1' order by version desc limit 1) m on true
        where d.type = 'division-defined.v1' order by 1
        """;

    private const string CopiedDivisions = "select concat_ws(' ', id, name, level, parent_id, replaced_by) from copies.divisions order by 1";

    private const string Plans =
        """
        select distinct on (stream_id) concat_ws(' ', data->>'planId', data->'definition'->>'name') from events.mt_events
        where type in ('plan-registered.v1', 'plan-amended.v1') order by stream_id, version desc
        """;

    private const string CopiedPlans = "select concat_ws(' ', id, name) from copies.plans order by 1";

    private const string Projects =
        """
        select concat_ws(' ', d.data->'project'->>'id', coalesce(l.state, 'designed'))
        from (select distinct on (stream_id) * from events.mt_events where type = 'project-designed.v1' order by stream_id, version) d
        left join lateral (
            select case type when 'project-started.v1' then 'in-progress' when 'project-resumed.v1' then 'in-progress' else split_part(substr(type, 9), '.', 1) end state
            from events.mt_events e where e.stream_id = d.stream_id and type in ('project-approved.v1', 'project-started.v1', 'project-suspended.v1', 'project-resumed.v1',
                'project-completed.v1', 'project-terminated.v1', 'project-closed.v1') order by version desc limit 1) l on true
        order by 1
        """;

    private const string Money =
        """
        select concat_ws(' ', project, trim_scale(issued), trim_scale(paid)) from (
            select distinct on (stream_id) data->'account'->>'projectId' project, (data->'balance'->'issued'->>'amount')::numeric issued,
                (data->'balance'->'paid'->>'amount')::numeric paid
            from events.mt_events where type in ('money-issued.v1', 'payment-executed.v1', 'money-returned.v1') order by stream_id, version desc) last
        order by 1
        """;

    /// <summary>Sites whose last word is an acceptance.</summary>
    private const string Accepted =
        """
        select data->'site'->>'id' id, data->'site'->>'division' division, data->>'acceptedOn' accepted_on,
            trim_scale((data->'area'->>'value')::numeric) area, data->'site'->'project'->'feeds' feeds
        from (select distinct on (stream_id) * from events.mt_events where type in ('site-accepted.v1', 'site-reopened.v1', 'site-reopened.v2') order by stream_id, version desc) last
        where type = 'site-accepted.v1'
        """;

    private static string Counted(string fedBy, string each) =>
        $"""
        select concat_ws(' ', concat_ws('.', feed->>'measureId', division, left(accepted_on, 7)), trim_scale(sum({each})))
        from ({Accepted}) a, jsonb_array_elements(feeds) feed where feed->>'fedBy' = '{fedBy}'
        group by feed->>'measureId', division, left(accepted_on, 7) order by 1
        """;

    /// <summary>By the ending of the measures' ids, as the grounds name them.</summary>
    private static string Figures(string measures) =>
        $"""
        select concat_ws(' ', id, trim_scale((verified->>'value')::numeric)) from registry.figures
        where measure_id like '%-{measures}' and (verified->>'value')::numeric > 0 order by 1
        """;

    private static IEnumerable<Copy> Copies =>
    [
        .. from receiver in TheSystem.Services.Skip(1)
           from copy in new Copy[] { new("divisions", "registry", Divisions, receiver, CopiedDivisions), new("plans", "registry", Plans, receiver, CopiedPlans) }
           select copy,
        new(
            "contributions of verified figures", "registry",
            """
            select distinct on (1) f->>'indicatorId' || ' ' || (f->>'measureId') || '.' || (f->>'division') || '.' || (f->>'period') || ' '
                || (data->'total'->>'value') from events.mt_events, lateral (select data->'figure' f) x
            where type = 'progress-verified.v1' and f->>'indicatorId' is not null
              and seq_id in (select max(seq_id) from events.mt_events where type = 'progress-verified.v1' group by data->'figure')
            order by 1
            """,
            "indicators", "select concat_ws(' ', indicator_id, figure_id, value->>'value') from indicators.contributions order by 1"),
        new("projects", "registry", Projects, "mines", "select concat_ws(' ', id, state) from mines.projects order by 1"),
        new(
            "accounts", "registry",
            """
            select concat_ws(' ', d.data->'project'->>'id', trim_scale((coalesce(c.data, d.data)->'definition'->'estimate'->>'amount')::numeric), coalesce(l.state, 'entered'))
            from (select distinct on (stream_id) * from events.mt_events where type = 'project-designed.v1' order by stream_id, version desc) d
            left join lateral (select data from events.mt_events e where e.stream_id = d.stream_id and type = 'project-changed.v1' order by version desc limit 1) c on true
            left join lateral (
                select case type when 'project-suspended.v1' then 'frozen' when 'project-terminated.v1' then 'terminated' when 'accounts-settled.v1' then 'settled' else 'open' end state
                from events.mt_events e where e.stream_id = d.stream_id and type in ('project-approved.v1', 'project-suspended.v1', 'project-resumed.v1',
                    'project-terminated.v1', 'accounts-settled.v1') order by type = 'accounts-settled.v1' desc, version desc limit 1) l on true -- what is settled stays so
            order by 1
            """,
            "funding", "select concat_ws(' ', project_id, trim_scale(estimate), state) from funding.accounts order by 1"),
        new("money of projects", "funding", Money, "mines", "select concat_ws(' ', project_id, trim_scale(issued), trim_scale(paid)) from mines.project_money order by 1"),
        new("money of projects", "funding", Money, "registry", "select concat_ws(' ', id, trim_scale(issued), trim_scale(paid)) from registry.projects where issued > 0 order by 1"),
        new(
            "accepted sites", "mines", $"select concat_ws(' ', id, accepted_on, area) from ({Accepted}) a order by 1",
            "indicators", "select concat_ws(' ', site_id, accepted_on::text, trim_scale((area->>'value')::numeric)) from indicators.counted_sites where withdrawn_on is null order by 1"),
        new("number of accepted sites", "mines", Counted("site-count", "1"), "registry", Figures("sites")),
        new("area of accepted sites", "mines", Counted("site-area", "area"), "registry", Figures("bare")),
    ];

    public static async Task Holds(TheSystem system, double seconds = 90)
    {
        foreach (var receiver in TheSystem.Services) await KnowsAll(system, receiver, seconds);
        foreach (var copy in Copies)
        {
            var expected = await Text(system, copy.Source, copy.Fold);
            Assert.True(expected.Count > 0, $"Nothing was said about {copy.What}.");
            var actual = await Text(system, copy.Receiver, copy.State);
            Assert.True(expected.SequenceEqual(actual), $"{copy.Receiver}, {copy.What}: lacks {Show(expected.Except(actual))}; has {Show(actual.Except(expected))}");
        }

        foreach (var service in TheSystem.Services) await NothingTwice(system, service);
    }

    /// <summary>Through the position of the last fact that its source's relay sent it.</summary>
    private static async Task KnowsAll(TheSystem system, string receiver, double seconds)
    {
        foreach (var source in TheSystem.Services.Where(s => s != receiver))
        {
            var head = (await system.Read(source, "select coalesce(max(seq_id), 0) from events.mt_events", r => r.GetInt64(0)))[0];
            await Eventually.Get(() => Relay(source), at => at >= head, $"the relay of {source} at {head}", seconds);
        }

        await Eventually.Get(
            async () => await Waiting(receiver) is { } w ? w : "nothing", what => what == "nothing", $"{receiver} knows all that was meant for it", seconds, show: what => $"{what}\n{system[receiver].LogText}");

        async Task<long> Relay(string source) =>
            (await system.Read(source, "select last_seq_id from events.mt_event_progression where name = 'relay'", r => r.GetInt64(0))).SingleOrDefault();

        async Task<string?> Waiting(string service)
        {
            var counts = (await system.Read(service, "select (select count(*) from edge.parked), (select count(*) from edge.dead_letters)", r => (r.GetInt64(0), r.GetInt64(1))))[0];
            if (counts != (0, 0)) return $"{counts.Item1} parked, {counts.Item2} dead";
            foreach (var source in TheSystem.Services.Where(s => s != service))
            {
                // What the source sends to this receiver is what the receiver takes from it; its last such fact must have been taken.
                var received = await system.Read(
                    service, $"select stream, version from edge.received where source = '{source}'", r => (r.GetString(0), r.GetInt64(1)));
                var sent = await system.Read(source, Routes(source, service), r => (r.GetString(0), r.GetInt64(1)));
                var missing = sent.Except(received).Take(3).ToList();
                if (missing.Count > 0) return $"from {source}: {string.Join(", ", missing)}";
            }

            return null;
        }
    }

    /// <summary>What every service keeps a copy of.</summary>
    private static readonly string[] s_copied =
    [
        "division-defined.v1", "division-replaced.v1", "division-renamed.v1", "division-moved.v1", "plan-registered.v1", "plan-amended.v1",
    ];

    /// <summary>What those who follow projects take of them.</summary>
    private static readonly string[] s_projects =
    [
        "project-designed.v1", "project-approved.v1", "project-changed.v1", "project-started.v1", "project-suspended.v1", "project-resumed.v1", "project-terminated.v1",
    ];

    /// <summary>The last version of each stream that is meant for a receiver.</summary>
    private static string Routes(string source, string receiver)
    {
        string[] types = (source, receiver) switch
        {
            ("registry", "indicators") => [.. s_copied, "progress-verified.v1"],
            ("registry", "funding") => [.. s_copied, .. s_projects],
            ("registry", "mines") => [.. s_copied, .. s_projects, "project-completed.v1", "project-closed.v1"],
            ("mines", "registry" or "indicators") => ["site-accepted.v1", "site-reopened.v1", "site-reopened.v2"],
            ("funding", "registry") => ["money-issued.v1", "payment-executed.v1", "money-returned.v1", "account-settled.v1"],
            ("funding", "mines") => ["money-issued.v1", "payment-executed.v1", "money-returned.v1"],
            _ => [],
        };
        return $"select stream_id, max(version) from events.mt_events where type in ({string.Join(", ", types.Append("").Select(t => $"'{t}'"))}) group by 1";
    }

    private static async Task NothingTwice(TheSystem system, string service)
    {
        var twice = await system.Read(
            service,
            """
            select concat_ws(' ', headers->>'source', headers->>'id', stream_id, type) from events.mt_events
            where headers->>'source' in ('/registry', '/indicators', '/mines', '/funding') group by 1 having count(*) > 1
            """,
            r => r.GetString(0));
        Assert.True(twice.Count == 0, $"{service} applied twice: {Show(twice)}");
    }

    private static Task<List<string>> Text(TheSystem system, string service, string sql) => system.Read(service, sql, r => r.GetString(0));

    private static string Show(IEnumerable<string> rows) => string.Join("; ", rows.Take(5).DefaultIfEmpty("nothing"));
}
