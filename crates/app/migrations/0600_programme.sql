-- Files as evidence. Uploads are no events: a file counts once an event names it.
create table evidence_upload (
  tenant_id TEXT not null,
  sha256 TEXT not null,
  account_id TEXT not null,
  name TEXT not null,
  kind TEXT not null,
  bytes BIGINT not null,
  at BIGINT not null,
  primary key (tenant_id, sha256, account_id)
);

-- Which record names which file; projected from the record's event.
create table evidence_use (
  tenant_id TEXT not null,
  sha256 TEXT not null,
  subject_type TEXT not null,
  subject_id TEXT not null,
  name TEXT not null,
  primary key (tenant_id, sha256, subject_type, subject_id)
);

-- Items of the four lists; projected from programme.saved and programme.reported. `document` is the item as its last
-- event has it; the report columns are those of the latest report about the whole item.
create table programme_item (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  list TEXT not null,
  code TEXT not null,
  clause TEXT not null,
  all_towns BOOLEAN not null,
  withdrawn BOOLEAN not null,
  due_on TEXT,
  indicator TEXT,
  words TEXT not null,
  document TEXT not null,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  report TEXT,
  reported_at BIGINT,
  position BIGINT not null,
  primary key (tenant_id, id)
);
create unique index programme_item_code on programme_item (tenant_id, code);
create index programme_item_clause on programme_item (tenant_id, clause, code);

-- Units of an item: `lead` or `joint`.
create table programme_unit (
  tenant_id TEXT not null,
  item_id TEXT not null,
  org_id TEXT not null,
  part TEXT not null,
  primary key (tenant_id, item_id, org_id)
);
create index programme_unit_org on programme_unit (tenant_id, org_id, item_id);

-- Towns of an item that is not for all of them.
create table programme_town (
  tenant_id TEXT not null,
  item_id TEXT not null,
  town TEXT not null,
  primary key (tenant_id, item_id, town)
);
create index programme_town_town on programme_town (tenant_id, town, item_id);

-- The latest report of a town about its share of an item.
create table programme_town_report (
  tenant_id TEXT not null,
  item_id TEXT not null,
  town TEXT not null,
  report TEXT not null,
  reported_at BIGINT not null,
  position BIGINT not null,
  primary key (tenant_id, item_id, town)
);
