using System.Net;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using Restoration.Http;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Webhooks;

public static class WebhookSetup
{
    public static WebApplicationBuilder AddWebhooks(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Webhooks").Get<WebhookOptions>() ?? new WebhookOptions();
        if (options.Faults().ToList() is { Count: > 0 } faults) throw new InvalidOperationException(string.Join(' ', faults));
        builder.Services.AddSingleton(options)
            // The driver speaks every two seconds: who leads and is silent for five loses its lead.
            .AddSingleton(_ => new WebhookDatabase(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(builder.Configuration.Required("updates"))
            {
                ApplicationName = "webhooks", KeepAlive = 2, MaxPoolSize = 20, Timeout = 5, CommandTimeout = 30,
            })))
            .AddSingleton<Exports>()
            .AddSingleton(_ => new Names(Dns.GetHostAddresses)).AddSingleton<Resolve>(provider => provider.GetRequiredService<Names>().Resolve)
            .AddSingleton<OutboundGuard>().AddSingleton<Caller>().AddSingleton<Seal>().AddSingleton<Replies>().AddSingleton<Claims>().AddSingleton<Followed>()
            .AddSingleton<Recorder>().AddHostedService(provider => provider.GetRequiredService<Recorder>())
            .AddSingleton<Sender>().AddHostedService(provider => provider.GetRequiredService<Sender>())
            .AddHostedService<Dispatcher>();
        return builder;
    }
}
