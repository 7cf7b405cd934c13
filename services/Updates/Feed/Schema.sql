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
create index if not exists entries_subject on feed.entries (subject, number);

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

grant usage on schema feed to updates;
grant select, update on feed.head to updates;
grant select, insert, update on feed.sources, feed.divisions to updates;
-- Entries are never edited. Only their scope can grow, when a division above them becomes known later than they did.
grant select, insert on feed.entries to updates;
grant update (scope) on feed.entries to updates;
