-- Indicators: later versions of definitions, targets set by the office, filled values. Rows change only by projecting
-- indicator.* events. Figures are computed and stand in no table.

create table indicator_definition (
  tenant_id TEXT not null,
  key TEXT not null,
  version BIGINT not null,
  valid_from TEXT not null,
  document TEXT not null,
  account_id TEXT not null,
  recorded_at BIGINT not null,
  position BIGINT not null,
  primary key (tenant_id, key, version)
);

create table indicator_target (
  tenant_id TEXT not null,
  key TEXT not null,
  year BIGINT not null,
  position BIGINT not null,
  value TEXT,
  baseline TEXT,
  note TEXT not null,
  account_id TEXT not null,
  recorded_at BIGINT not null,
  primary key (tenant_id, key, year, position)
);

create table indicator_value (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  key TEXT not null,
  period TEXT not null,
  town TEXT not null,       -- empty for the whole city
  value TEXT not null,
  status TEXT not null,
  open BOOLEAN not null,
  note TEXT not null,
  evidence TEXT not null,
  org_id TEXT not null,
  filled_by TEXT not null,
  filled_at BIGINT not null,
  reviewed_by TEXT,
  reviewed_at BIGINT,
  approved_by TEXT,
  approved_at BIGINT,
  returned_by TEXT,
  returned_at BIGINT,
  reason TEXT,
  superseded_at BIGINT,
  superseded_by TEXT,
  changed_at BIGINT not null,
  position BIGINT not null,
  primary key (tenant_id, id)
);
create index indicator_value_key on indicator_value (tenant_id, key, period, town);
create index indicator_value_open on indicator_value (tenant_id, open, changed_at, id);
create index indicator_value_changed on indicator_value (tenant_id, changed_at, id);

-- What changed in the manifests since the figures were last counted, and the manifests of a month.
create index manifest_position on manifest (tenant_id, position);
create index manifest_departed on manifest (tenant_id, departed_at, id);
