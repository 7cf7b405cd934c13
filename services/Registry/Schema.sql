-- Rows a caller reads back right after writing: written in the append, one stream each.
create schema if not exists registry;

create table if not exists registry.divisions (
    id text primary key, version bigint not null, name text not null, name_en text, level text not null, parent_id text, land_in text,
    area jsonb, valid_from date, valid_to date, replaced_by text, note text
);

alter table registry.divisions add column if not exists former_names jsonb, add column if not exists former_parents jsonb, add column if not exists stated_counties int;

create table if not exists registry.plans (
    id text primary key, version bigint not null, state text not null, division text not null, name text not null,
    year_from int not null, year_to int not null, adopted_at timestamptz, definition jsonb not null
);

alter table registry.plans add column if not exists parent_plan_id text, add column if not exists supersedes text, add column if not exists superseded_by text,
    add column if not exists amendments int not null default 0;
create table if not exists registry.plan_amendments (
    plan_id text not null, id text not null, version bigint not null, document_number text, date date, reason text not null, at timestamptz not null,
    client text not null, actor text, changed text[] not null, added text[] not null, dropped text[] not null, primary key (plan_id, id)
);
create table if not exists registry.plan_documents (
    plan_id text not null, id text not null, version bigint not null, kind text not null, division text not null, year int, at timestamptz not null,
    document jsonb not null, primary key (plan_id, id)
);

create table if not exists registry.zones (
    id text primary key, version bigint not null, plan_id text not null, division text not null, kind text not null, key_area_kind text,
    name text not null, number int, divisions text[] not null, definition jsonb not null
);

create table if not exists registry.projects (
    id text primary key, version bigint not null, state text not null, plan_id text not null, programme_id text not null, key_work_id text,
    number int, name text not null, kind text not null, division text not null, counties text[] not null, lead_unit text,
    estimate numeric, allocated numeric not null, issued numeric not null, paid numeric not null, accounts_settled boolean not null,
    entered_with_plan boolean not null, definition jsonb not null
);
create index if not exists projects_plan on registry.projects (plan_id, number, id);

alter table registry.projects add column if not exists life jsonb;

create table if not exists registry.changes (
    project_id text not null, id text not null, version bigint not null, state text not null, beyond boolean not null, approving_division text not null,
    reason text not null, requested_at timestamptz not null, requested_client text not null, requested_actor text, decided_at timestamptz, decided_client text,
    decided_actor text, answer text, detail jsonb not null, primary key (project_id, id)
);

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
alter table registry.measure_totals set (fillfactor = 60); -- sums change and keep their place: no index has to learn of it
-- Investment completed is said once for a project, division and period, whichever measure's report carries it: the last one stands.
create table if not exists registry.investments (
    project_id text not null, division text not null, period text not null, year int not null, yuan numeric not null,
    primary key (project_id, division, period)
);

-- Which event said an amount: with the measure's stream, its version there. Rows from before get theirs when the view is made anew.
alter table registry.figure_totals add column if not exists reported_version bigint, add column if not exists verified_version bigint;
alter table registry.investments add column if not exists measure_id text, add column if not exists version bigint;

create table if not exists registry.samples (
    id text primary key, version bigint not null, state text not null, kind text not null, division text not null, drawer text not null, plan_id text,
    period_from text, period_to text, count int, share numeric, seed text not null, seed_given boolean not null, population text[] not null,
    sha256 text not null, drawn_at timestamptz not null, drawn jsonb not null
);

create table if not exists registry.assignments (
    id text primary key, version bigint not null, project_id text not null, plan_id text not null, year int not null, state text not null,
    reason text, measures jsonb not null, counties jsonb not null
);
create index if not exists assignments_project on registry.assignments (project_id, year);

-- What names the files of evidence that are kept here: with a figure or a project, whoever sees it may read them.
create table if not exists registry.evidence_uses (
    sha256 text not null, figure_id text not null, division text not null, primary key (sha256, figure_id)
);
create table if not exists registry.document_uses (sha256 text not null, project_id text not null, name text not null, primary key (sha256, project_id));
create table if not exists registry.project_particulars (id text primary key, milestones jsonb not null, documents jsonb not null);

-- Files of evidence, outside the log and its views. Pictures do not become smaller, so nobody tries.
create schema if not exists evidence;
create table if not exists evidence.files (sha256 text primary key, content_type text not null, length bigint not null, kept_at timestamptz not null);
create table if not exists evidence.pieces (
    sha256 text not null references evidence.files, number int not null, bytes bytea not null, primary key (sha256, number)
);
alter table evidence.pieces alter column bytes set storage external;
create table if not exists evidence.putters (
    sha256 text not null references evidence.files, client text not null, division text not null, primary key (sha256, client, division)
);
grant usage on schema evidence to {role};
grant select, insert on all tables in schema evidence to {role};
-- The measures that count, side by side, and the spans of years: what sums and planned curves ask of a project.
alter table registry.projects
    add column if not exists measure_ids text[] not null default '{}', add column if not exists targets numeric[] not null default '{}',
    add column if not exists dimensions text[] not null default '{}',
    add column if not exists part_measures text[] not null default '{}', add column if not exists part_places text[] not null default '{}',
    add column if not exists part_targets numeric[] not null default '{}', add column if not exists part_dimensions text[] not null default '{}',
    add column if not exists years_from int[] not null default '{}', add column if not exists years_to int[] not null default '{}',
    add column if not exists fed boolean[] not null default '{}', add column if not exists started_on date;
-- What single counties have of them took the place of the one county where a measure is carried out.
do $$
begin
    if exists (select from information_schema.columns where table_schema = 'registry' and table_name = 'projects' and column_name = 'places') then
        update registry.projects p set (part_measures, part_places, part_targets, part_dimensions) = (
            select coalesce(array_agg(u.id), '{}'), coalesce(array_agg(u.place), '{}'), coalesce(array_agg(u.target), '{}'), coalesce(array_agg(u.dimension), '{}')
            from unnest(p.measure_ids, p.places, p.targets, p.dimensions) u(id, place, target, dimension) where u.place is not null and u.target > 0);
        alter table registry.projects drop column places;
    end if;
end $$;

-- How projects stood when they were judged last.
create table if not exists registry.schedules (
    project_id text primary key, version bigint not null, state text not null, day date not null, since timestamptz not null, planned numeric not null,
    verified numeric not null, silent boolean not null, measures jsonb not null, counties jsonb not null
);

-- Checked by the county bureau, and assigned by the city; and the same sums over all years and over all measures of a project, so that an
-- overview of a province adds up thousands of rows and not a million. Investment completed is a dimension of its own, in yuan.
alter table registry.figure_totals
    add column if not exists checked numeric, add column if not exists checked_version bigint;
alter table registry.measure_totals
    add column if not exists checked numeric not null default 0, add column if not exists assigned numeric not null default 0;
create table if not exists registry.part_totals (
    measure_id text not null, division text not null, project_id text not null, reported numeric not null, checked numeric not null,
    verified numeric not null, assigned numeric not null, reported_to date, primary key (measure_id, division)
);
-- What was assigned last for each year, so that another assignment changes the sums by the difference.
create table if not exists registry.assigned_totals (
    measure_id text not null, division text not null, year int not null, project_id text not null, dimension text not null, assigned numeric not null,
    version bigint not null, primary key (measure_id, division, year)
);
create index if not exists assigned_totals_project on registry.assigned_totals (project_id, year);
create index if not exists part_totals_project on registry.part_totals (project_id);
create table if not exists registry.project_totals (
    project_id text not null, dimension text not null, division text not null, year int not null, reported numeric not null,
    checked numeric not null, verified numeric not null, assigned numeric not null, primary key (project_id, dimension, division, year)
);

-- Imports as they were taken last, with what became of each row. No view: the events say what was recorded, this says what the sender was told.
create schema if not exists imports;
create table if not exists imports.imports (
    kind text not null, id text not null, version bigint not null, client text not null, division text not null, at timestamptz not null, atomic boolean not null,
    rows bigint not null, recorded bigint not null, duplicates bigint not null, rejected bigint not null, verdicts json not null, primary key (kind, id)
);
create index if not exists imports_at on imports.imports (kind, at, id);
grant usage on schema imports to {role};
grant select, insert, update on imports.imports to {role};

grant usage on schema registry to {role};
grant select, insert, update, delete, truncate on all tables in schema registry to {role};
