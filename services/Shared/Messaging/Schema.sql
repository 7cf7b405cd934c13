-- What a service knows of the facts that other services send it.
create table if not exists edge.received (
    source  text not null,
    stream  text not null,
    version bigint not null,
    primary key (source, stream)
);

-- Per source: the epoch of its log, and the highest position below which nothing meant for this service is missing.
create table if not exists edge.known (
    source   text primary key,
    epoch    bigint not null,
    position bigint not null
);
-- The position up to which all that is meant for this service was dealt with, whether or not anything was: how far its views are.
alter table edge.known add column if not exists reached bigint not null default 0;

-- Facts whose predecessor in their stream has not been taken; they wait here and other streams go on.
create table if not exists edge.parked (
    id       uuid primary key,
    source   text not null,
    stream   text not null,
    version  bigint not null,
    previous bigint not null,
    letter   jsonb not null,
    parked   timestamptz not null default now()
);
create index if not exists parked_stream on edge.parked (source, stream, version);

-- Facts that could not be taken, with the reason. They are taken again or discarded by hand.
create table if not exists edge.dead_letters (
    id       uuid primary key,
    source   text not null,
    stream   text not null,
    version  bigint not null,
    type     text not null,
    reason   text not null,
    letter   jsonb not null,
    died     timestamptz not null default now()
);
create index if not exists dead_letters_died on edge.dead_letters (died, id);

grant select, insert, update, delete on edge.received, edge.known, edge.parked, edge.dead_letters to {role};
