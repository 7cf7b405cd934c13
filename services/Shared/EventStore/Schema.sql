-- The log: the tables of Marten 9 (string stream identity; correlation, causation and headers on), so that a Marten application
-- can open the database and read, append and project. What is ours stands in the schema "edge".
create schema if not exists events;
create schema if not exists edge;

create table if not exists events.mt_streams (
    id          varchar primary key,
    type        varchar,
    version     bigint,
    timestamp   timestamptz not null default now(),
    created     timestamptz not null default now(),
    tenant_id   varchar default '*DEFAULT*',
    is_archived boolean default false
);

-- cache 1: a reader closes gaps by knowing that a lower position was drawn before a higher one.
create sequence if not exists events.mt_events_sequence as bigint cache 1;

create table if not exists events.mt_events (
    seq_id         bigint primary key,
    id             uuid not null,
    stream_id      varchar references events.mt_streams (id) on delete cascade,
    version        bigint not null,
    data           jsonb not null,
    bdata          bytea,
    type           varchar(500) not null,
    timestamp      timestamptz not null default now(),
    tenant_id      varchar default '*DEFAULT*',
    mt_dotnet_type varchar,
    correlation_id varchar,
    causation_id   varchar,
    headers        jsonb,
    is_archived    boolean default false
);
create unique index if not exists pk_mt_events_stream_and_version on events.mt_events (stream_id, version);
alter sequence events.mt_events_sequence owned by events.mt_events.seq_id;

create table if not exists events.mt_event_progression (
    name         varchar primary key,
    last_seq_id  bigint,
    last_updated timestamptz default transaction_timestamp()
);

-- Raised by hand after a restore from a backup: positions after it may mean other events than before.
create table if not exists edge.epoch (one boolean primary key default true check (one), epoch bigint not null default 1);
insert into edge.epoch default values on conflict do nothing;

-- What was taken once is never taken again: a sender's source and id, for ever, and the first thing that it recorded.
create table if not exists edge.inbox (
    source  text not null,
    id      text not null,
    stream  text,
    version bigint,
    hash    bytea not null,
    primary key (source, id)
);

-- A source belongs to the client that used it first.
create table if not exists edge.sources (source text primary key, client text not null);
-- What time brings about is claimed as '/due': no client may use those identities up.
insert into edge.sources (source, client) values ('/due', '/due') on conflict do nothing;

-- What time brings about. "next" is when it is tried, later than "at" where it was refused or failed.
create table if not exists edge.due (
    id      text primary key,
    stream  text not null,
    command text not null,
    at      timestamptz not null,
    next    timestamptz not null,
    tries   int not null default 0,
    reason  text
);
create index if not exists due_at on edge.due (at, id);

-- How far a settable clock was put before the system's, in ticks of 100 ns.
create table if not exists edge.clock (one boolean primary key default true check (one), ahead bigint not null default 0);
insert into edge.clock default values on conflict do nothing;

-- Stored answers of commands; the row commits with the events of the command.
create table if not exists edge.replies (
    scope        text not null,
    key          text not null,
    payload      bytea not null,
    status       int not null,
    content_type text,
    body         bytea not null,
    etag         text,
    location     text,
    stream       text,
    version      bigint,
    recorded     timestamptz not null default now(),
    primary key (scope, key)
);
create index if not exists replies_recorded on edge.replies using brin (recorded);

-- Says no from inside a batch, so that the whole of it is undone in the one round trip that tried it.
create or replace function events.must(ok boolean) returns void language plpgsql as $$
begin
    if not ok then
        raise exception 'A stream, an identity or a key is not where the writer believed.' using errcode = 'RST01';
    end if;
end $$;

-- Least privilege: the service appends and reads; it can neither change nor delete an event.
grant usage on schema events, edge to {role};
grant select, insert on events.mt_events to {role};
grant select, insert, update on events.mt_streams, events.mt_event_progression to {role};
grant usage, select on sequence events.mt_events_sequence to {role};
grant select on edge.epoch to {role};
grant select, insert on edge.inbox, edge.sources to {role};
grant select, insert, delete on edge.replies to {role};
grant select, insert, update, delete on edge.due to {role};
grant select, update on edge.clock to {role};
grant execute on function events.must(boolean) to {role};
