using Restoration.Gateway;
using Restoration.ServiceDefaults;

// The settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (args is ["schema", ..])
    return await Schema.Apply(builder.Configuration);

builder.AddServiceDefaults("gateway", keysConnection: "gateway");
builder.Services.AddIssuing();
builder.AddProxy();

var app = builder.Build();
app.UseSecurityHeaders();
app.UseDocuments();
app.MapServiceDefaults();
app.UseRateLimiter();
app.MapTokens();
app.MapClients();
app.MapProblemPages();
app.MapReverseProxy();
await app.RunAsync();
return 0;
