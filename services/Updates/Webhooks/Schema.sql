-- Applied by the owner at every deployment, after the feed's; running it again changes nothing.
create schema if not exists webhooks;

-- One row. Every active subscription without a position of its own has got what matches it up to here.
create table if not exists webhooks.dispatched (
    one    boolean primary key default true check (one),
    number bigint not null
);
insert into webhooks.dispatched select true, last from feed.head on conflict do nothing;

create table if not exists webhooks.subscriptions (
    id             text primary key,
    client         text not null,
    division       text not null,           -- the client's: what it may see
    target         text not null,
    types          text[] not null,
    divisions      text[] not null,
    subjects       text[] not null,
    per_stream     boolean not null,
    state          text not null check (state in ('active', 'paused', 'failing', 'disabled')),
    reason         text,                    -- why it is failing, disabled or paused
    position       bigint,                  -- what follows this number is not dispatched yet; null: goes with all others
    version        bigint not null default 1,
    secret         bytea not null,          -- sealed by the key ring; the table alone signs nothing
    old_secret     bytea,
    old_until      timestamptz,
    created        timestamptz not null default now(),
    changed        timestamptz not null default now()
);
create index if not exists subscriptions_client on webhooks.subscriptions (client, id);
create index if not exists subscriptions_behind on webhooks.subscriptions (position) where position is not null;

create table if not exists webhooks.deliveries (
    id           bigint generated always as identity primary key,
    subscription text not null,
    number       bigint not null,           -- of the entry, which holds the body
    event_id     uuid not null,
    type         text not null,
    subject      text not null,
    lane         text not null,             -- one at a time in each: the stream, or for itself alone
    state        text not null default 'pending' check (state in ('pending', 'delivered', 'expired')),
    again        boolean not null default false, -- a replay wants it once more
    tries        integer not null default 0, -- since it was last sent anew
    created      timestamptz not null default now(),
    finished     timestamptz,
    unique (subscription, event_id)
);
create index if not exists deliveries_pending on webhooks.deliveries (subscription, lane, number) where state = 'pending';
create index if not exists deliveries_finished on webhooks.deliveries (finished) where finished is not null;
create index if not exists deliveries_listed on webhooks.deliveries (subscription, id);

-- What is to be sent next. Who takes a lane moves its time past the lease, so that it comes up again if the process dies.
create table if not exists webhooks.lanes (
    subscription text not null,
    lane         text not null,
    due          timestamptz not null,
    token        bigint not null default 0, -- counts takers: a late one changes nothing
    primary key (subscription, lane)
);
create index if not exists lanes_due on webhooks.lanes (subscription, due);

create table if not exists webhooks.attempts (
    delivery bigint not null,
    at       timestamptz not null,
    duration integer not null,              -- ms
    status   integer,
    outcome  text not null,
    response bytea                          -- at most 1 kB
);
create index if not exists attempts_delivery on webhooks.attempts (delivery, at);

-- Subscriptions that were deleted, until nothing of them is left.
create table if not exists webhooks.ended (
    id text primary key,
    at timestamptz not null default now()
);

-- Answers to commands, sealed, since one holds a secret.
create table if not exists webhooks.replies (
    scope    text not null,
    key      text not null,
    payload  bytea not null,
    status   integer not null,
    body     bytea not null,
    etag     text,
    location text,
    position bigint not null,
    recorded timestamptz not null default now(),
    primary key (scope, key)
);
create index if not exists replies_recorded on webhooks.replies (recorded);
alter table webhooks.replies add column if not exists language text; -- of a refusal's words

grant usage on schema webhooks to updates;
grant select, update on webhooks.dispatched to updates;
grant select, insert, update, delete on webhooks.subscriptions, webhooks.deliveries, webhooks.lanes to updates;
grant select, insert, delete on webhooks.attempts, webhooks.replies, webhooks.ended to updates;
