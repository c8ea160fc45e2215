-- Reports that people made. Written only by projecting report.made; the document stands here as it was made, so that
-- its files stay the same whatever happens to the figures afterwards.

create table report (
  tenant_id TEXT not null,
  id TEXT not null,
  template TEXT not null,
  template_version TEXT not null,
  org_id TEXT not null,
  year BIGINT not null,
  as_of BIGINT not null,
  lang TEXT not null,
  title TEXT not null,
  content_hash TEXT not null,
  account_id TEXT not null,
  made_at BIGINT not null,
  position BIGINT not null,
  texts TEXT not null,
  document TEXT not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, org_id) references org (tenant_id, id)
);
create index report_made on report (tenant_id, made_at, id);
create index report_org on report (tenant_id, org_id, made_at, id);
