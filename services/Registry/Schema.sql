-- Rows a caller reads back right after writing: written in the append, one stream each.
create schema if not exists registry;

create table if not exists registry.divisions (
    id text primary key, version bigint not null, name text not null, name_en text, level text not null, parent_id text, land_in text,
    area jsonb, valid_from date, valid_to date, replaced_by text, note text
);

create table if not exists registry.plans (
    id text primary key, version bigint not null, state text not null, division text not null, name text not null,
    year_from int not null, year_to int not null, adopted_at timestamptz, definition jsonb not null
);

create table if not exists registry.projects (
    id text primary key, version bigint not null, state text not null, plan_id text not null, programme_id text not null, key_work_id text,
    number int, name text not null, kind text not null, division text not null, counties text[] not null, lead_unit text,
    estimate numeric, allocated numeric not null, issued numeric not null, paid numeric not null, accounts_settled boolean not null,
    entered_with_plan boolean not null, definition jsonb not null
);
create index if not exists projects_plan on registry.projects (plan_id, number, id);

create table if not exists registry.figures (
    id text primary key, version bigint not null, state text not null, measure_id text not null, project_id text not null, plan_id text not null,
    programme_id text not null, division text not null, period text not null, period_from date not null, period_to date not null,
    reported jsonb not null, verified jsonb, figure jsonb not null
);
create index if not exists figures_project on registry.figures (project_id, id);
create index if not exists figures_division on registry.figures (division, state, id);

-- The roll-up "progress", behind the log. Amounts are in the canonical unit of their dimension; figure_totals is what it needs to know
-- of each figure so that a later fact changes the sums by the difference.
create table if not exists registry.figure_totals (
    id text primary key, measure_id text not null, division text not null, year int not null, reported numeric, verified numeric
);
create table if not exists registry.measure_totals (
    measure_id text not null, division text not null, year int not null, reported numeric not null, verified numeric not null,
    primary key (measure_id, division, year)
);
-- Investment completed is said once for a project, division and period, whichever measure's report carries it: the last one stands.
create table if not exists registry.investments (
    project_id text not null, division text not null, period text not null, year int not null, yuan numeric not null,
    primary key (project_id, division, period)
);

-- Which event said an amount: with the measure's stream, its version there. Rows from before get theirs when the view is made anew.
alter table registry.figure_totals add column if not exists reported_version bigint, add column if not exists verified_version bigint;
alter table registry.investments add column if not exists measure_id text, add column if not exists version bigint;

grant usage on schema registry to {role};
grant select, insert, update, delete, truncate on all tables in schema registry to {role};
