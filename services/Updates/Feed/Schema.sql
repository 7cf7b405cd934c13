-- Applied by the owner at every deployment; running it again changes nothing.
-- After a restore from a backup: update feed.head set epoch = epoch + 1. Followers are then told to start over, and the sources'
-- heartbeats bring back what the backup lacks.
create schema if not exists feed;

-- One row. Whoever numbers entries holds its lock, so that the order of numbers is the order of commits.
create table if not exists feed.head (
    one        boolean primary key default true check (one),
    epoch      integer not null default 1 check (epoch between 1 and 9999),
    last       bigint not null default 0,   -- number of the last entry
    kept_after bigint not null default 0,   -- entries up to here are no longer kept
    tree       bigint not null default 0    -- counts changes of feed.divisions, so that a process knows its copy is old
);
insert into feed.head default values on conflict do nothing;

create table if not exists feed.entries (
    number   bigint primary key,
    event_id uuid not null unique,
    source   text not null,
    type     text not null,
    subject  text not null,
    position bigint not null,               -- in the source's log
    scope    text[] not null,               -- every division touched, and all above them
    body     bytea not null,                -- the CloudEvent on one line, as it is sent
    recorded timestamptz not null default now()
);
create index if not exists entries_scope on feed.entries using gin (scope);
create index if not exists entries_type on feed.entries (type, number);
-- The latest entry of each subject and type, for snapshots and for what may be forgotten.
create index if not exists entries_key on feed.entries (subject, type, number);
drop index if exists feed.entries_subject;

-- Events that are no longer kept: a source whose log is restored sends them again, and they must not come twice.
create table if not exists feed.forgotten (
    event_id uuid primary key
);

-- How far each source's log was taken in.
create table if not exists feed.sources (
    source   text primary key,
    epoch    bigint not null,
    position bigint not null
);

-- Our copy of the tree of divisions.
create table if not exists feed.divisions (
    id     text primary key,
    parent text
);

-- Lets a client open a stream where it cannot send its token. Only the hash is kept.
create table if not exists feed.tickets (
    hash      bytea primary key,
    expires   timestamptz not null,
    client_id text not null,
    division  text not null,
    unit      text,
    roles     text[] not null,
    subjects  text[] not null
);
create index if not exists tickets_expires on feed.tickets (expires);

-- Forgets what was recorded before a time, of the next `most` entries that are kept; answers how far that was, null when it is done.
-- The latest entry of a subject and type stays, per scope, so that a snapshot is whole whoever asks for it.
create or replace function feed.forget(before timestamptz, most integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    kept bigint;
    through bigint;
begin
    select kept_after into kept from feed.head;
    -- The time is the transaction's start, which is not quite the order of numbers: only what no younger one precedes.
    select coalesce(min(number) filter (where recorded >= before) - 1, max(number)) into through
    from (select number, recorded from feed.entries where number > kept order by number limit most) next;
    if through is null or through <= kept then
        return null;
    end if;
    update feed.head set kept_after = through where kept_after = kept;
    if not found then
        return kept; -- another replica was here
    end if;
    with latest as (
        select subject, type, scope, max(number) number from feed.entries where number > kept and number <= through group by 1, 2, 3
    ), gone as (
        delete from feed.entries e using latest l
        where e.subject = l.subject and e.type = l.type and e.scope = l.scope and e.number < l.number
        returning e.event_id
    )
    insert into feed.forgotten select event_id from gone;
    return through;
end $$;
revoke all on function feed.forget(timestamptz, integer) from public;

grant usage on schema feed to updates;
grant execute on function feed.forget(timestamptz, integer) to updates;
grant select on feed.forgotten to updates;
grant select, insert, delete on feed.tickets to updates;
grant select, update on feed.head to updates;
grant select, insert, update on feed.sources, feed.divisions to updates;
-- Entries are never edited. Only their scope can grow, when a division above them becomes known later than they did.
grant select, insert on feed.entries to updates;
grant update (scope) on feed.entries to updates;
