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

-- Room on each page, so that a stream that grows keeps its place there and no index learns of it.
alter table events.mt_streams set (fillfactor = 70);

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

-- What was refused, for its sender to see: what it was told, and what names the event.
create table if not exists edge.rejected (
    number  bigint generated always as identity primary key,
    client  text not null,
    at      timestamptz not null default now(),
    index   int not null,
    source  text,
    id      text,
    type    text,
    subject text,
    time    timestamptz,
    code    text not null,
    problem json not null -- as it was told, whatever it quotes
);
create index if not exists rejected_client on edge.rejected (client, number);
create index if not exists rejected_at on edge.rejected using brin (at);

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
alter table edge.replies add column if not exists language text; -- of a refusal's words

-- Signed daily over what was recorded since the one before (see Checkpoints.cs), so that a log rewritten with all its hashes is noticed.
create table if not exists edge.checkpoints (
    number    bigint primary key,
    epoch     bigint not null,
    at        timestamptz not null,
    after     bigint not null,
    position  bigint not null,
    root      text not null,
    previous  text,
    key_id    text not null,
    signature bytea not null
);
-- What a root is over: a line for each stream that events were recorded in. Kept so that what no longer fits can be named.
create table if not exists edge.checkpoint_streams (
    checkpoint bigint not null,
    stream     text collate "C" not null,
    version    bigint not null,
    hash       text not null,
    envelope   text not null,
    primary key (checkpoint, stream)
);

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
grant select, insert on edge.inbox, edge.sources, edge.checkpoints, edge.checkpoint_streams to {role};
grant select, insert, delete on edge.replies, edge.rejected to {role};
grant select, insert, update, delete on edge.due to {role};
grant select, update on edge.clock to {role};
grant execute on function events.must(boolean) to {role};

-- Rebuilds that were asked for. "attempt" fences: what an earlier attempt still does is undone.
create table if not exists edge.rebuilds (
    view text primary key, asked timestamptz not null, attempt int not null default 0, tries int not null default 0, started timestamptz, events bigint not null default 0,
    finished timestamptz, failure text
);
grant select, insert, update on edge.rebuilds to {role};
-- One that is under way copies tables of the shape they had: it is begun anew.
update edge.rebuilds set attempt = attempt + 1 where finished is null and failure is null;

-- Questions about the past are answered from temporary tables.
do $$ begin execute format('grant temporary on database %I to {role}', current_database()); end $$;

-- A rebuild fills new copies of a view's tables beside those in use, and then swaps them. The service itself may create nothing: the
-- database's owner does it in its place, for tables of the service's schema alone, and of those only for the views' (ViewTables).
create schema if not exists rebuild;
grant usage on schema rebuild to {role};
create table if not exists edge.view_tables (name text primary key);

create or replace function edge.must_be_views(names text[]) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from unnest(names) n where n not in (select name from edge.view_tables)) then
        raise exception 'These are not all tables of views: %.', names;
    end if;
end $$;

create or replace function edge.copy_tables(names text[]) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    name text;
    storage text;
begin
    perform edge.must_be_views(names);
    drop table if exists rebuild.folded;
    create table rebuild.folded (stream varchar primary key, version bigint not null);
    grant select, insert, update on rebuild.folded to {role};
    foreach name in array names loop
        execute format('drop table if exists rebuild.%I', name);
        execute format('create table rebuild.%I (like {role}.%I including all)', name, name);
        select array_to_string(reloptions, ', ') into storage from pg_class where oid = format('{role}.%I', name)::regclass;
        if storage is not null then
            execute format('alter table rebuild.%I set (%s)', name, storage);
        end if;
        execute format('grant select, insert, update, delete on rebuild.%I to {role}', name);
    end loop;
end $$;

-- Indexes of a table in an order that its copy has too, whatever they are called.
create or replace function edge.indexes_of(of regclass) returns text[] language sql stable set search_path = pg_catalog, pg_temp as $$
    select array_agg(c.relname order by regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .* ON [^ ]+ ', '\1'))
    from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = of
$$;

create or replace function edge.swap_tables(names text[]) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    name text;
    differing text;
    old_indexes text[];
    new_indexes text[];
    granted text;
begin
    perform edge.must_be_views(names);
    foreach name in array names loop
        select string_agg(attname, ', ') into differing from (
            select attname, atttypid, atttypmod, attnotnull from pg_attribute where attrelid = format('{role}.%I', name)::regclass and attnum > 0 and not attisdropped
            except select attname, atttypid, atttypmod, attnotnull from pg_attribute where attrelid = format('rebuild.%I', name)::regclass and attnum > 0) d;
        if differing is not null then
            raise exception 'The table % was changed while its copy was filled (%).', name, differing;
        end if;
        select string_agg(privilege_type, ', ') into granted from aclexplode((select relacl from pg_class where oid = format('{role}.%I', name)::regclass))
        where grantee = '{role}'::regrole;
        old_indexes := edge.indexes_of(format('{role}.%I', name)::regclass);
        new_indexes := edge.indexes_of(format('rebuild.%I', name)::regclass);
        execute format('drop table {role}.%I', name);
        execute format('alter table rebuild.%I set schema {role}', name);
        execute format('revoke all on {role}.%I from {role}', name);
        if granted is not null then
            execute format('grant %s on {role}.%I to {role}', granted, name);
        end if;
        for i in 1 .. coalesce(cardinality(old_indexes), 0) loop
            if old_indexes[i] <> new_indexes[i] then
                execute format('alter index {role}.%I rename to %I', new_indexes[i], old_indexes[i]);
            end if;
        end loop;
    end loop;
    drop table rebuild.folded;
end $$;

create or replace function edge.drop_copies(names text[]) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    name text;
begin
    perform edge.must_be_views(names);
    drop table if exists rebuild.folded;
    foreach name in array names loop
        execute format('drop table if exists rebuild.%I', name);
    end loop;
end $$;

create or replace function edge.analyze_copies(names text[]) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    name text;
begin
    perform edge.must_be_views(names);
    foreach name in array names loop
        execute format('analyze rebuild.%I', name);
    end loop;
end $$;
revoke all on function edge.must_be_views(text[]), edge.copy_tables(text[]), edge.swap_tables(text[]), edge.analyze_copies(text[]), edge.drop_copies(text[]) from public;
grant execute on function edge.copy_tables(text[]), edge.swap_tables(text[]), edge.analyze_copies(text[]), edge.drop_copies(text[]) to {role};
