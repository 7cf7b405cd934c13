using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Support;

/// <summary>The gateway's part towards a service under test: a key ring in the database, and tokens for any client made with it.</summary>
public sealed class KeyRing : IXmlRepository
{
    private readonly List<XElement> _keys = [];
    private readonly ISecureDataFormat<AuthenticationTicket> _tokens;

    private KeyRing()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName(Tokens.ApplicationName);
        services.Configure<KeyManagementOptions>(o => o.XmlRepository = this);
        _tokens = Tokens.Format(services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>());
        TokenFor(new Client("first", "*", null, new HashSet<string>(), [])); // makes the key
    }

    public static async Task<KeyRing> In(TestDatabase database, string role)
    {
        var ring = new KeyRing();
        await database.Execute($"""
            create schema keys;
            create table keys.ring (friendly_name text primary key, xml text not null, created timestamptz not null default now());
            create table keys.disabled_clients (client_id text primary key, since timestamptz not null default now());
            create table keys.revoked (client_id text primary key, through timestamptz not null);
            grant usage on schema keys to {role};
            grant select on all tables in schema keys to {role};
            """);
        await using var owner = NpgsqlDataSource.Create(database.Owner);
        foreach (var key in ring._keys)
        {
            await using var insert = owner.CreateCommand("insert into keys.ring (friendly_name, xml) values ($1, $2)");
            insert.Parameters.Add(new() { Value = key.Attribute("id")!.Value });
            insert.Parameters.Add(new() { Value = key.ToString() });
            await insert.ExecuteNonQueryAsync();
        }

        return ring;
    }

    public string TokenFor(Client client, TimeSpan? lifetime = null) => _tokens.Protect(new(
        client.ToPrincipal(), new AuthenticationProperties { ExpiresUtc = DateTimeOffset.UtcNow + (lifetime ?? TimeSpan.FromMinutes(15)) }, Tokens.Scheme));

    IReadOnlyCollection<XElement> IXmlRepository.GetAllElements() => _keys;

    void IXmlRepository.StoreElement(XElement element, string friendlyName) => _keys.Add(element);
}
