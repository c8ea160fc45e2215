-- The tables of crate db. Written in PostgreSQL types; the runner translates them for SQLite (ADR 0002).

create table journal_head (
    tenant_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL,
    PRIMARY KEY (tenant_id)
);

create table journal_event (
    tenant_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    org_id TEXT,
    actor_id TEXT NOT NULL,
    on_behalf_of TEXT,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    rule_version TEXT,
    canonical TEXT NOT NULL,
    leaf_hash BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
create unique index journal_event_id on journal_event (tenant_id, id);
create index journal_event_subject on journal_event (tenant_id, subject_type, subject_id, position);

-- Roots of complete blocks of 256 leaves: derived, kept so that proofs need not read the whole journal.
create table journal_block (
    tenant_id TEXT NOT NULL,
    block BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, block)
);

create table personal_data (
    tenant_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    field TEXT NOT NULL,
    salt BYTEA,
    value TEXT,
    erased_at BIGINT,
    PRIMARY KEY (tenant_id, position, field)
);

create table checkpoint (
    tenant_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, size)
);

create table idempotency (
    tenant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account_id, key)
);

create table job (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    status TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    worker TEXT,
    lease_until BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
create index job_due on job (status, run_at);

create table attachment (
    tenant_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    content BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, sha256)
);
