using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Restoration.EventStore;

public static partial class EventStoreSetup
{
    /// <summary>Unless the connection string says another number; ten processes at one server of 200.</summary>
    private const int MostConnections = 16;

    /// <summary>
    /// A process that was frozen or whose machine vanished holds rows, positions and leaders' locks until PostgreSQL notices: within five
    /// seconds, so that another replica goes on within ten.
    /// </summary>
    private const string Silent =
        "-c idle_in_transaction_session_timeout=5s -c tcp_user_timeout=5s -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3";

    /// <summary>Rows are found by their keys, whatever is estimated.</summary>
    private const string KeysOnly = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /// <summary>
    /// The log of a service over its database (<c>ConnectionStrings:{service}</c>): the writer, the shared data source, the readiness
    /// check, the roll-ups, and what makes views anew.
    /// </summary>
    public static void AddEventStore(this IHostApplicationBuilder builder, string service, EventTypes types, params IReadOnlyList<Derived> views)
    {
        var services = builder.Services;
        builder.AddClock(); // first: nothing starts before it knows what time it is
        services.AddSingleton(types);
        services.AddSingleton(sp => NpgsqlDataSource.Create(Text(sp)));
        services.AddKeyedSingleton(Follower.Pool, (sp, _) =>
        {
            var text = Text(sp);
            // What they prepared stays, and they leave nothing else behind. Prepared on an empty log, a plan must suit a full one too.
            (text.NoResetOnClose, text.Options) = (true, $"{text.Options} {KeysOnly}");
            return NpgsqlDataSource.Create(text);
        });
        services.AddSingleton(sp => new Tail(sp.GetRequiredKeyedService<NpgsqlDataSource>(Follower.Pool), types));
        services.AddSingleton(sp =>
        {
            // The writer's own pool: prepared statements stay with the session, and each is planned once. All it does is find rows by
            // their keys, so that is all a plan may do: estimates of how many events some streams have made PostgreSQL scan the whole log
            // for them, a hundred milliseconds a commit at 800,000 events, and a plan made on an empty table would scan a full one.
            var text = Text(sp);
            (text.NoResetOnClose, text.MaxPoolSize, text.Options) = (
                true, 4, $"{text.Options} -c plan_cache_mode=force_generic_plan {KeysOnly}");
            return new EventLog(
                NpgsqlDataSource.Create(text), types, sp.GetRequiredService<TimeProvider>(),
                sp.GetRequiredService<IConfiguration>().GetSection("EventStore").Get<EventLogOptions>() ?? new(),
                sp.GetRequiredService<ILogger<EventLog>>());
        });
        services.AddHostedService(sp => sp.GetRequiredService<EventLog>());
        builder.AddIntegrity(service);
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "database", sp => new DatabaseCheck(sp.GetRequiredService<NpgsqlDataSource>()), HealthStatus.Unhealthy, ["database"], TimeSpan.FromSeconds(3)));
        foreach (var view in views.OfType<ViewDefinition>())
        {
            services.AddSingleton<IHostedService>(sp => new View(
                sp.GetRequiredService<Tail>(), sp.GetRequiredService<TimeProvider>(), view, sp.GetRequiredService<ILogger<View>>()));
        }

        services.AddSingleton(sp =>
        {
            var text = Text(sp);
            (text.SearchPath, text.CommandTimeout) = ("rebuild", 600) /* alone: where a copy is missing, nothing goes to the tables in use */;
            return new Rebuilds(
                sp.GetRequiredService<NpgsqlDataSource>(), NpgsqlDataSource.Create(text), types, sp.GetRequiredService<TimeProvider>(), views,
                sp.GetRequiredService<ILogger<Rebuilds>>());
        });
        services.AddHostedService(sp => sp.GetRequiredService<Rebuilds>());

        NpgsqlConnectionStringBuilder Text(IServiceProvider sp) => ConnectionText(sp.GetRequiredService<IConfiguration>(), service);
    }

    /// <summary>How a service connects to its database, so that a silent process is noticed; its views are what it finds there.</summary>
    /// <remarks>So many requests at once are at the database, and the rest waits: a burst must not take the server's last connections from others.</remarks>
    public static NpgsqlConnectionStringBuilder ConnectionText(IConfiguration configuration, string service) => new($"Maximum Pool Size={MostConnections};" + (
        configuration.GetConnectionString(service) ?? throw new InvalidOperationException($"ConnectionStrings:{service} is not set.")))
    {
        ApplicationName = service,
        SearchPath = service, // the views; a rebuild puts its copies before them
        KeepAlive = 2,
        Timeout = 5,
        CommandTimeout = 30,
        Options = Silent,
    };

    /// <summary>
    /// Creates or updates tables as their owner, and grants the service's role what it needs: the log's own script, then the service's.
    /// Safe to repeat. Separate from running, because the running service may not alter anything.
    /// </summary>
    public static async Task ApplySchema(string owner, string role, params string[] scripts)
    {
        if (!RoleName().IsMatch(role))
        {
            throw new ArgumentException("A role is named by lower-case letters and underscores.", nameof(role));
        }

        await using var db = NpgsqlDataSource.Create(owner);
        await using var connection = await db.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var one = new NpgsqlCommand("select pg_advisory_xact_lock(7355608)", connection))
        {
            await one.ExecuteNonQueryAsync();
        }

        foreach (var script in scripts)
        {
            await using var command = new NpgsqlCommand(script.Replace("{role}", role, StringComparison.Ordinal), connection);
            await command.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
    }

    /// <summary>The log's own script.</summary>
    public static string Schema => Script(typeof(EventStoreSetup).Assembly, "Restoration.EventStore.Schema.sql");

    /// <summary>Says which tables a rebuild may have copied and swapped.</summary>
    public static string ViewTables(IEnumerable<Derived> views) =>
        "delete from edge.view_tables; insert into edge.view_tables select * from (values "
        + string.Join(", ", views.SelectMany(v => v.Tables).Distinct().Select(t => $"('{t}')")) + ") t;";

    public static string Script(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var text = new StreamReader(stream);
        return text.ReadToEnd();
    }

    private sealed class DatabaseCheck(NpgsqlDataSource db) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var command = db.CreateCommand("select 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException e)
            {
                return HealthCheckResult.Unhealthy(exception: e);
            }
        }
    }

    [GeneratedRegex("^[a-z_]+$")]
    private static partial Regex RoleName();
}
