-- The gateway's own database. Idempotent: applied by the owner before each start of a new version.
create schema if not exists clients;
create schema if not exists keys;

-- Two hashes, so that a secret can be changed without a moment in which neither works.
create table if not exists clients.clients (
    client_id        text primary key,
    name             text not null,
    division         text not null,
    unit             text,
    roles            text[] not null,
    subjects         text[] not null default '{}',
    secret           bytea not null,
    previous_secret  bytea,
    created          timestamptz not null,
    created_by       text not null,
    rotated          timestamptz,
    disabled         timestamptz
);
alter table clients.clients add column if not exists policy jsonb;
alter table clients.clients add column if not exists version int not null default 1;

-- What commands about clients were answered, for those who send them again. The body holds a secret and is protected by the key ring.
create table if not exists clients.replies (
    scope     text not null,
    key       text not null,
    payload   bytea not null,
    status    int not null,
    body      bytea not null,
    etag      text,
    location  text,
    recorded  timestamptz not null default now(),
    primary key (scope, key)
);
create index if not exists replies_recorded on clients.replies using brin (recorded);

-- What the services read, and nothing else of this database. The names are fixed: services of other versions read them.
create table if not exists keys.ring (
    friendly_name  text primary key,
    xml            text not null,
    created        timestamptz not null default now()
);
create table if not exists keys.disabled_clients (
    client_id  text primary key,
    since      timestamptz not null
);
-- What a client may do now, for what outlives its token.
create or replace view keys.clients as select client_id, division, roles from clients.clients;
-- Tokens of a client that were made up to then are refused for good, also when it is enabled again.
create table if not exists keys.revoked (
    client_id  text primary key,
    through    timestamptz not null
);

grant usage on schema clients, keys to gateway;
grant select, insert, update on all tables in schema clients, keys to gateway;
grant delete on clients.replies, keys.disabled_clients, keys.revoked to gateway;
grant usage on schema keys to keys_reader;
grant select on all tables in schema keys to keys_reader;
