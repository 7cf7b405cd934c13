using System.Reflection;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

public static class FeedSetup
{
    public static WebApplicationBuilder AddFeed(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Feed").Get<FeedOptions>() ?? new FeedOptions();
        if (options.Faults().ToList() is { Count: > 0 } faults) throw new InvalidOperationException(string.Join(' ', faults));
        builder.Services.AddSingleton(options)
            .AddSingleton(_ => NpgsqlDataSource.Create(EventStoreSetup.ConnectionText(builder.Configuration, "updates")))
            .AddSingleton<Tickets>().AddSingleton<Snapshots>().AddHostedService<Retention>()
            .AddSingleton<FeedLog>().AddSingleton<FeedReader>().AddSingleton<FeedStream>()
            .AddSingleton<FeedTail>().AddHostedService(provider => provider.GetRequiredService<FeedTail>())
            .AddSingleton<Intake>().AddHostedService(provider => provider.GetRequiredService<Intake>())
            .AddHealthChecks().AddDatabase(provider => provider.GetRequiredService<NpgsqlDataSource>()).AddCheck<Intake>("broker");
        new AuthenticationBuilder(builder.Services).AddScheme<AuthenticationSchemeOptions, TicketHandler>(Tickets.Scheme, null);
        // At Information the host logs each address with its query, where a ticket stands.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        return builder;
    }

    /// <summary>Brings the database up to date, as its owner; the service itself may not.</summary>
    public static async Task ApplySchemaAsync(IConfiguration configuration)
    {
        var scripts = Script("Feed") + Script("Webhooks");
        await using var owner = NpgsqlDataSource.Create(configuration.Required("owner"));
        // One at a time: two deployments that create the same table at once would fail.
        await using var command = owner.CreateCommand($"begin; select pg_advisory_xact_lock(7301); {scripts} commit;");
        await command.ExecuteNonQueryAsync();
    }

    private static string Script(string part) =>
        EventStoreSetup.Script(Assembly.GetExecutingAssembly(), $"Restoration.Updates.{part}.Schema.sql");

    internal static string Required(this IConfiguration configuration, string name) =>
        configuration.GetConnectionString(name) ?? throw new InvalidOperationException($"ConnectionStrings:{name} is missing.");
}
