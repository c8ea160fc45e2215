-- Roadside checks; projected from check.made. `value` is what was typed or scanned: it may be a private plate, so it is
-- kept apart from the journal and is empty once erased. `outcome` is what was found then, ids and their state.
create table roadside_check (
  tenant_id TEXT not null,
  id TEXT not null,
  checked_no TEXT not null,
  at BIGINT not null,
  account_id TEXT not null,
  org_id TEXT not null,
  kind TEXT not null,
  value TEXT,
  purpose TEXT not null,
  place TEXT,
  found BOOLEAN not null,
  vehicle_id TEXT,
  outcome TEXT not null,
  position BIGINT not null,
  primary key (tenant_id, id)
);
create unique index roadside_check_no on roadside_check (tenant_id, checked_no);
create index roadside_check_own on roadside_check (tenant_id, account_id, at, id);

-- Last serial of checks in a day.
create table check_counter (
  tenant_id TEXT not null,
  day TEXT not null,
  last BIGINT not null,
  primary key (tenant_id, day)
);

-- What video systems reported; projected from video.reported and video.decided.
create table video_event (
  tenant_id TEXT not null,
  id TEXT not null,
  camera_id TEXT not null,
  site_id TEXT not null,
  org_id TEXT not null,
  town TEXT not null,
  external_id TEXT not null,
  kind TEXT not null,
  at BIGINT not null,
  confidence_permille BIGINT not null,
  snapshot TEXT,
  status TEXT not null,
  reported_at BIGINT not null,
  account_id TEXT not null,
  note TEXT not null,
  decided_at BIGINT,
  decided_by TEXT,
  position BIGINT not null,
  primary key (tenant_id, id)
);
create unique index video_event_external on video_event (tenant_id, camera_id, external_id);
create index video_event_status on video_event (tenant_id, status, at, id);
create index video_event_org on video_event (tenant_id, org_id, at, id);
create index video_event_town on video_event (tenant_id, town, at, id);
