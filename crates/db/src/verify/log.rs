//! One journal, read once from its first event to its last in one snapshot. Each record is held against its own
//! columns, its hash and its personal values; the trees that follow are held against every checkpoint.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::report::{ExternalCheckpoint, Finding, Findings, TenantReport};
use super::trees::{Judge, Mark};
use crate::journal::{self, Fields, Hash, NoteKey, OpenNote, commitment, leaf_hash, render, to_hex};
use crate::{Db, DbError, Row, Snapshot, Sql, params};

/// Events of one page.
const PAGE: i64 = 2000;

pub(super) async fn verify(
    db: &Db,
    tenant: &str,
    external: Option<&OpenNote>,
    keys: &[NoteKey],
    limit: usize,
) -> Result<TenantReport, DbError> {
    let (tenant, external, keys) = (tenant.to_owned(), external.cloned(), keys.to_vec());
    db.read(move |s| {
        Box::pin(async move {
            let mut log = Log {
                report: TenantReport { tenant: tenant.clone(), ..TenantReport::default() },
                findings: Findings::new(limit),
                judge: Judge::default(),
                tenant,
                keys,
            };
            log.run(s, external.as_ref()).await?;
            log.report.findings = log.findings.list;
            log.report.findings_total = log.findings.total;
            Ok(log.report)
        })
    })
    .await
}

struct Log {
    tenant: String,
    keys: Vec<NoteKey>,
    report: TenantReport,
    findings: Findings,
    judge: Judge,
}

impl Log {
    async fn run(&mut self, s: &mut Snapshot, external: Option<&OpenNote>) -> Result<(), DbError> {
        let mut marks = self.checkpoints(s).await?;
        if let Some(note) = external {
            self.external(note, &mut marks);
        }
        self.judge.expect(marks);
        self.judge.reach(0, &mut self.findings);
        let mut after = i64::MIN;
        loop {
            let text = "select position, id, kind, subject_type, subject_id, org_id, actor_id, on_behalf_of, \
                 occurred_at, recorded_at, rule_version, canonical, leaf_hash from journal_event \
                 where tenant_id = $1 and position > $2 order by position limit $3";
            let rows = s.query(text, &params![&self.tenant, after, PAGE]).await?;
            let Some(last) = rows.last() else { break };
            let last: i64 = last.get("position")?;
            let mut personal = self.personal(s, after, last).await?;
            let blocks = self.blocks(s, after, last).await?;
            for row in &rows {
                self.event(row, &mut personal, &blocks)?;
            }
            self.orphans(personal, "no event has such a field");
            after = last;
        }
        let beyond = self.personal(s, after, i64::MAX).await?;
        self.end(s).await?;
        self.orphans(beyond, "there is no such event");
        if let Some(found) = &mut self.report.external {
            found.consistent = self.judge.external_matched();
        }
        self.attachments(s).await
    }

    /// Content that is not what its name says. That one is missing is known only to the event that names it.
    async fn attachments(&mut self, s: &mut Snapshot) -> Result<(), DbError> {
        let mut after = String::new();
        loop {
            let text = "select sha256, content from attachment where tenant_id = $1 and sha256 > $2 \
                 order by sha256 limit 16";
            let rows = s.query(text, &params![&self.tenant, &after]).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.get("sha256")?;
            for row in rows {
                let (sha256, content): (String, Vec<u8>) = (row.get("sha256")?, row.get("content")?);
                if crate::attachment::name_of(&content) == sha256 {
                    self.report.attachments += 1;
                } else {
                    self.findings.add(Finding::AttachmentAltered { sha256 });
                }
            }
        }
    }

    /// The stored checkpoints that can be believed, in order of size.
    async fn checkpoints(&mut self, s: &mut Snapshot) -> Result<Vec<Mark>, DbError> {
        let mut marks = Vec::new();
        let mut after = i64::MIN;
        loop {
            let page = journal::checkpoint_page(s, &self.tenant, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(marks) };
            after = last.size;
            for c in page {
                self.report.checkpoints += 1;
                let broken = match journal::open_checkpoint(&c.note) {
                    Err(e) => Some(e.to_string()),
                    Ok(note) if note.size != c.size || note.root != c.root => {
                        Some("size and root are not those of the signed note".to_owned())
                    }
                    Ok(note) if journal::tenant_of(&note.origin) != self.tenant => {
                        Some(format!("the signed note is of the log {}", note.origin))
                    }
                    Ok(note) => match self.signature(&note) {
                        Some(false) => Some("the signature does not hold".to_owned()),
                        checked => {
                            self.report.signatures_checked += u64::from(checked.is_some());
                            None
                        }
                    },
                };
                match broken {
                    Some(detail) => self.findings.add(Finding::CheckpointBroken { size: c.size, detail }),
                    None => marks.push(Mark { size: c.size, root: c.root, external: false }),
                }
            }
        }
    }

    /// Whether the signature holds; `None` without a key of that log.
    fn signature(&self, note: &OpenNote) -> Option<bool> {
        let mut keys = self.keys.iter().filter(|k| k.name() == note.origin).peekable();
        keys.peek()?;
        Some(keys.any(|k| note.is_signed_by(k)))
    }

    fn external(&mut self, note: &OpenNote, marks: &mut Vec<Mark>) {
        let signature = self.signature(note);
        self.report.external =
            Some(ExternalCheckpoint { size: note.size, consistent: false, signed: signature == Some(true) });
        if signature == Some(false) {
            let detail = "the given checkpoint's signature does not hold".to_owned();
            self.findings.add(Finding::CheckpointBroken { size: note.size, detail });
            return;
        }
        let at = marks.partition_point(|m| m.size <= note.size);
        marks.insert(at, Mark { size: note.size, root: note.root, external: true });
    }

    /// Personal rows of the events after `after` up to `to`: salt, value, time of erasure.
    async fn personal(&self, s: &mut Snapshot, after: i64, to: i64) -> Result<Personal, DbError> {
        let text = "select position, field, salt, value, erased_at from personal_data \
             where tenant_id = $1 and position > $2 and position <= $3";
        let rows = s.query(text, &params![&self.tenant, after, to]).await?;
        rows.iter()
            .map(|r| {
                Ok(((r.at(0)?, r.at(1)?), PersonalRow { salt: r.at(2)?, value: r.at(3)?, erased: r.at(4)? }))
            })
            .collect()
    }

    /// Stored roots of the blocks that end after `after` up to `to`.
    async fn blocks(&self, s: &mut Snapshot, after: i64, to: i64) -> Result<BTreeMap<i64, Hash>, DbError> {
        let text =
            "select block, hash from journal_block where tenant_id = $1 and block >= $2 and block <= $3";
        let rows = s.query(text, &params![&self.tenant, after.max(0) / 256, to / 256]).await?;
        rows.iter().map(|r| Ok((r.at(0)?, r.at(1)?))).collect()
    }

    fn event(
        &mut self,
        row: &Row,
        personal: &mut Personal,
        blocks: &BTreeMap<i64, Hash>,
    ) -> Result<(), DbError> {
        let position: i64 = row.get("position")?;
        self.report.events += 1;
        self.judge.gap(position, &mut self.findings);
        let canonical = row.text("canonical")?;
        let computed = leaf_hash(canonical.as_bytes());
        let stored = row.get::<Hash>("leaf_hash").unwrap_or_default();
        match fields(&self.tenant, row, canonical) {
            Err(detail) => {
                self.findings.add(Finding::EventAltered { position, detail });
                // Which personal values it had is not to be believed.
                personal.retain(|(of, _), _| *of != position);
            }
            Ok(commitments) => {
                if computed != stored {
                    let detail = "the canonical bytes do not have the stored leaf hash".to_owned();
                    self.findings.add(Finding::EventAltered { position, detail });
                }
                for (field, hash) in commitments {
                    self.personal_value(position, field, &hash, personal);
                }
            }
        }
        self.judge.leaf(position, computed, stored, blocks, &mut self.findings);
        Ok(())
    }

    fn personal_value(&mut self, position: i64, field: String, hash: &Json, rows: &mut Personal) {
        let key = (position, field);
        let detail = match rows.remove(&key) {
            None => "the value is missing without having been erased",
            Some(PersonalRow { salt: Some(salt), value: Some(value), erased: None }) => {
                if hash.as_str() == Some(commitment(&salt, &value).as_str()) {
                    self.report.personal_present += 1;
                    return;
                }
                "the value is not the one that was recorded"
            }
            Some(PersonalRow { salt: None, value: None, erased: Some(_) }) => {
                self.report.personal_erased += 1;
                return;
            }
            Some(_) => "the value is half erased",
        };
        let (position, field) = key;
        self.findings.add(Finding::PersonalAltered { position, field, detail: detail.to_owned() });
    }

    /// Personal values that no event has, unless their event is missing and reported as such.
    fn orphans(&mut self, left: Personal, why: &str) {
        for ((position, field), _) in left {
            if !self.judge.is_missing(position) {
                let detail = format!("there is a value, but {why}");
                self.findings.add(Finding::PersonalAltered { position, field, detail });
            }
        }
    }

    async fn end(&mut self, s: &mut Snapshot) -> Result<(), DbError> {
        let text = "select size, frontier from journal_head where tenant_id = $1";
        let head = match s.query_opt(text, &params![&self.tenant]).await? {
            None => Err("the row is missing".to_owned()),
            Some(row) => journal::read::head_of(&row).map_err(|e| e.to_string()),
        };
        self.judge.end(head, &mut self.findings);
        self.report.root = to_hex(&self.judge.root());
        Ok(())
    }
}

struct PersonalRow {
    salt: Option<Vec<u8>>,
    value: Option<String>,
    erased: Option<i64>,
}

type Personal = BTreeMap<(i64, String), PersonalRow>;

/// Holds the columns against the canonical bytes by writing them again; answers the personal commitments.
fn fields(tenant: &str, row: &Row, canonical: &str) -> Result<Vec<(String, Json)>, String> {
    let Ok(Json::Object(mut map)) = serde_json::from_str::<Json>(canonical) else {
        return Err("the canonical bytes are not a JSON object".to_owned());
    };
    let payload = map.remove("payload").unwrap_or_default();
    let Some(Json::Object(personal)) = map.remove("personal") else {
        return Err("the canonical bytes have no personal object".to_owned());
    };
    let optional = |name| row.get::<Option<String>>(name).map_err(|e| e.to_string());
    let (org_id, on_behalf_of, rule_version) =
        (optional("org_id")?, optional("on_behalf_of")?, optional("rule_version")?);
    let text = |name| row.text(name).map_err(|e| e.to_string());
    let number = |name| row.get::<i64>(name).map_err(|e| e.to_string());
    let commitments =
        personal.iter().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default().to_owned())).collect();
    let again = render(
        &Fields {
            tenant,
            position: number("position")?,
            id: text("id")?,
            kind: text("kind")?,
            subject_type: text("subject_type")?,
            subject_id: text("subject_id")?,
            org_id: org_id.as_deref(),
            actor_id: text("actor_id")?,
            on_behalf_of: on_behalf_of.as_deref(),
            occurred_at: number("occurred_at")?,
            recorded_at: number("recorded_at")?,
            rule_version: rule_version.as_deref(),
        },
        &payload,
        &commitments,
    )
    .map_err(|e| e.to_string())?;
    if again == canonical {
        return Ok(personal.into_iter().collect());
    }
    let columns =
        ["position", "id", "kind", "subject_type", "subject_id", "org_id", "actor_id", "on_behalf_of"];
    let columns = columns.iter().chain(&["occurred_at", "recorded_at", "rule_version"]);
    let differing: Vec<&str> = columns
        .filter(|name| {
            let stored = match row.get::<crate::Value>(name) {
                Ok(crate::Value::Text(t)) => Json::String(t),
                Ok(crate::Value::Int(n)) => n.into(),
                _ => Json::Null,
            };
            map.get(**name) != Some(&stored)
        })
        .copied()
        .collect();
    Err(match differing.as_slice() {
        [] => "the bytes are not in canonical form".to_owned(),
        names => format!("columns differ from the canonical bytes: {}", names.join(", ")),
    })
}
