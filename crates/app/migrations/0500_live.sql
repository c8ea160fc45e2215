
-- Registers of the live part. Rows change only by projecting registry.saved.

create table device (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  org_id TEXT not null,
  terminal_number TEXT not null,
  vehicle_id TEXT,
  protocol TEXT not null,
  datum TEXT not null,
  maker TEXT,
  model TEXT,
  note TEXT,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create unique index device_terminal on device (tenant_id, terminal_number);
create index device_org on device (tenant_id, org_id);
create index device_vehicle on device (tenant_id, vehicle_id);

create table zone (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  org_id TEXT not null,
  name TEXT not null,
  kind TEXT not null,
  shape TEXT not null,
  valid_from TEXT,
  valid_to TEXT,
  note TEXT,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create unique index zone_name on zone (tenant_id, name);

create table camera (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  site_id TEXT not null,
  name TEXT not null,
  point TEXT not null,
  gb28181_id TEXT,
  stream_url TEXT,
  replay_url TEXT,
  note TEXT,
  primary key (tenant_id, id),
  foreign key (tenant_id, site_id) references site (tenant_id, id)
);
create unique index camera_site_name on camera (tenant_id, site_id, name);
create unique index camera_gb28181 on camera (tenant_id, gb28181_id);

-- Public keys of people's own devices. Rows change only by projecting identity.signing_key_saved.
create table signing_key (
  tenant_id TEXT not null,
  id TEXT not null,
  account_id TEXT not null,
  name TEXT not null,
  public_key TEXT not null,
  created_at TEXT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account (tenant_id, id)
);
create index signing_key_account on signing_key (tenant_id, account_id);

-- Pictures as evidence. Uploads are no events: a picture counts once an event names it.
create table photo_upload (
  tenant_id TEXT not null,
  sha256 TEXT not null,
  account_id TEXT not null,
  media_type TEXT not null,
  bytes BIGINT not null,
  at BIGINT not null,
  primary key (tenant_id, sha256, account_id)
);

-- Which record names which picture; projected from the record's event.
create table photo_use (
  tenant_id TEXT not null,
  sha256 TEXT not null,
  subject_type TEXT not null,
  subject_id TEXT not null,
  primary key (tenant_id, sha256, subject_type, subject_id)
);

-- Reports from the road; projected from trip.reported.
create table trip_report (
  tenant_id TEXT not null,
  id TEXT not null,
  manifest_id TEXT not null,
  kind TEXT not null,
  note TEXT not null,
  photos TEXT not null,
  place TEXT,
  account_id TEXT not null,
  occurred_at BIGINT not null,
  recorded_at BIGINT not null,
  position BIGINT not null,
  primary key (tenant_id, id)
);
create index trip_report_manifest on trip_report (tenant_id, manifest_id, occurred_at);

-- Authentication codes of terminals, as hashes. Credentials are no events.
create table device_credential (
  tenant_id TEXT not null,
  device_id TEXT not null,
  code_hash TEXT not null,
  at BIGINT not null,
  used_at BIGINT,
  primary key (tenant_id, device_id),
  foreign key (tenant_id, device_id) references device (tenant_id, id)
);

-- Warnings; projected from warning.* events. The document holds the whole state, the columns what lists filter by.
create table warning (
  tenant_id TEXT not null,
  id TEXT not null,
  number TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  open BOOLEAN not null,
  rule TEXT not null,
  severity TEXT not null,
  severity_rank BIGINT not null,
  cause TEXT not null,
  open_cause TEXT,         -- cause while it is open: one open warning per cause
  subject_kind TEXT not null,
  subject_id TEXT not null,
  org_id TEXT not null,
  town TEXT,
  vehicle_id TEXT,
  manifest_id TEXT,
  lat_e6 BIGINT,
  lon_e6 BIGINT,
  raised_at BIGINT not null,
  last_at BIGINT not null,
  count BIGINT not null,
  assigned_to TEXT,
  due_at BIGINT,
  position BIGINT not null,
  document TEXT not null,
  primary key (tenant_id, id)
);
create unique index warning_open_cause on warning (tenant_id, open_cause);
create index warning_cause on warning (tenant_id, cause, position);
create unique index warning_number on warning (tenant_id, number);
create index warning_last on warning (tenant_id, last_at, id);
create index warning_open on warning (tenant_id, open, last_at, id);
create index warning_vehicle on warning (tenant_id, vehicle_id, open);
create index warning_manifest on warning (tenant_id, manifest_id);
create index warning_assigned on warning (tenant_id, assigned_to, open, last_at, id);

-- Organisations that a warning concerns: they may see it and appeal.
create table warning_org (
  tenant_id TEXT not null,
  warning_id TEXT not null,
  org_id TEXT not null,
  primary key (tenant_id, warning_id, org_id)
);
create index warning_org_of on warning_org (tenant_id, org_id, warning_id);

-- Serial of warnings in a day.
create table warning_counter (
  tenant_id TEXT not null,
  day TEXT not null,
  last BIGINT not null,
  primary key (tenant_id, day)
);
