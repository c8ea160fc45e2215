-- Identity: who may come in, for whom, and what they did. `account`, `delegation` and `audit_entry` are read
-- tables, rebuilt from the journal. The other tables are secrets and transients, never events.

create table account (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    login TEXT NOT NULL,
    person_id TEXT NOT NULL,
    name TEXT,
    phone TEXT,
    org_id TEXT NOT NULL,
    roles TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, org_id) REFERENCES org (tenant_id, id)
);
create unique index account_login on account (tenant_id, login);
create index account_org on account (tenant_id, org_id, login);

create table delegation (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    agent_org_id TEXT NOT NULL,
    client_org_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    revoke_reason TEXT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, agent_org_id) REFERENCES org (tenant_id, id),
    FOREIGN KEY (tenant_id, client_org_id) REFERENCES org (tenant_id, id)
);
create index delegation_agent on delegation (tenant_id, agent_org_id, client_org_id);
create index delegation_client on delegation (tenant_id, client_org_id);

create table audit_entry (
    tenant_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    on_behalf_of TEXT,
    org_id TEXT,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    login TEXT,
    ip TEXT,
    PRIMARY KEY (tenant_id, position)
);
create index audit_entry_kind on audit_entry (tenant_id, kind, position);
create index audit_entry_actor on audit_entry (tenant_id, actor_id, position);

-- Secrets: PHC string of argon2id, and the shared secret of the second factor.
create table credential (
    tenant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    must_change BOOLEAN NOT NULL,
    last_login_at BIGINT,
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);

create table second_factor (
    tenant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    confirmed BOOLEAN NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account_id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);

-- Failed attempts by the hash of the login, whether or not such an account exists, so that a lock tells nothing.
create table sign_in_guard (
    tenant_id TEXT NOT NULL,
    login_hash TEXT NOT NULL,
    failed BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, login_hash)
);

-- Only the SHA-256 of a session's token is stored.
create table session (
    tenant_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    account_id TEXT NOT NULL,
    second_factor BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
create index session_account on session (tenant_id, account_id);
create index session_expiry on session (tenant_id, expires_at);

-- Accounts that a demonstration lists on its sign-in page, with their common password. A production start
-- refuses a database in which this table has rows.
create table demo_account (
    tenant_id TEXT NOT NULL,
    login TEXT NOT NULL,
    sort BIGINT NOT NULL,
    role TEXT NOT NULL,
    hint_zh TEXT NOT NULL,
    hint_en TEXT NOT NULL,
    PRIMARY KEY (tenant_id, login)
);
