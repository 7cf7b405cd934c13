using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Support;

namespace Restoration.Benchmarks;

/// <summary>
/// The whole system as <c>deploy/up</c> runs it: every process of the built programs, limited roles, PostgreSQL and RabbitMQ beside them, all
/// on the cores of this machine. Behind the same gateway stands one endpoint that does nothing, for comparison.
/// </summary>
internal sealed class House : IAsyncDisposable
{
    private static readonly string[] s_services = ["registry", "indicators", "mines", "funding", "updates"];
    private static readonly string s_programs = Path.Combine(Source.Root, ".artifacts", "bin");
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly string _secret = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, Process> _processes = [];
    private readonly Dictionary<string, Uri> _addresses = [];
    private VirtualHost? _broker;
    private WebApplication? _nothing;

    /// <summary>The gateway; connections are not counted, answers have a minute.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 }) { Timeout = TimeSpan.FromMinutes(1) };

    public static async Task<House> Start()
    {
        var house = new House { _broker = await VirtualHost.Create() };
        var ports = s_services.Append("gateway").ToDictionary(name => name, _ => FreePort());
        await Task.WhenAll(ports.Keys.Select(house.CreateDatabase));
        house._nothing = await Nothing();
        foreach (var (name, port) in ports)
        {
            Dictionary<string, string> settings = new()
            {
                [$"ConnectionStrings__{name}"] = house.Connection(name, name),
                ["ConnectionStrings__keys"] = house.Connection("gateway", "keys_reader"),
                ["ConnectionStrings__broker"] = house._broker.Address,
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
                ["DOTNET_gcServer"] = "0",
                ["DOTNET_GCgen0size"] = "0x8000000",
            };
            if (name == "gateway")
            {
                (settings["Gateway__Operator__Id"], settings["Gateway__Operator__Secret"]) = ("operator", house._secret);
                foreach (var service in s_services)
                    settings[$"Services__{service}"] = $"http://127.0.0.1:{ports[service]}";
                settings["Services__nothing"] = house._nothing.Urls.Single();
                (settings["ReverseProxy__Routes__nothing__ClusterId"], settings["ReverseProxy__Routes__nothing__Match__Path"]) = ("nothing", "/v1/nothing");
                settings["ReverseProxy__Clusters__nothing__LoadBalancingPolicy"] = "FirstAlphabetical";
            }

            house._processes[name] = Launch(name, settings);
            house._addresses[name] = new($"http://127.0.0.1:{port}");
        }

        house.Http.BaseAddress = new($"http://127.0.0.1:{ports["gateway"]}");
        foreach (var port in ports.Values)
            await house.Ready(port);
        return house;
    }

    public Task<Client> Operator() => Token("operator", _secret);

    /// <summary>A new client with its token.</summary>
    public async Task<Client> Client(Client by, string id, string division, params string[] roles)
    {
        var made = await by.Post("/v1/clients", new { clientId = id, name = id, division, roles, policy = new { requests = 1_000_000, seconds = 60 } });
        return await Token(id, made.GetProperty("secret").GetString()!);
    }

    /// <summary>Of a part itself, beside the gateway.</summary>
    public Uri Address(string part) => _addresses[part];

    /// <summary>What autovacuum does in time, at once.</summary>
    public async Task Vacuum(string part)
    {
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(TestServers.Superuser(Database(part))) { Pooling = false });
        await using var command = db.CreateCommand("vacuum analyze");
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One value of a part's database, read as superuser.</summary>
    public async Task<T> Value<T>(string part, string sql)
    {
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(TestServers.Superuser(Database(part))) { Pooling = false });
        await using var command = db.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Rows of a part's database, read as superuser.</summary>
    public async IAsyncEnumerable<T> Rows<T>(string part, string sql, Func<NpgsqlDataReader, T> row)
    {
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(TestServers.Superuser(Database(part))) { Pooling = false });
        await using var command = db.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            yield return row(rows);
    }

    /// <summary>Seconds of processor time that each process took since it began; those of PostgreSQL together, and those of this program.</summary>
    public Dictionary<string, double> Processors()
    {
        var times = _processes.ToDictionary(p => p.Key, p => p.Value.TotalProcessorTime.TotalSeconds);
        times["this program"] = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
        times["postgresql"] = Ticks("postgres");
        times["rabbitmq"] = Ticks("rabbitmq");
        return times;

        static double Ticks(string name)
        {
            var pids = Path.Combine(Environment.GetEnvironmentVariable("TEST_RUN")!, "pids", name);
            var first = int.Parse(File.ReadAllText(pids), CultureInfo.InvariantCulture);
            return Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])).Sum(d =>
            {
                try
                {
                    var stat = File.ReadAllText(Path.Combine(d, "stat")).Split(") ")[^1].Split(' ');
                    return Path.GetFileName(d) == $"{first}" || stat[1] == $"{first}"
                        ? stat[11..15].Sum(t => long.Parse(t, CultureInfo.InvariantCulture)) / 100.0 - (Path.GetFileName(d) == $"{first}" ? Ended(stat) : 0)
                        : 0;
                }
                catch (IOException)
                {
                    return 0; // gone meanwhile
                }
            });
        }

        // What children took that have ended: sessions of before, which are nobody's load now.
        static double Ended(string[] stat) => stat[13..15].Sum(t => long.Parse(t, CultureInfo.InvariantCulture)) / 100.0;
    }

    /// <summary>The most memory that each process has held, in MB.</summary>
    public Dictionary<string, double> Memory() => _processes.ToDictionary(p => p.Key, p => File.ReadLines($"/proc/{p.Value.Id}/status")
        .Where(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Select(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).Single());

    /// <summary>The memory that a process holds now, in MB.</summary>
    public double Resident(string name)
    {
        _processes[name].Refresh();
        return _processes[name].WorkingSet64 / 1048576.0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            process.Kill();
            process.WaitForExit();
        }

        Http.Dispose();
        await using (var server = NpgsqlDataSource.Create(TestServers.Superuser()))
        {
            foreach (var name in _processes.Keys)
            {
                await using var drop = server.CreateCommand($"drop database {Database(name)} with (force)");
                await drop.ExecuteNonQueryAsync();
            }
        }

        if (_nothing is not null)
            await _nothing.DisposeAsync();
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    /// <summary>Reads the body, as anybody must, and answers.</summary>
    private static async Task<WebApplication> Nothing()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/nothing", async (HttpContext http) =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null);
            return Results.NoContent();
        });
        await app.StartAsync();
        return app;
    }

    private async Task<Client> Token(string id, string secret)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = secret };
        using var answer = await Http.PostAsync("/oauth/token", new FormUrlEncodedContent(form));
        return new(Http, (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!);
    }

    private async Task CreateDatabase(string name)
    {
        await using var server = NpgsqlDataSource.Create(TestServers.Superuser());
        foreach (var role in name == "gateway" ? new[] { name, $"{name}_owner", "keys_reader" } : [name, $"{name}_owner"])
            await Execute(server, $"do $$ begin perform pg_advisory_xact_lock(4711); if not exists (select from pg_roles where rolname = '{role}') then create role {role} login password '{role}'; end if; end $$");
        await Execute(server, $"create database {Database(name)} owner {name}_owner");
        await Execute(server, $"revoke all on database {Database(name)} from public");
        await Execute(server, $"grant connect on database {Database(name)} to {name}{(name == "gateway" ? ", keys_reader" : "")}");
        using var schema = Launch(name, new() { ["ConnectionStrings__owner"] = Connection(name, $"{name}_owner") }, "schema");
        await schema.WaitForExitAsync();
        if (schema.ExitCode != 0)
            throw new InvalidOperationException($"The schema of {name} could not be made.");

        static async Task Execute(NpgsqlDataSource server, string sql)
        {
            await using var command = server.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static Process Launch(string name, Dictionary<string, string> settings, params string[] arguments)
    {
        var project = char.ToUpperInvariant(name[0]) + name[1..];
        var folder = Path.Combine(s_programs, project, "release");
        var program = Path.Combine(folder, $"Restoration.{project}.dll");
        if (!File.Exists(program))
            throw new InvalidOperationException($"{program} is not built: dotnet build Restoration.sln -c Release");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Complain(line.Data);
        process.ErrorDataReceived += (_, line) => Complain(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Complain(string? line)
        {
            if (line?.Contains(" fail: ", StringComparison.Ordinal) == true || line?.Contains("Unhandled", StringComparison.Ordinal) == true)
                Console.Error.WriteLine($"{name}: {line}");
        }
    }

    private async Task Ready(int port)
    {
        for (var began = Stopwatch.GetTimestamp(); ; await Task.Delay(50))
        {
            try
            {
                using var answer = await Http.GetAsync($"http://127.0.0.1:{port}/health/ready");
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(began).TotalSeconds < 60)
            {
                // not listening yet
            }

            if (Stopwatch.GetElapsedTime(began).TotalSeconds > 60)
                throw new TimeoutException($"The process on port {port} is not ready after a minute.");
        }
    }

    private string Database(string part) => $"{part}_{_run}";

    private string Connection(string part, string role) =>
        new NpgsqlConnectionStringBuilder(TestServers.Superuser(Database(part))) { Username = role, Password = role }.ConnectionString;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Someone who calls through the gateway.</summary>
internal sealed class Client(HttpClient http, string token)
{
    public string Token => token;

    private readonly AuthenticationHeaderValue _token = new("Bearer", token);

    /// <summary>A command, which must be accepted.</summary>
    public async Task<JsonElement> Post(string path, object body)
    {
        using var answer = await Send(path, JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web), "application/json", Guid.NewGuid().ToString());
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }

    public Task<HttpResponseMessage> Get(Uri address)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = _token;
        return http.SendAsync(request);
    }

    public Task<HttpResponseMessage> Send(string path, byte[] body, string media, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new(media);
        request.Headers.Authorization = _token;
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return http.SendAsync(request);
    }
}
