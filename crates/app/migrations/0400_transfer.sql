-- Transfer documents. Rows change only by projecting manifest.* events.
-- document holds the whole document as JSON, personal data included (it is legally kept ten years). The columns
-- beside it are what lists filter, sort and show.

create table manifest (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  class TEXT not null,
  rule_pack TEXT not null,
  internal_number TEXT not null,
  number TEXT,
  number_status TEXT not null,
  consignor_id TEXT not null,
  consignor_name TEXT not null,
  consignor_site_id TEXT not null,
  consignor_town TEXT not null,
  receiver_id TEXT not null,
  receiver_name TEXT not null,
  receiver_town TEXT not null,
  carrier_id TEXT not null,
  carrier_name TEXT not null,
  plate TEXT,
  waste_codes TEXT not null,
  containers BIGINT not null,
  mass_g BIGINT not null,
  created_at BIGINT not null,
  updated_at BIGINT not null,
  departed_at BIGINT,
  arrived_at BIGINT,
  confirmed_at BIGINT,
  due_at BIGINT,
  next_step TEXT,
  next_org_id TEXT,
  released BOOLEAN not null,
  content_hash TEXT not null,
  position BIGINT not null,
  document TEXT not null,
  primary key (tenant_id, id)
);
create unique index manifest_internal on manifest (tenant_id, internal_number);
create unique index manifest_number on manifest (tenant_id, number);
create index manifest_created on manifest (tenant_id, created_at, id);
create index manifest_status on manifest (tenant_id, status, created_at, id);
create index manifest_consignor on manifest (tenant_id, consignor_id, created_at, id);
create index manifest_receiver on manifest (tenant_id, receiver_id, created_at, id);
create index manifest_next on manifest (tenant_id, next_org_id, due_at, id);

-- One row a carrier: who may see it, who drives, what is on a vehicle.
create table manifest_leg (
  tenant_id TEXT not null,
  manifest_id TEXT not null,
  leg BIGINT not null,
  carrier_id TEXT not null,
  vehicle_id TEXT,
  plate TEXT,
  driver_account_id TEXT,
  taken BOOLEAN not null,
  departed_at BIGINT,
  arrived_at BIGINT,
  primary key (tenant_id, manifest_id, leg),
  foreign key (tenant_id, manifest_id) references manifest (tenant_id, id)
);
create index manifest_leg_carrier on manifest_leg (tenant_id, carrier_id);
create index manifest_leg_vehicle on manifest_leg (tenant_id, vehicle_id);
create index manifest_leg_driver on manifest_leg (tenant_id, driver_account_id);

create table manifest_line (
  tenant_id TEXT not null,
  manifest_id TEXT not null,
  no BIGINT not null,
  waste_code TEXT not null,
  mass_g BIGINT not null,
  accepted_g BIGINT,
  primary key (tenant_id, manifest_id, no),
  foreign key (tenant_id, manifest_id) references manifest (tenant_id, id)
);
create index manifest_line_code on manifest_line (tenant_id, waste_code);

-- What open and accepted documents draw from plans, licences and approvals. Checked and changed in the
-- writing transaction, so that documents signed at once never exceed a quota together.
create table quota_use (
  tenant_id TEXT not null,
  kind TEXT not null,
  ref_id TEXT not null,
  line BIGINT not null,
  year BIGINT not null,
  waste_code TEXT not null,
  manifest_id TEXT not null,
  mass_g BIGINT not null,
  primary key (tenant_id, kind, ref_id, line, year, waste_code, manifest_id),
  foreign key (tenant_id, manifest_id) references manifest (tenant_id, id)
);
create index quota_use_sum on quota_use (tenant_id, kind, ref_id, line, year, waste_code, mass_g);
create index quota_use_manifest on quota_use (tenant_id, manifest_id);

-- Last serial of each series: internal numbers per year, a demonstration range per year.
create table manifest_counter (
  tenant_id TEXT not null,
  series TEXT not null,
  year BIGINT not null,
  last BIGINT not null,
  primary key (tenant_id, series, year)
);
