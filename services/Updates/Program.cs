using Microsoft.AspNetCore.Builder;
using Restoration.ServiceDefaults;
using Restoration.Updates.Feed;
using Restoration.Updates.Webhooks;

var builder = WebApplication.CreateBuilder(args);
if (args is ["schema"])
{
    await FeedSetup.ApplySchemaAsync(builder.Configuration);
    return;
}

builder.AddServiceDefaults("updates");
builder.AddFeed();
builder.AddWebhooks();

var app = builder.Build();
app.MapServiceDefaults();
app.MapFeed();
app.MapWebhooks();
await app.RunAsync();
