//! What the engine does beside the records: it reads the registers again, looks at stock and documents, makes positions
//! and its own memory durable. All of that takes as long as a database or a disk likes, so it happens in tasks of its
//! own and its results come back to the engine, which alone changes its memory. Of each chore one runs at a time; it
//! must never save a memory beside an offset that it does not belong to.

use telemetry::checkpoint::CheckpointStore;
use telemetry::log::{Log, Offset};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::fleet::Fleet;
use super::super::judge::{Finding, RuleStates};
use super::super::live::Motion;
use super::super::scan::Scan;
use super::{Arc, BlockStore, Engine, Kit, Problem, Zone};

/// A fleet with the position of the journal that it knows.
pub(super) type Renewed = (i64, Fleet);
type Renewing = JoinHandle<Result<Option<Renewed>, Problem>>;

/// What a look at stock and documents found, with the states of the rules after it and the journal's position before.
pub(super) type Scanned = (Vec<Finding>, RuleStates, i64);
type Scanning = JoinHandle<Result<Scanned, Problem>>;

/// Chores that run.
#[derive(Default)]
pub(super) struct Chores {
    pub renewing: Option<Renewing>,
    pub scanning: Option<Scanning>,
    pub saving: Option<JoinHandle<CheckpointStore>>,
    /// Positions are being made durable; no checkpoint with it.
    syncing: Option<JoinHandle<()>>,
    /// A checkpoint is due, and waits for its turn.
    save: bool,
}

/// A chore's result, once there is one; `None` for a chore that broke down.
pub(super) async fn finished<T>(chore: &mut Option<JoinHandle<T>>) -> Option<T> {
    let Some(running) = chore else { return std::future::pending().await };
    let result = running.await;
    *chore = None;
    result.inspect_err(|error| tracing::error!(%error, "a chore of the live part broke down")).ok()
}

/// Reads the fleet if the journal has moved on from `known`.
pub(super) async fn renew(kit: &Arc<Kit>, zone: &Zone, known: i64) -> Result<Option<Renewed>, Problem> {
    let tenant = kit.settings.tenant.clone();
    let (head, _) = kit.db.head(&tenant).await?;
    if head == known {
        return Ok(None);
    }
    let (zone, now, radius) = (zone.clone(), kit.clock.now(), f64::from(kit.settings.live.site_radius_m));
    let fleet = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { Fleet::load(sql, &tenant, &zone, now, radius).await })
        })
        .await?;
    Ok(Some((head, fleet)))
}

/// Syncs positions, saves a checkpoint if one is given, and retires what the log no longer has to keep.
fn keep(
    blocks: &BlockStore,
    log: &Log,
    needed: Offset,
    checkpoint: Option<(&mut CheckpointStore, Offset, Vec<u8>)>,
) {
    if let Err(error) = blocks.sync() {
        tracing::error!(%error, "positions cannot be stored");
        return;
    }
    let Some((checkpoints, upto, state)) = checkpoint else { return };
    match checkpoints.save(upto, &state) {
        Ok(kept) => {
            if let Err(error) = log.retire(kept.min(needed)) {
                tracing::warn!(%error, "old segments of the ingest log stay");
            }
        }
        Err(error) => tracing::error!(%error, "the checkpoint of the live part was not saved"),
    }
}

impl Engine {
    /// Once a second: news, and the chores that are due.
    pub(super) async fn beat(&mut self, chores: &mut Chores, upto: Offset, save: bool) {
        if chores.renewing.is_none() {
            let (kit, zone, head) = (Arc::clone(&self.kit), self.zone.clone(), self.head);
            chores.renewing = Some(tokio::spawn(async move { renew(&kit, &zone, head).await }));
        }
        if save && chores.scanning.is_none() {
            chores.scanning = self.scan();
        }
        self.grow_silent();
        self.healths.replace(self.memory.devices.clone());
        self.live.publish(self.kit.clock.now());
        chores.save |= save;
        if chores.syncing.as_ref().is_some_and(|syncing| !syncing.is_finished()) {
            return;
        }
        let Some(needed) = self.write_due(upto).await else { return };
        let (blocks, log) = (Arc::clone(&self.blocks), Arc::clone(&self.log));
        let wanted = chores.save && self.checkpoints.is_some();
        let state = if wanted { self.snapshot(upto) } else { None };
        match (self.checkpoints.take(), state) {
            (Some(mut checkpoints), Some(state)) => {
                chores.save = false;
                chores.saving = Some(tokio::task::spawn_blocking(move || {
                    keep(&blocks, &log, needed, Some((&mut checkpoints, upto, state)));
                    checkpoints
                }));
            }
            (checkpoints, _) => {
                self.checkpoints = checkpoints;
                chores.syncing = Some(tokio::task::spawn_blocking(move || keep(&blocks, &log, needed, None)));
            }
        }
    }

    /// The orderly end: what runs is waited for, and everything is saved once more.
    pub(super) async fn end(&mut self, mut chores: Chores, upto: Offset) {
        if let Some(renewing) = chores.renewing.take() {
            renewing.abort();
        }
        if let Some(scanning) = chores.scanning.take() {
            scanning.abort();
        }
        if let Some(syncing) = chores.syncing.take() {
            // It has said what was wrong.
            let _ = syncing.await;
        }
        if let Some(saving) = chores.saving.take() {
            self.checkpoints = saving.await.ok();
        }
        self.healths.replace(self.memory.devices.clone());
        self.live.publish(self.kit.clock.now());
        let Some(needed) = self.write_due(upto).await else { return };
        let (blocks, log, state) = (Arc::clone(&self.blocks), Arc::clone(&self.log), self.snapshot(upto));
        let mut checkpoints = self.checkpoints.take();
        let kept = tokio::task::spawn_blocking(move || {
            let checkpoint = checkpoints.as_mut().zip(state).map(|(store, state)| (store, upto, state));
            keep(&blocks, &log, needed, checkpoint);
        });
        if let Err(error) = kept.await {
            tracing::error!(%error, "the live part was not saved at its end");
        }
    }

    /// Writes positions that have waited long enough. No record is taken meanwhile, so none is split.
    async fn write_due(&self, upto: Offset) -> Option<Offset> {
        let (blocks, now) = (Arc::clone(&self.blocks), self.kit.clock.now());
        match tokio::task::spawn_blocking(move || blocks.write_due(now, upto)).await {
            Ok(Ok(needed)) => Some(needed),
            Ok(Err(error)) => {
                tracing::error!(%error, "positions cannot be stored");
                None
            }
            Err(_) => None,
        }
    }

    /// The memory as bytes. While old records are read again it is ahead of them: saved beside their offset, it would
    /// learn them twice. And what was found but not recorded must be found again.
    fn snapshot(&mut self, upto: Offset) -> Option<Vec<u8>> {
        if upto < self.remembered || !self.findings.is_empty() {
            return None;
        }
        let state = serde_json::to_vec(&self.memory).ok()?;
        self.remembered = upto;
        Some(state)
    }

    /// The registers were read again.
    pub(super) fn take_renewed(&mut self, renewed: Result<Option<Renewed>, Problem>) {
        match renewed {
            Ok(Some(renewed)) => self.take_fleet(renewed),
            Ok(None) => {}
            Err(problem) => tracing::error!(?problem, "the fleet cannot be read"),
        }
    }

    /// Goes on with another fleet.
    pub(super) fn take_fleet(&mut self, (head, fleet): Renewed) {
        self.cell.set(fleet);
        self.head = head;
        self.join_documents();
    }

    /// Begins to look at stock and documents; `None` without rules.
    fn scan(&self) -> Option<Scanning> {
        self.rules.0.as_ref()?;
        let kit = Arc::clone(&self.kit);
        let city = crate::registry::profile::profile(&kit.settings.profile);
        let setting = |pointer: &str| city.as_ref().and_then(|city| city.setting(pointer));
        let (field, head) = (&kit.settings.field, self.head);
        let tolerance_g = setting("/weighing/floor_g").unwrap_or(field.weight_tolerance_g);
        let tolerance_permille =
            setting("/weighing/discrepancy_permille").unwrap_or(field.weight_tolerance_permille);
        let calendar = city.as_ref().map_or("cn", |c| c.calendar.as_str()).to_owned();
        let (zone, rules) = (self.zone.clone(), Arc::clone(&self.rules));
        let (tenant, now) = (kit.settings.tenant.clone(), kit.clock.now());
        let (mut states, since) = (self.memory.scans.clone(), self.memory.weighed);
        Some(tokio::spawn(async move {
            kit.db
                .read::<_, Problem, _>(move |sql| {
                    Box::pin(async move {
                        let Some(pack) = &rules.0 else { return Ok((Vec::new(), states, since)) };
                        let calendar = crate::registry::facts::work_calendar(&calendar);
                        let scan = Scan { pack, zone, calendar, now, tolerance_g, tolerance_permille, since };
                        let found = scan.run(sql, &tenant, &mut states).await?;
                        Ok((found, states, head))
                    })
                })
                .await
        }))
    }

    /// Stock and documents were looked at: what was found goes into the journal, then its states are remembered.
    pub(super) async fn take_scanned(
        &mut self,
        scanned: Result<Scanned, Problem>,
        stopped: &watch::Receiver<bool>,
    ) {
        match scanned {
            Ok((found, states, head)) => {
                self.findings.extend(found);
                self.raise(stopped).await;
                self.memory.scans = states;
                self.memory.weighed = head;
            }
            Err(problem) => tracing::error!(?problem, "stock and documents cannot be looked at"),
        }
    }

    /// What has not reported for a while looks so.
    fn grow_silent(&self) {
        let (now, limits) = (self.kit.clock.now(), &self.kit.settings.live);
        let older = |at: i64, seconds: u32| now.saturating_sub(at) > i64::from(seconds) * 1_000_000;
        self.live.update_all(|v| {
            let state = if older(v.received_at, limits.offline_after_s) {
                Motion::Offline
            } else if older(v.received_at, limits.silent_after_s) {
                Motion::Silent
            } else {
                return false;
            };
            let changed = v.state != state;
            v.state = state;
            changed
        });
    }
}
