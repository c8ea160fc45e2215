-- The one screen and the search: what set out and was confirmed in a period, what was generated in it, lots by batch.
create index city_departed on manifest (tenant_id, departed_at);
create index city_confirmed on manifest (tenant_id, confirmed_at);
create index city_entry_kind on ledger_entry (tenant_id, kind, month);
create index city_lot_batch on lot (tenant_id, generation_batch);
-- The workbench: what changed last.
create index city_warning on warning (tenant_id, position);
