using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Restoration.ServiceDefaults;
using Restoration.Updates;
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
builder.Services.AddSingleton<Standing>().AddHostedService(services => services.GetRequiredService<Standing>())
    .AddSingleton<IClaimsTransformation>(services => services.GetRequiredService<Standing>());
builder.AddWebhooks();

var app = builder.Build();
app.MapServiceDefaults();
app.MapFeed();
app.MapFeedOps();
app.MapWebhooks();
await app.RunAsync();
