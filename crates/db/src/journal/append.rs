//! Appending inside a write transaction. The head of each tenant is loaded once per group, kept in memory
//! while the group runs, restored when a command is rolled back, and written once before the commit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{
    Fields, Hash, Head, MAX_IDENTIFIER_BYTES, MAX_PERSONAL_FIELDS, NewEvent, StoredEvent, commitment,
    leaf_hash, render,
};
use crate::DbError;

/// The heads that a group has touched.
pub(crate) struct Heads {
    open: HashMap<Arc<str>, Slot>,
    undo: Option<Slot>,
    salt_seed: Option<[u8; 32]>,
}

#[derive(Clone)]
struct Slot {
    head: Head,
    dirty: bool,
}

/// What an append writes, ready to be bound.
pub(crate) struct Prepared {
    pub event: StoredEvent,
    pub id: String,
    pub canonical: String,
    /// Salts in the order of `event.personal`.
    pub salts: Vec<[u8; 16]>,
    pub block: Option<(i64, Hash)>,
}

impl Heads {
    /// With a seed, salts follow from it (see `DbConfig::salt_seed`).
    pub fn new(salt_seed: Option<[u8; 32]>) -> Self {
        Self { open: HashMap::new(), undo: None, salt_seed }
    }

    pub fn is_loaded(&self, tenant: &str) -> bool {
        self.open.contains_key(tenant)
    }

    pub fn load(&mut self, tenant: Arc<str>, head: Head) {
        self.open.insert(tenant, Slot { head, dirty: false });
    }

    pub fn get(&self, tenant: &str) -> Option<&Head> {
        self.open.get(tenant).map(|s| &s.head)
    }

    /// The command's appends stay.
    pub fn keep(&mut self) {
        self.undo = None;
    }

    /// The command's appends never were.
    pub fn undo(&mut self, tenant: &Arc<str>) {
        if let Some(before) = self.undo.take() {
            self.open.insert(tenant.clone(), before);
        }
    }

    /// Heads that must be written before the commit.
    pub fn dirty(&self) -> impl Iterator<Item = (&Arc<str>, &Head)> {
        self.open.iter().filter(|(_, s)| s.dirty).map(|(t, s)| (t, &s.head))
    }

    pub fn clear(&mut self) {
        self.open.clear();
        self.undo = None;
    }

    /// Gives the event its position, canonical form and leaf, and moves the head.
    pub fn prepare(&mut self, tenant: &str, e: NewEvent) -> Result<Prepared, DbError> {
        validate(&e)?;
        let slot = self
            .open
            .get_mut(tenant)
            .ok_or_else(|| DbError::Inconsistent("journal_head was not loaded".to_owned()))?;
        let (personal, salts, commitments) = commit_personal(&e, self.salt_seed.as_ref())?;
        let mut id = [0; 36];
        let id: &str = e.id.hyphenated().encode_lower(&mut id);
        let position = slot.head.size();
        let canonical = render(
            &Fields {
                tenant,
                position,
                id,
                kind: e.kind,
                subject_type: e.subject_type,
                subject_id: &e.subject_id,
                org_id: e.org_id.as_deref(),
                actor_id: &e.actor_id,
                on_behalf_of: e.on_behalf_of.as_deref(),
                occurred_at: e.occurred_at,
                recorded_at: e.recorded_at,
                rule_version: e.rule_version.as_deref(),
            },
            &e.payload,
            &commitments,
        )?;
        let leaf_hash = leaf_hash(canonical.as_bytes());
        if self.undo.is_none() {
            self.undo = Some(slot.clone());
        }
        let block = slot.head.push(leaf_hash);
        slot.dirty = true;
        let id = id.to_owned();
        drop(commitments);
        Ok(Prepared {
            event: StoredEvent {
                position,
                id: e.id,
                kind: e.kind.to_owned(),
                subject_type: e.subject_type.to_owned(),
                subject_id: e.subject_id,
                org_id: e.org_id,
                actor_id: e.actor_id,
                on_behalf_of: e.on_behalf_of,
                occurred_at: e.occurred_at,
                recorded_at: e.recorded_at,
                rule_version: e.rule_version,
                payload: e.payload,
                personal: personal.into_iter().collect(),
                leaf_hash,
            },
            id,
            canonical,
            salts,
            block,
        })
    }
}

type Personal<'a> = (BTreeMap<String, Option<String>>, Vec<[u8; 16]>, BTreeMap<&'a str, String>);

/// Salts and commitments of the personal values, in order of field.
fn commit_personal<'a>(e: &'a NewEvent, seed: Option<&[u8; 32]>) -> Result<Personal<'a>, DbError> {
    let mut values = BTreeMap::new();
    let mut commitments = BTreeMap::new();
    let mut salts = Vec::new();
    if e.personal.is_empty() {
        return Ok((values, salts, commitments));
    }
    let mut by_field = BTreeMap::new();
    for (field, value) in &e.personal {
        if by_field.insert(field.as_str(), value.as_str()).is_some() {
            return Err(DbError::Invalid(format!("event {}: personal field {field} is given twice", e.kind)));
        }
    }
    for (field, value) in by_field {
        let salt = salt(seed, e, field)?;
        commitments.insert(field, commitment(&salt, value));
        values.insert(field.to_owned(), Some(value.to_owned()));
        salts.push(salt);
    }
    Ok((values, salts, commitments))
}

#[expect(clippy::disallowed_methods, reason = "a salt must be unpredictable; demonstrations give a seed")]
fn salt(seed: Option<&[u8; 32]>, e: &NewEvent, field: &str) -> Result<[u8; 16], DbError> {
    let mut salt = [0; 16];
    match seed {
        None => {
            getrandom::fill(&mut salt).map_err(|e| DbError::Unavailable(format!("random numbers: {e}")))?
        }
        Some(seed) => {
            let hash =
                Sha256::new().chain_update(seed).chain_update(e.id.as_bytes()).chain_update(field).finalize();
            salt.copy_from_slice(&hash[..16]);
        }
    }
    Ok(salt)
}

/// Refuses what would be absurd in a journal that lasts decades.
fn validate(e: &NewEvent) -> Result<(), DbError> {
    let identifiers = [
        ("kind", Some(e.kind)),
        ("subject_type", Some(e.subject_type)),
        ("subject_id", Some(e.subject_id.as_str())),
        ("actor_id", Some(e.actor_id.as_str())),
        ("org_id", e.org_id.as_deref()),
        ("on_behalf_of", e.on_behalf_of.as_deref()),
        ("rule_version", e.rule_version.as_deref()),
    ];
    for (name, text) in identifiers {
        let Some(text) = text else { continue };
        if text.is_empty() || text.len() > MAX_IDENTIFIER_BYTES || text.chars().any(char::is_control) {
            return Err(DbError::Invalid(format!(
                "event {}: {name} must have 1 to {MAX_IDENTIFIER_BYTES} bytes and no control characters",
                e.kind
            )));
        }
    }
    if e.personal.len() > MAX_PERSONAL_FIELDS {
        return Err(DbError::Invalid(format!(
            "event {}: more than {MAX_PERSONAL_FIELDS} personal fields",
            e.kind
        )));
    }
    for (field, value) in &e.personal {
        if field.is_empty() || field.len() > MAX_IDENTIFIER_BYTES || value.len() > super::MAX_EVENT_BYTES / 16
        {
            return Err(DbError::Invalid(format!(
                "event {}: personal field {field} is empty or too long",
                e.kind
            )));
        }
        if field.contains('\0') || value.contains('\0') {
            return Err(DbError::Invalid(format!(
                "event {}: personal field {field} contains U+0000",
                e.kind
            )));
        }
    }
    Ok(())
}
