using Microsoft.AspNetCore.Builder;
using Restoration.ServiceDefaults;
using Restoration.Updates.Feed;

var builder = WebApplication.CreateBuilder(args);
if (args is ["schema"])
{
    await FeedSetup.ApplySchemaAsync(builder.Configuration);
    return;
}

builder.AddServiceDefaults("updates");
builder.AddFeed();

var app = builder.Build();
app.MapServiceDefaults();
app.MapFeed();
await app.RunAsync();
