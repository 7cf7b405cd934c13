using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

/// <summary>
/// Lets a browser open a stream, which cannot send a token with it: good once, for a minute, at every replica, for the client it was given
/// to. The database has its hash alone.
/// </summary>
public sealed class Tickets(NpgsqlDataSource db, FeedOptions options)
{
    public const string Scheme = "Ticket";
    public const string Parameter = "ticket";
    private const int Bytes = 32;

    public async Task<TicketAnswer> GiveAsync(Client client, CancellationToken stop)
    {
        var ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        await using var insert = db.CreateCommand("insert into feed.tickets values ($1, now() + $2, $3, $4, $5, $6, $7)");
        foreach (var value in new object[] { HashOf(ticket), options.Ticket, client.Id, client.Division, client.Unit ?? (object)DBNull.Value, client.Roles.ToArray(), client.Subjects.ToArray() })
            insert.Parameters.Add(new() { Value = value });
        await insert.ExecuteNonQueryAsync(stop);
        return new(ticket, (int)options.Ticket.TotalSeconds);
    }

    /// <summary>The client a ticket was given to, the first time it is asked for.</summary>
    public async Task<Client?> TakeAsync(string ticket, CancellationToken stop)
    {
        await using var take = db.CreateCommand("delete from feed.tickets where hash = $1 returning client_id, division, unit, roles, subjects, expires > now()");
        take.Parameters.Add(new() { Value = HashOf(ticket) });
        await using var rows = await take.ExecuteReaderAsync(stop);
        return await rows.ReadAsync(stop) && rows.GetBoolean(5)
            ? new(rows.GetString(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2),
                rows.GetFieldValue<string[]>(3).ToHashSet(), rows.GetFieldValue<string[]>(4))
            : null;
    }

    private static byte[] HashOf(string ticket) => SHA256.HashData(Encoding.UTF8.GetBytes(ticket));
}

/// <summary>Something to open one stream with.</summary>
/// <param name="Ticket">For <c>/v1/updates/stream?ticket=</c>, once.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record TicketAnswer(string Ticket, int ExpiresIn);

/// <summary>Knows who brings a ticket, where the request has no token.</summary>
internal sealed class TicketHandler(
    Tickets tickets, TokenAuthority authority, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization.Count > 0 || Request.Query[Tickets.Parameter] is not [{ } ticket]) return AuthenticateResult.NoResult();
        if (await tickets.TakeAsync(ticket, Context.RequestAborted) is { } client && !authority.IsDisabled(client.Id))
            return AuthenticateResult.Success(new(client.ToPrincipal(), Scheme.Name));
        Context.Features.Set(Problems.Of(
            StatusCodes.Status401Unauthorized, "ticket.invalid", "The ticket is unknown, used or expired, or its client was disabled."));
        return AuthenticateResult.Fail("The ticket is not valid.");
    }
}
