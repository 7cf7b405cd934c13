-- What the registry says and every other service must know: whose land is whose, and which plan is whose.
create schema if not exists copies;

create table if not exists copies.divisions (
    id text primary key, name text not null, level text not null, parent_id text, land_in text, valid_from date, valid_to date, replaced_by text
);
alter table copies.divisions add column if not exists former_names jsonb, add column if not exists former_parents jsonb, add column if not exists stated_counties int;
create table if not exists copies.plans (id text primary key, name text not null, division text not null, year_from int not null, year_to int not null);

grant usage on schema copies to {role};
grant select, insert, update on all tables in schema copies to {role};
