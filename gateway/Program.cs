using Restoration.Gateway;
using Restoration.ServiceDefaults;

// The settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (args is ["schema", ..])
    return await Schema.Apply(builder.Configuration);

builder.AddServiceDefaults("gateway", keysConnection: "gateway");
builder.AddConnections();
builder.Services.AddIssuing();
builder.Services.AddRateLimits();
builder.Services.AddOwnDocument();
builder.AddProxy();

var app = builder.Build();
app.UseSecurityHeaders();
app.MapServiceDefaults(first: a =>
{
    a.UseRateLimits();
    a.UseDocuments();
});
app.UseRateLimiter();
app.MapTokens();
app.MapClients();
app.MapProblemPages();
app.MapAsyncApi();
app.MapReverseProxy();
await app.RunAsync();
return 0;
