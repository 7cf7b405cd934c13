using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Shared.Tests.EventStore;

public abstract record AccountEvent(By By, DateTimeOffset At) : Event(By, At);

[StoredAs("account-opened.v1")]
public sealed record Opened(By By, DateTimeOffset At, string Id) : AccountEvent(By, At);

[StoredAs("money-paid-in.v1")]
public sealed record PaidIn(By By, DateTimeOffset At, decimal Amount, string? Note = null) : AccountEvent(By, At);

[StoredAs("money-paid-out.v1")]
public sealed record PaidOut(By By, DateTimeOffset At, decimal Amount) : AccountEvent(By, At);

/// <summary>Whatever a sender may come up with, and what never leaves the service.</summary>
[StoredAs("account-noted.v1")]
public sealed record Noted(By By, DateTimeOffset At, string Text, double Figure = 0, decimal Exact = 0, JsonElement? Raw = null) : AccountEvent(By, At);

/// <summary>Twice superseded: cents, then an amount with a direction, then two facts.</summary>
[StoredAs("money-moved.v1")]
public sealed record MovedV1(By By, DateTimeOffset At, long Cents) : Superseded<MovedV2>(By, At)
{
    public override MovedV2 Upcast() => new(By, At, Cents / 100m);
}

[StoredAs("money-moved.v2")]
public sealed record MovedV2(By By, DateTimeOffset At, decimal In) : Superseded<PaidIn>(By, At)
{
    public override PaidIn Upcast() => new(By, At, In);
}

public sealed record Account(string Id, bool IsOpen, decimal Balance);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Opened))]
[JsonSerializable(typeof(PaidIn))]
[JsonSerializable(typeof(PaidOut))]
[JsonSerializable(typeof(Noted))]
[JsonSerializable(typeof(MovedV1))]
[JsonSerializable(typeof(MovedV2))]
internal sealed partial class AccountJson : JsonSerializerContext;

/// <summary>Accounts that must never fall below zero: the smallest domain in which a lost or repeated fact shows.</summary>
internal static class Accounts
{
    public static readonly By Someone = new("bank", "7");
    public static readonly DateTimeOffset Then = new(2024, 6, 15, 8, 0, 0, TimeSpan.Zero);

    /// <summary>No two accounts may share a name here, which is what breaks a statement in the append.</summary>
    public const string Schema = """
        create schema shop;
        create table shop.accounts (id text primary key, balance numeric not null, version bigint not null, written int not null default 1);
        create unique index one_bearer on shop.accounts ((split_part(id, '@', 2))) where id like '%@%';
        create table shop.seen (position bigint primary key, by text not null);
        grant usage on schema shop to {role};
        grant select, insert, update, delete on all tables in schema shop to {role};
        """;

    public static readonly RowTable Rows = new("shop.accounts", """
        insert into shop.accounts (id, balance, version) select id, balance, version
        from jsonb_to_recordset($1) r(id text, balance numeric, version bigint)
        on conflict (id) do update set balance = excluded.balance, version = excluded.version, written = accounts.written + 1
        """);

    public static readonly Aggregate<Account, AccountEvent> Kind = new(
        "account", new Account("", false, 0),
        (account, fact) => fact switch
        {
            Opened opened => account with { Id = opened.Id, IsOpen = true },
            PaidIn paid => account with { Balance = account.Balance + paid.Amount },
            PaidOut paid => account with { Balance = account.Balance - paid.Amount },
            _ => account,
        },
        (version, account, _) => [new Row(Rows, account.Id, JsonSerializer.SerializeToUtf8Bytes(new { id = account.Id, balance = account.Balance, version }))]);

    public static string Stream(string id) => $"account-{id}";

    public static Decision<AccountEvent> Open(Account account, string id) => account.IsOpen
        ? Refusal.Conflict("account.open", "It is open already.")
        : [new Opened(Someone, Then, id)];

    public static Decision<AccountEvent> PayIn(Account account, decimal amount, string? note = null) => account.IsOpen
        ? [new PaidIn(Someone, Then, amount, note)]
        : Refusal.NotFound("account.unknown", "There is no such account.");

    public static Decision<AccountEvent> PayOut(Account account, decimal amount) => account.Balance < amount
        ? Refusal.Conflict("balance.short", "There is not enough in it.")
        : [new PaidOut(Someone, Then, amount)];

    /// <summary>One account, one decision.</summary>
    public static Work On(
        string id, Func<Account, Decision<AccountEvent>> decide, Claim? claim = null, ReplyKey? key = null,
        Func<Streams, Refusal?, Reply?>? answer = null, EventHeaders? headers = null, long bytes = 0) => new()
        {
            Decide = streams => streams.Record(Kind, Stream(id), decide(streams.Get(Kind, Stream(id)))),
            Claim = claim,
            Key = key,
            Answer = answer,
            Headers = headers ?? new(null, null, null),
            Bytes = bytes,
        };

    public static Work Opening(string id, Claim? claim = null, ReplyKey? key = null, Func<Streams, Refusal?, Reply?>? answer = null) =>
        On(id, a => Open(a, id), claim, key, answer);

    public static Work PayingIn(string id, decimal amount, Claim? claim = null) => On(id, a => PayIn(a, amount), claim);

    public static Work PayingOut(string id, decimal amount, Claim? claim = null) => On(id, a => PayOut(a, amount), claim);

    public static Work Transferring(string from, string to, decimal amount) => new()
    {
        Decide = streams => streams.Record(Kind, Stream(from), PayOut(streams.Get(Kind, Stream(from)), amount))
            ?? streams.Record(Kind, Stream(to), PayIn(streams.Get(Kind, Stream(to)), amount)),
    };

    public static Claim Claimed(string id, string content = "same") => new("https://county.example", id, System.Text.Encoding.UTF8.GetBytes(content));

    public static ReplyKey Keyed(string key, string payload = "same") => new("client POST /accounts", key, System.Text.Encoding.UTF8.GetBytes(payload));
}
