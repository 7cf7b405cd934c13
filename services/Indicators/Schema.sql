create schema if not exists indicators;

-- Rows a caller reads back right after writing.
create table if not exists indicators.indicators (
    id text primary key, version bigint not null, plan_id text not null, division text not null, concept text not null, number int, name text not null,
    method text not null, printed_in text not null, definition jsonb not null
);
create index if not exists indicators_plan on indicators.indicators (plan_id, number, id);

create table if not exists indicators.observations (
    id text primary key, version bigint not null, state text not null, indicator_id text not null, plan_id text not null, division text not null,
    period text not null, period_from date not null, period_to date not null, revision int not null, value jsonb not null, accepted jsonb, detail jsonb not null
);
create index if not exists observations_indicator on indicators.observations (indicator_id, division, period_to);

-- What each verified figure contributes; amounts in the canonical unit of their dimension.
create table if not exists indicators.contributions (
    indicator_id text not null, figure_id text not null, plan_id text not null, measure_id text not null, division text not null, period text not null,
    period_to date not null, year int not null, amount numeric not null, value jsonb not null, caused_by uuid not null, caused_at bigint not null,
    primary key (indicator_id, figure_id)
);

-- Mine sites from an acceptance to the withdrawal of it, if there was one.
create table if not exists indicators.counted_sites (
    site_id text not null, accepted_on date not null, withdrawn_on date, name text not null, division text not null, kind text not null, area jsonb not null,
    caused_by uuid not null, caused_at bigint not null, primary key (site_id, accepted_on)
);
create index if not exists counted_sites_division on indicators.counted_sites (division, accepted_on);

-- What counties confirmed in the registry that a project is to do there in a year, for the indicators that it feeds.
create table if not exists indicators.county_targets (
    project_id text not null, year int not null, division text not null, plan_id text not null, targets jsonb not null, caused_by uuid not null,
    caused_at bigint not null, primary key (project_id, year, division)
);
create index if not exists county_targets_of on indicators.county_targets using gin (targets jsonb_path_ops);

grant usage on schema indicators to {role};
grant select, insert, update, delete on all tables in schema indicators to {role};
