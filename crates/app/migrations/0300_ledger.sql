-- The waste ledger. All rows change only by projecting waste.* events.

create table lot (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  kind TEXT not null,
  origin TEXT not null,
  container_code TEXT,
  live_code TEXT,          -- container_code while the container is with its holder or on the road
  waste_code TEXT,
  name TEXT not null,
  form TEXT not null,
  traits TEXT not null,
  components TEXT not null,
  packaging TEXT not null,
  capacity_ml BIGINT,
  holder_id TEXT not null,
  site_id TEXT not null,
  generated_on TEXT not null,
  generation_batch TEXT,
  source_manifest TEXT,
  created_at BIGINT not null,
  initial_g BIGINT not null,
  remaining_g BIGINT not null,
  status TEXT not null,
  in_stock BOOLEAN not null,
  facility_id TEXT,
  stored_at BIGINT,
  deadline_at BIGINT,
  purpose TEXT,
  manifest_id TEXT,
  staged_g BIGINT not null,
  store_in_batch TEXT,
  store_out_batch TEXT,
  sent_batch TEXT,
  last_at BIGINT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, holder_id) references org (tenant_id, id),
  foreign key (tenant_id, site_id) references site (tenant_id, id)
);
create unique index lot_live_code on lot (tenant_id, live_code);
create index lot_container on lot (tenant_id, container_code, created_at);
create index lot_holder on lot (tenant_id, holder_id, created_at, id);
create index lot_holder_status on lot (tenant_id, holder_id, status, created_at, id);
create index lot_created on lot (tenant_id, created_at, id);
create index lot_stock on lot (tenant_id, in_stock, holder_id, site_id, facility_id, waste_code);
create index lot_facility on lot (tenant_id, facility_id, in_stock, waste_code);
create index lot_deadline on lot (tenant_id, in_stock, deadline_at);
create index lot_manifest on lot (tenant_id, manifest_id);
create index lot_source_manifest on lot (tenant_id, source_manifest);

-- Exact flows: what left a lot plus its rest is what came in.
create table lot_edge (
  tenant_id TEXT not null,
  src TEXT not null,
  dst TEXT not null,
  mass_g BIGINT not null,
  kind TEXT not null,
  position BIGINT not null,
  seq BIGINT not null,
  primary key (tenant_id, src, dst),
  foreign key (tenant_id, src) references lot (tenant_id, id),
  foreign key (tenant_id, dst) references lot (tenant_id, id)
);
create index lot_edge_dst on lot_edge (tenant_id, dst, src);

-- Signed changes of stock: the mass balance is their sum.
create table ledger_entry (
  tenant_id TEXT not null,
  position BIGINT not null,
  seq BIGINT not null,
  id TEXT not null,        -- position and seq, so that pages have one key
  org_id TEXT not null,
  site_id TEXT not null,
  waste_code TEXT not null,
  kind TEXT not null,
  month TEXT not null,
  mass_g BIGINT not null,
  lot_id TEXT not null,
  batch_code TEXT,
  at BIGINT not null,
  recorded_at BIGINT not null,
  primary key (tenant_id, position, seq),
  foreign key (tenant_id, lot_id) references lot (tenant_id, id)
);
create index ledger_entry_org on ledger_entry (tenant_id, org_id, at, id);
create index ledger_entry_at on ledger_entry (tenant_id, at, id);
create index ledger_entry_balance on ledger_entry (tenant_id, org_id, waste_code, month, kind);
create index ledger_entry_lot on ledger_entry (tenant_id, lot_id);

-- Rows of the HJ 1259-2022 tables B.1 to B.5; `content` is the whole row. Names of people are not here.
create table register_row (
  tenant_id TEXT not null,
  position BIGINT not null,
  seq BIGINT not null,
  id TEXT not null,        -- position and seq, so that pages have one key
  sheet TEXT not null,
  org_id TEXT not null,
  site_id TEXT not null,
  month TEXT not null,
  at BIGINT not null,
  batch_code TEXT not null,
  lot_id TEXT not null,
  waste_code TEXT not null,
  mass_g BIGINT not null,
  content TEXT not null,
  primary key (tenant_id, position, seq)
);
create index register_row_sheet on register_row (tenant_id, sheet, org_id, at, id);
create index register_row_lot on register_row (tenant_id, lot_id, sheet, batch_code);

-- Which events touched a lot.
create table lot_event (
  tenant_id TEXT not null,
  lot_id TEXT not null,
  position BIGINT not null,
  kind TEXT not null,
  at BIGINT not null,
  recorded_at BIGINT not null,
  primary key (tenant_id, lot_id, position)
);
create index lot_event_position on lot_event (tenant_id, position, lot_id);

-- Last serials given out in a day.
create table batch_counter (
  tenant_id TEXT not null,
  org_id TEXT not null,
  kind TEXT not null,
  day TEXT not null,
  last BIGINT not null,
  primary key (tenant_id, org_id, kind, day)
);
create table container_counter (
  tenant_id TEXT not null,
  unit TEXT not null,
  waste_code TEXT not null,
  day TEXT not null,
  last BIGINT not null,
  primary key (tenant_id, unit, waste_code, day)
);
