-- Lists of a million rows: an index for every way in which rows are found, in the order in which they are listed. Legs
-- and lines keep the time of their document, so that an index of theirs has the list's order. A leg is followed when
-- another carrier took over after it.
alter table manifest_leg add column created_at BIGINT not null default 0;
alter table manifest_leg add column followed BOOLEAN not null default false;
update manifest_leg set created_at = coalesce((select m.created_at from manifest m where m.tenant_id = manifest_leg.tenant_id
  and m.id = manifest_leg.manifest_id), 0);
update manifest_leg set followed = true where exists (select 1 from manifest_leg n where n.tenant_id = manifest_leg.tenant_id
  and n.manifest_id = manifest_leg.manifest_id and n.leg > manifest_leg.leg);
alter table manifest_line add column created_at BIGINT not null default 0;
update manifest_line set created_at = coalesce((select m.created_at from manifest m where m.tenant_id = manifest_line.tenant_id
  and m.id = manifest_line.manifest_id), 0);

-- What is filtered together stands in the index, so that rows which do not fit are not read.
drop index manifest_consignor;
drop index manifest_receiver;
drop index manifest_status;
create index manifest_status on manifest (tenant_id, status, created_at, id, released, consignor_id, receiver_id);
create index manifest_consignor on manifest (tenant_id, consignor_id, created_at, id, released, status, receiver_id, carrier_id);
create index manifest_receiver on manifest (tenant_id, receiver_id, created_at, id, released, status, consignor_id, carrier_id);
create index manifest_carrier on manifest (tenant_id, carrier_id, created_at, id, released, status, consignor_id, receiver_id);
create index manifest_consignor_town on manifest (tenant_id, consignor_town, created_at, id, released, status, consignor_id, receiver_id, carrier_id);
create index manifest_receiver_town on manifest (tenant_id, receiver_town, created_at, id, released, status, consignor_id, receiver_id, carrier_id);
create index manifest_updated on manifest (tenant_id, updated_at, id);
create index manifest_mass on manifest (tenant_id, mass_g, id);
create index manifest_due on manifest (tenant_id, coalesce(due_at, 9223372036854775807), id);
create index manifest_number_end on manifest (tenant_id, substr(number, length(number) - 5));
create index manifest_leg_list on manifest_leg (tenant_id, carrier_id, followed, created_at, manifest_id);
create index manifest_leg_driver_list on manifest_leg (tenant_id, driver_account_id, created_at, manifest_id);
create index manifest_leg_vehicle_list on manifest_leg (tenant_id, vehicle_id, created_at, manifest_id);
create index manifest_line_list on manifest_line (tenant_id, waste_code, created_at, manifest_id);
drop index manifest_leg_carrier;
drop index manifest_leg_driver;
drop index manifest_leg_vehicle;
drop index manifest_line_code;

create index lot_site on lot (tenant_id, site_id, created_at, id);
create index lot_code on lot (tenant_id, waste_code, created_at, id);
create index lot_category on lot (tenant_id, substr(waste_code, 9, 2), created_at, id);
create index lot_status on lot (tenant_id, status, created_at, id);
create index lot_name on lot (tenant_id, name, created_at, id);
create index lot_facility_list on lot (tenant_id, facility_id, created_at, id);
create index lot_remaining on lot (tenant_id, remaining_g, id);
create index lot_deadline_list on lot (tenant_id, coalesce(deadline_at, 9223372036854775807), id);
create index lot_generated on lot (tenant_id, generated_on, id);

create index ledger_entry_site on ledger_entry (tenant_id, site_id, at, id);
create index ledger_entry_code on ledger_entry (tenant_id, waste_code, at, id);
create index ledger_entry_category on ledger_entry (tenant_id, substr(waste_code, 9, 2), at, id);
create index ledger_entry_kind on ledger_entry (tenant_id, kind, at, id);
create index ledger_entry_batch on ledger_entry (tenant_id, batch_code, at, id);

create index ledger_entry_id on ledger_entry (tenant_id, id);
create index register_row_id on register_row (tenant_id, id);

create index register_row_list on register_row (tenant_id, sheet, at, id);
create index register_row_site on register_row (tenant_id, sheet, site_id, at, id);
create index register_row_code on register_row (tenant_id, sheet, waste_code, at, id);
create index register_row_category on register_row (tenant_id, sheet, substr(waste_code, 9, 2), at, id);

create index warning_raised on warning (tenant_id, raised_at, id);
create index warning_severity on warning (tenant_id, severity_rank, id);
create index warning_status on warning (tenant_id, status, last_at, id);
create index warning_town on warning (tenant_id, town, last_at, id);
create index warning_rule on warning (tenant_id, rule, last_at, id);
create index warning_of_org on warning (tenant_id, org_id, last_at, id);

create index audit_entry_at on audit_entry (tenant_id, at, position);
create index audit_entry_login on audit_entry (tenant_id, login);
create index journal_event_kind on journal_event (tenant_id, kind, position);
create index journal_event_org on journal_event (tenant_id, org_id, position);
