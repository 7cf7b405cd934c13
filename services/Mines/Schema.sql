create schema if not exists mines;

-- Rows a caller reads back right after writing; areas in the canonical unit (thirds of a square metre).
create table if not exists mines.sites (
    id text primary key, version bigint not null, state text not null, division text not null, name text not null, kind text not null, type text not null,
    mineral text, project_id text, plan_id text, feeds text[] not null, area numeric not null, treated numeric, accepted numeric, accepted_on date,
    site jsonb not null, detail jsonb not null
);
create index if not exists sites_division on mines.sites (division, state);
create index if not exists sites_project on mines.sites (project_id);

-- What the registry says of projects; measures are those that accepted sites feed, with their targets in canonical units.
create table if not exists mines.projects (
    id text primary key, plan_id text not null, programme_id text not null, division text not null, counties text[] not null, name text not null,
    kind text not null, state text not null, measures jsonb not null
);
create index if not exists projects_plan on mines.projects (plan_id);

-- What funding says of a project's account, in yuan. It may come before the project itself: the two are other services' streams.
create table if not exists mines.project_money (project_id text primary key, issued numeric not null, paid numeric not null);

grant usage on schema mines to {role};
grant select, insert, update, delete on all tables in schema mines to {role};
