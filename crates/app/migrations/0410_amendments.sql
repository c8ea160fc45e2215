-- What registers and documents keep besides: the town that a town's officials answer for, the lines of a plan as
-- filed, and an index for
-- forgetting old answers.

alter table org add column town_code TEXT not null default '';
update org set town_code = substr(division_code, 1, 9);
create index org_town on org (tenant_id, town_code);

alter table site add column town_code TEXT not null default '';
update site set town_code = substr(division_code, 1, 9);
create index site_town on site (tenant_id, town_code);

update manifest set consignor_town = substr(consignor_town, 1, 9), receiver_town = substr(receiver_town, 1, 9);

alter table plan add column filed_lines TEXT;
update plan set filed_lines = lines where filing_status = 'filed';

create index idempotency_at on idempotency (tenant_id, at);
