-- Registers. Rows change only by projecting registry.saved and registry.personal_erased.
-- Columns marked personal hold a copy of erasable data and become null when it is erased.

create table org (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  name TEXT not null,
  short_name TEXT,
  name_en TEXT,
  kinds TEXT not null,
  credit_code TEXT,
  division_code TEXT not null,
  industry_code TEXT,
  address TEXT,
  contact_name TEXT,   -- personal
  contact_phone TEXT,  -- personal
  dangerous_goods_licence_no TEXT,
  dangerous_goods_valid_to TEXT,
  parent_id TEXT,
  lead_org_id TEXT,
  overlay BOOLEAN,
  listed TEXT,
  annex_no BIGINT,
  note TEXT,
  profile_key TEXT,
  primary key (tenant_id, id)
);
create unique index org_credit_code on org (tenant_id, credit_code);
create unique index org_profile_key on org (tenant_id, profile_key);
create index org_name on org (tenant_id, name, id);
create index org_division on org (tenant_id, division_code);

create table site (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  org_id TEXT not null,
  name TEXT not null,
  division_code TEXT not null,
  address TEXT,
  longitude_e6 BIGINT,
  latitude_e6 BIGINT,
  management_tier TEXT,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create unique index site_org_name on site (tenant_id, org_id, name);
create index site_division on site (tenant_id, division_code);

create table facility (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  site_id TEXT not null,
  code TEXT not null,
  name TEXT not null,
  kind TEXT not null,
  facility_type TEXT not null,
  capacity_g BIGINT,
  accepts TEXT not null,
  storage_limit_days BIGINT,
  primary key (tenant_id, id),
  foreign key (tenant_id, site_id) references site (tenant_id, id)
);
create unique index facility_site_code on facility (tenant_id, site_id, code);

create table licence (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  org_id TEXT not null,
  number TEXT not null,
  kind TEXT not null,
  issued_on TEXT,
  valid_from TEXT not null,
  valid_to TEXT not null,
  issuer TEXT,
  lines TEXT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create unique index licence_number on licence (tenant_id, number);
create index licence_org on licence (tenant_id, org_id);

create table vehicle (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  org_id TEXT not null,
  plate TEXT not null,
  plate_colour TEXT not null,
  transport_cert_no TEXT not null,
  valid_to TEXT not null,
  load_g BIGINT not null,
  vehicle_kind TEXT,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create unique index vehicle_plate on vehicle (tenant_id, plate);
create index vehicle_org on vehicle (tenant_id, org_id);

create table crew (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  org_id TEXT not null,
  name TEXT,     -- personal
  phone TEXT,    -- personal
  duty TEXT not null,
  cert_no TEXT,  -- personal
  valid_to TEXT not null,
  account_id TEXT,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create index crew_org on crew (tenant_id, org_id);
create index crew_account on crew (tenant_id, account_id);

create table plan (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  site_id TEXT not null,
  year BIGINT not null,
  filing_no TEXT,
  filed_on TEXT,
  filing_status TEXT not null,
  lines TEXT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, site_id) references site (tenant_id, id)
);
create unique index plan_site_year on plan (tenant_id, site_id, year);

create table approval (
  tenant_id TEXT not null,
  id TEXT not null,
  version BIGINT not null,
  status TEXT not null,
  updated_at BIGINT not null,
  consignor_org_id TEXT not null,
  receiver_org_id TEXT not null,
  number TEXT not null,
  approved_by TEXT not null,
  valid_from TEXT not null,
  valid_to TEXT not null,
  lines TEXT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, consignor_org_id) references org (tenant_id, id),
  foreign key (tenant_id, receiver_org_id) references org (tenant_id, id)
);
create unique index approval_number on approval (tenant_id, number);
create index approval_consignor on approval (tenant_id, consignor_org_id);
