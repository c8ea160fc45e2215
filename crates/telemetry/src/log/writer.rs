//! The writer's thread: groups what waits, writes, syncs, tells the tails, answers. After the first error it
//! only says no.

use std::io;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use super::record::{Batch, HEADER, Header};
use super::segment::{self, Recovered};
use super::{Group, LogConfig, LogError, MAX_BATCH_BYTES, MAX_WINDOW, Offset, Progress, Shared};
use crate::disk::{Disk, DiskFile};

/// Clients that were answered a moment ago are about to come back, so a group much smaller than the one before
/// waits for them, for a fraction of a sync. A lone client never waits: its groups have one batch.
const LINGER: Duration = Duration::from_micros(200);

type Answer = Result<std::ops::Range<Offset>, LogError>;

/// A batch in the queue.
pub(super) struct Pending {
    pub batch: Batch,
    pub reply: oneshot::Sender<Answer>,
    /// Its room in the queue, given back with the answer.
    pub _room: OwnedSemaphorePermit,
}

/// The segment being written.
pub(super) struct Active {
    file: Arc<dyn DiskFile>,
    pub segment: Offset,
    position: u64,
}

impl Active {
    pub(super) fn create(disk: &dyn Disk, dir: &Path, first: Offset) -> Result<Self, LogError> {
        let path = segment::path(dir, first);
        let create = || -> io::Result<Arc<dyn DiskFile>> {
            let file = disk.create(&path)?;
            // Before any record in it is acknowledged, the name must be as safe as the bytes.
            disk.sync_dir(dir)?;
            Ok(file)
        };
        let file = create().map_err(|e| LogError::io(format!("create {}", segment::name(first)), e))?;
        Ok(Self { file, segment: first, position: 0 })
    }

    pub(super) fn reopen(segment: Offset, end: &Recovered) -> Self {
        Self { file: end.file.clone(), segment, position: end.position }
    }
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    active: Active,
    next: Offset,
    config: LogConfig,
    batches: mpsc::Receiver<Pending>,
    progress: watch::Sender<Progress>,
    last_group: usize,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        active: Active,
        next: Offset,
        mut config: LogConfig,
        batches: mpsc::Receiver<Pending>,
        progress: watch::Sender<Progress>,
    ) -> Self {
        config.window = config.window.min(MAX_WINDOW);
        Self { shared, active, next, config, batches, progress, last_group: 0 }
    }

    pub(super) fn run(mut self) {
        let mut group = Vec::new();
        while self.collect(&mut group) {
            match self.write(&group) {
                Ok(()) => self.answer(&mut group),
                Err(error) => return self.refuse(&error.poison(), &mut group),
            }
        }
    }

    /// Takes what waits; false once the log is closed and the queue is empty.
    fn collect(&mut self, group: &mut Vec<Pending>) -> bool {
        let Ok(first) = self.batches.recv() else { return false };
        let mut bytes = first.batch.bytes();
        group.push(first);
        if !self.config.window.is_zero() {
            std::thread::sleep(self.config.window);
        }
        self.drain(group, &mut bytes);
        if group.len() < self.last_group / 2 && bytes < MAX_BATCH_BYTES {
            std::thread::sleep(LINGER);
            self.drain(group, &mut bytes);
        }
        self.last_group = group.len();
        true
    }

    fn drain(&self, group: &mut Vec<Pending>, bytes: &mut usize) {
        while *bytes < MAX_BATCH_BYTES {
            let Ok(pending) = self.batches.try_recv() else { break };
            *bytes += pending.batch.bytes();
            group.push(pending);
        }
    }

    fn write(&mut self, group: &[Pending]) -> Result<(), LogError> {
        // An empty segment has the name that its successor would get.
        if self.active.position > 0 && self.active.position >= self.config.segment_bytes {
            self.active = Active::create(&*self.shared.disk, &self.shared.dir, self.next)?;
            self.shared.segments().insert(self.next);
        }
        let len: usize = group.iter().map(|p| p.batch.bytes()).sum();
        let count: usize = group.iter().map(|p| p.batch.len()).sum();
        let header = Header {
            len: len as u32,
            count: count as u32,
            first: self.next,
            position: self.active.position,
            segment: self.active.segment,
        };
        let mut bytes = Vec::with_capacity(HEADER + len);
        bytes.extend_from_slice(&header.encode());
        group.iter().for_each(|p| bytes.extend_from_slice(p.batch.as_bytes()));
        let doing = |what: &str| format!("{what} {}", segment::name(self.active.segment));
        let file = &self.active.file;
        file.write_at(self.active.position, &bytes).map_err(|e| LogError::io(doing("write"), e))?;
        let start = Instant::now();
        file.sync().map_err(|e| LogError::io(doing("sync"), e))?;
        metrics::histogram!("wufei_telemetry_log_sync_seconds").record(start.elapsed().as_secs_f64());
        metrics::histogram!("wufei_telemetry_log_group_records").record(count as f64);
        metrics::counter!("wufei_telemetry_log_records_total").increment(count as u64);
        self.active.position += header.size();
        self.next = header.end();
        self.hand_over(Group { header, bytes: Arc::new(bytes) });
        Ok(())
    }

    /// Gives a durable group to the tails.
    fn hand_over(&self, group: Group) {
        let durable = group.header.end();
        let mut live = self.shared.live();
        live.bytes += group.bytes.len();
        live.groups.push_back(group);
        while live.bytes > self.config.live_bytes {
            let Some(old) = live.groups.pop_front() else { break };
            live.bytes -= old.bytes.len();
        }
        drop(live);
        self.progress.send_modify(|p| p.durable = durable);
    }

    fn answer(&self, group: &mut Vec<Pending>) {
        let count: usize = group.iter().map(|p| p.batch.len()).sum();
        let mut from = self.next - count as u64;
        for pending in group.drain(..) {
            let to = from + pending.batch.len() as u64;
            // Whoever no longer waits has lost an answer, not the records.
            let _ = pending.reply.send(Ok(from..to));
            from = to;
        }
    }

    /// Answers everything with the error, until nobody can ask any more.
    fn refuse(self, error: &LogError, group: &mut Vec<Pending>) {
        tracing::error!(%error, "the ingest log takes no more records");
        metrics::counter!("wufei_telemetry_log_failures_total").increment(1);
        self.progress.send_modify(|p| p.failed = Some(error.clone()));
        for pending in group.drain(..).chain(self.batches.iter()) {
            let _ = pending.reply.send(Err(error.clone()));
        }
    }
}
