-- Rows a caller reads back right after writing: written in the append, one stream each. Money is in yuan.
create schema if not exists funding;

create table if not exists funding.funds (
    id text primary key, version bigint not null, name text not null, channel text not null, division text not null, year_from int not null,
    year_to int not null, total numeric, plan_id text, document_number text, note text,
    appropriated numeric not null, available numeric not null, allocated numeric not null
);
alter table funding.funds add column if not exists secret_reason text;
create index if not exists funds_secret on funding.funds (id) where secret_reason is not null;

-- An allocation is its fund's, yet its id is one over all funds: routes name it alone.
create table if not exists funding.allocations (
    fund_id text not null, id text not null, version bigint not null, state text not null, division text not null, amount numeric not null,
    items jsonb not null, document_number text, made_at timestamptz not null, made_by text, issued_at timestamptz, issued_by text, reason text,
    primary key (fund_id, id), constraint allocations_id unique (id)
);
create index if not exists allocations_items on funding.allocations using gin (items jsonb_path_ops);

create table if not exists funding.accounts (
    project_id text primary key, version bigint not null, state text not null, plan_id text not null, programme_id text not null, division text not null,
    counties text[] not null, name text not null, estimate numeric, funding_plan jsonb not null,
    allocated numeric not null, issued numeric not null, paid numeric not null
);

-- The ledger: each leg of each posting, never changed, and what they add up to. The stream and version name the fact.
create table if not exists funding.entries (
    stream text not null, version bigint not null, leg int not null, ledger_account text not null, class text not null, fund_id text not null,
    project_id text, division text not null, amount numeric not null, at timestamptz not null, primary key (stream, version, leg)
);
create index if not exists entries_project on funding.entries (project_id, stream, version);
create index if not exists entries_fund on funding.entries (fund_id, stream, version);

-- The deciders keep balances from falling below zero; this is for what they cannot see, such as a fault in them.
create table if not exists funding.balances (
    ledger_account text primary key, class text not null, fund_id text not null, project_id text, division text not null, amount numeric not null,
    constraint never_below_zero check (case when class in ('source', 'received') then amount <= 0 else amount >= 0 end)
);
create index if not exists balances_project on funding.balances (project_id);

grant usage on schema funding to {role};
grant select, insert, update on funding.funds, funding.allocations, funding.accounts, funding.balances to {role};
grant select, insert on funding.entries to {role};
