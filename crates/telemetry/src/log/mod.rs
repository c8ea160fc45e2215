//! The ingest log: what a device sends is safe when its record is here, and only then may it be acknowledged.
//!
//! Appends from many tasks queue in memory, bounded by bytes; one thread writes all that waits with one write
//! and one sync, then answers. A group is whatever queued while the last sync ran, so load forms large groups
//! by itself and a lone append is synced at once. Consumers follow with a [`Tail`]: they get every durable
//! record once and in order, from memory while they keep up and from disk when they do not, so that a slow one
//! costs reads and never memory.
//!
//! Offsets number the records, without holes, from the start of the log's life. A failed write or sync stops
//! the log for good: whether the bytes are on disk is unknown from then on, and a second sync would prove
//! nothing. Opening it again finds out. The log must never acknowledge what was not synced, deliver what is not
//! durable, or drop damaged records in silence.

mod error;
mod record;
mod segment;
mod tail;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot, watch};

pub use error::LogError;
pub use record::{Batch, Record, Records};
pub use segment::Gap;
pub use tail::{Tail, Tailed};

use crate::disk::{Disk, DiskLock};
#[cfg(test)]
use record::HEADER;
use record::Header;
use writer::{Pending, Writer};

/// Number of a record since the start of the log's life.
pub type Offset = u64;

/// The largest batch, in bytes on disk.
pub const MAX_BATCH_BYTES: usize = 4 << 20;

/// The longest window that a configuration may ask for: devices wait for their acknowledgement.
pub const MAX_WINDOW: Duration = Duration::from_millis(5);

/// Settings of the log.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// A segment that has reached so many bytes is closed.
    pub segment_bytes: u64,
    /// Appends wait when so many bytes queue for the disk.
    pub queue_bytes: usize,
    /// So many bytes of durable records stay in memory for consumers that keep up.
    pub live_bytes: usize,
    /// How long a group waits for company after its first batch; at most [`MAX_WINDOW`]. Zero is best for
    /// latency, and under load for throughput too, since groups form while the last sync runs.
    pub window: Duration,
    /// The log continues at this offset if it ends before it, which happens only if its files were lost. Give
    /// the highest offset that anything downstream has seen, or its check for duplicates would take new records
    /// for old ones.
    pub at_least: Offset,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            queue_bytes: 16 << 20,
            live_bytes: 16 << 20,
            window: Duration::ZERO,
            at_least: 0,
        }
    }
}

/// What was found when the log was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Offset of the oldest record kept.
    pub first: Offset,
    /// Offset of the next record.
    pub next: Offset,
    /// Bytes of an interrupted, never acknowledged write that were cut off.
    pub cut: u64,
    /// Damage in the last segment, which power cuts do not explain.
    pub gaps: Vec<Gap>,
}

/// How far the log is.
#[derive(Clone)]
struct Progress {
    durable: Offset,
    failed: Option<LogError>,
}

/// A durable group in memory.
struct Group {
    header: Header,
    bytes: Arc<Vec<u8>>,
}

/// What the writer, the appenders and the tails share.
struct Shared {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// First offsets of the segments.
    segments: Mutex<BTreeSet<Offset>>,
    live: Mutex<Live>,
}

/// The latest durable groups, bounded by bytes.
#[derive(Default)]
struct Live {
    groups: VecDeque<Group>,
    bytes: usize,
}

/// A batch on its way to the disk: resolves to the offsets of its records once they are durable, with the errors of
/// [`Log::append`]. Dropping it takes nothing back.
#[derive(Debug)]
pub struct Appending(Answer);

#[derive(Debug)]
enum Answer {
    Comes(oneshot::Receiver<Result<Range<Offset>, LogError>>),
    There(Option<Result<Range<Offset>, LogError>>),
}

impl Future for Appending {
    type Output = Result<Range<Offset>, LogError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Answer::Comes(answer) => {
                Pin::new(answer).poll(cx).map(|sent| sent.unwrap_or(Err(LogError::Closed)))
            }
            // Asked again after its answer, it has nothing more to say.
            Answer::There(answer) => Poll::Ready(answer.take().unwrap_or(Err(LogError::Closed))),
        }
    }
}

/// The ingest log. Dropping it writes what was queued, waits for the last sync and closes the files; inside a
/// runtime that blocks the thread for as long.
pub struct Log {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    queue_bytes: usize,
    queue: Option<mpsc::Sender<Pending>>,
    progress: watch::Receiver<Progress>,
    writer: Option<JoinHandle<()>>,
    _lock: DiskLock,
}

impl Log {
    /// Opens the log in the directory, creating it where it is missing, repairs its end and starts its writer.
    ///
    /// # Errors
    /// [`LogError::Io`] if the disk refuses, or (`WouldBlock`) if another process has the log open.
    pub fn open(
        disk: Arc<dyn Disk>,
        dir: impl Into<PathBuf>,
        config: LogConfig,
    ) -> Result<(Self, Opened), LogError> {
        let dir = dir.into();
        disk.create_dir(&dir).map_err(|e| LogError::io(format!("create {}", dir.display()), e))?;
        let lock = disk.lock(&dir.join("lock")).map_err(|e| LogError::io("lock the ingest log", e))?;
        let mut segments = list(&*disk, &dir)?;
        let (active, opened) = match segments.last() {
            None => {
                let first = config.at_least;
                let active = writer::Active::create(&*disk, &dir, first)?;
                (active, Opened { first, next: first, cut: 0, gaps: Vec::new() })
            }
            Some(&last) => {
                let end = segment::recover(&*disk, &dir, last)?;
                let next = end.next.max(config.at_least);
                let mut active = writer::Active::reopen(last, &end);
                if end.next < next {
                    tracing::error!(found = end.next, expected = next, "the ingest log has lost its end");
                    active = writer::Active::create(&*disk, &dir, next)?;
                }
                report(&end);
                let first = segments.first().copied().unwrap_or(last);
                (active, Opened { first, next, cut: end.cut, gaps: end.gaps })
            }
        };
        segments.insert(active.segment);
        let shared = Arc::new(Shared { disk, dir, segments: Mutex::new(segments), live: Mutex::default() });
        let (tell, progress) = watch::channel(Progress { durable: opened.next, failed: None });
        let (queue, batches) = mpsc::channel();
        let queue_bytes = config.queue_bytes.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
        let writer = Writer::new(shared.clone(), active, opened.next, config, batches, tell);
        let writer = std::thread::Builder::new()
            .name("ingest-log".to_owned())
            .spawn(move || writer.run())
            .map_err(|e| LogError::io("start the writer of the ingest log", e))?;
        let room = Arc::new(Semaphore::new(queue_bytes));
        let (queue, writer) = (Some(queue), Some(writer));
        Ok((Self { shared, room, queue_bytes, queue, progress, writer, _lock: lock }, opened))
    }

    /// Appends the batch and returns the offsets of its records, once they are durable. Waits while the queue
    /// is full. Dropping the future may or may not take the batch back.
    ///
    /// # Errors
    /// [`LogError::Poisoned`] if a write or sync failed, of this batch or an earlier one: it must not be
    /// acknowledged. [`LogError::Closed`] if the writer is gone.
    pub async fn append(&self, batch: Batch) -> Result<Range<Offset>, LogError> {
        match self.submit(batch) {
            Ok(appending) => appending.await,
            Err(batch) => {
                let cost = self.cost(&batch);
                let room = self.room.clone().acquire_many_owned(cost).await.map_err(|_| LogError::Closed)?;
                self.send(batch, room).await
            }
        }
    }

    /// Puts the batch into the queue at once; what it becomes is the same as for [`Log::append`]. The queue keeps the
    /// order of these calls.
    ///
    /// # Errors
    /// The batch, when the queue has no room for it now.
    pub fn submit(&self, batch: Batch) -> Result<Appending, Batch> {
        if batch.is_empty() {
            let end = self.durable_end();
            return Ok(Appending(Answer::There(Some(Ok(end..end)))));
        }
        match self.room.clone().try_acquire_many_owned(self.cost(&batch)) {
            Ok(room) => Ok(self.send(batch, room)),
            Err(TryAcquireError::NoPermits) => Err(batch),
            Err(TryAcquireError::Closed) => Ok(Appending(Answer::There(Some(Err(LogError::Closed))))),
        }
    }

    /// Room that a batch takes. One larger than the whole queue may still pass alone.
    fn cost(&self, batch: &Batch) -> u32 {
        batch.bytes().min(self.queue_bytes) as u32
    }

    fn send(&self, batch: Batch, room: OwnedSemaphorePermit) -> Appending {
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.as_ref().is_some_and(|q| q.send(Pending { batch, reply, _room: room }).is_ok());
        Appending(if sent { Answer::Comes(answer) } else { Answer::There(Some(Err(LogError::Closed))) })
    }

    /// Offset after the last durable record.
    pub fn durable_end(&self) -> Offset {
        self.progress.borrow().durable
    }

    /// Offset of the oldest record kept.
    pub fn first(&self) -> Offset {
        self.shared.segments().first().copied().unwrap_or_default()
    }

    /// Why the log stopped, if it did.
    pub fn failure(&self) -> Option<LogError> {
        self.progress.borrow().failed.clone()
    }

    /// Follows the log from an offset on. What was retired before it is reported as a [`Gap`].
    ///
    /// # Errors
    /// [`LogError::Beyond`] if the offset was never written: whoever kept it belongs to another log.
    pub fn tail(&self, from: Offset) -> Result<Tail, LogError> {
        let end = self.durable_end();
        if from > end {
            return Err(LogError::Beyond { asked: from, end });
        }
        Ok(Tail::new(self.shared.clone(), self.progress.clone(), from))
    }

    /// Removes the segments all of whose records come before the offset, and returns how many. The segment that
    /// is being written stays. Does file operations, so call it where blocking is allowed.
    ///
    /// # Errors
    /// [`LogError::Io`] if the disk refuses; what was removed until then stays removed.
    pub fn retire(&self, before: Offset) -> Result<usize, LogError> {
        let mut removed = 0;
        loop {
            let first = {
                let segments = self.shared.segments();
                let mut firsts = segments.iter();
                match (firsts.next(), firsts.next()) {
                    (Some(&first), Some(&next)) if next <= before => first,
                    _ => break,
                }
            };
            let path = segment::path(&self.shared.dir, first);
            self.shared
                .disk
                .remove(&path)
                .map_err(|e| LogError::io(format!("remove {}", path.display()), e))?;
            self.shared.segments().remove(&first);
            removed += 1;
        }
        if removed > 0 {
            let synced = self.shared.disk.sync_dir(&self.shared.dir);
            synced.map_err(|e| LogError::io("sync the directory of the ingest log", e))?;
        }
        Ok(removed)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has been reported by the thread itself.
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn segments(&self) -> MutexGuard<'_, BTreeSet<Offset>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn list(disk: &dyn Disk, dir: &Path) -> Result<BTreeSet<Offset>, LogError> {
    let names = disk.list(dir).map_err(|e| LogError::io(format!("list {}", dir.display()), e))?;
    Ok(names.iter().filter_map(|n| segment::first_of(n)).collect())
}

fn report(end: &segment::Recovered) {
    if end.cut > 0 {
        tracing::warn!(bytes = end.cut, "cut an interrupted write off the ingest log");
    }
    for gap in &end.gaps {
        tracing::error!(?gap, "the ingest log is damaged");
    }
}
