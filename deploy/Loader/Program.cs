using Restoration.Loader;

if (Settings.Of(args) is not { } settings)
{
    Console.Error.WriteLine(Settings.Usage);
    return 2;
}

Screen.Prepare();
using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 32 }) { BaseAddress = settings.Url, Timeout = TimeSpan.FromSeconds(60) };
var (clients, documents) = (new Clients(http, settings.Clients), new Documents(settings.Data));
try
{
    if (settings.Verb == "demo") return await new Demo(clients, documents).Run() ? 0 : 1;
    if (settings.OperatorSecret is not { Length: > 0 } secret)
    {
        Console.Error.WriteLine("RESTORATION_OPERATOR_SECRET is not set.");
        return 2;
    }

    await clients.Ensure(new Api(http, "operator", secret), documents);
    var entered = await new Load(clients, documents).Run();
    var judged = new Checks(await Register.Read(clients, documents), documents).Run();
    var tables = await new IndicatorChecks(clients, documents).Run();
    return entered && judged && tables ? 0 : 1;
}
catch (Exception e) when (e is RefusedException or HttpRequestException or IOException or TaskCanceledException or InvalidOperationException)
{
    Screen.Problem(e.Message);
    return 1;
}
