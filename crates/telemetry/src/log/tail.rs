//! Following the log. A tail holds its place and nothing else that grows: it takes the next group from memory
//! if it is still there, and from disk if the consumer has fallen behind. It must never skip a record without
//! saying so, and never deliver one that is not durable.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::record::{Header, Records};
use super::segment::{self, Found, Gap, Segment};
use super::{LogError, Offset, Progress, Shared};

/// How much one trip to the disk brings back, at least one group.
const TRIP_BYTES: u64 = 1 << 20;

/// What comes next in the log.
#[derive(Clone, Debug)]
pub enum Tailed {
    /// Records, in order and without holes.
    Records(Records),
    /// Records that cannot be read, because they were retired or their segment is damaged. The policy is to say
    /// so, count it and go on after the damage: at the next sound group of the file, or else at the next
    /// segment. The consumer decides whether that is an incident.
    Gap(Gap),
}

/// A place in the log that moves forward.
pub struct Tail {
    shared: Arc<Shared>,
    progress: watch::Receiver<Progress>,
    place: Place,
    /// Brought from disk and not yet delivered.
    ready: VecDeque<Tailed>,
    segment: Arc<Mutex<Option<Segment>>>,
    disk_trips: u64,
}

/// Where the next record is.
#[derive(Clone, Copy)]
struct Place {
    next: Offset,
    /// The file, and the position at or before the record's group.
    segment: Offset,
    position: u64,
}

impl Place {
    fn pass(&mut self, header: &Header) {
        self.next = header.end();
        self.segment = header.segment;
        self.position = header.position + header.size();
    }
}

impl Tail {
    pub(super) fn new(shared: Arc<Shared>, progress: watch::Receiver<Progress>, from: Offset) -> Self {
        let segment = {
            let segments = shared.segments();
            segments.range(..=from).next_back().or(segments.first()).copied().unwrap_or_default()
        };
        let place = Place { next: from, segment, position: 0 };
        Self { shared, progress, place, ready: VecDeque::new(), segment: Arc::default(), disk_trips: 0 }
    }

    /// Offset of the next record to be delivered.
    pub fn position(&self) -> Offset {
        match self.ready.front() {
            Some(Tailed::Records(records)) => records.first(),
            Some(Tailed::Gap(gap)) => gap.from,
            None => self.place.next,
        }
    }

    /// How often the disk was read, because the records were no longer (or never) in memory.
    pub fn disk_trips(&self) -> u64 {
        self.disk_trips
    }

    /// What comes next; waits for it. `None` once the log is closed and everything was delivered. A future
    /// dropped before its end loses nothing.
    ///
    /// # Errors
    /// [`LogError::Poisoned`] once everything durable was delivered and the log has stopped; [`LogError::Io`]
    /// if a file cannot be read, which may be tried again.
    pub async fn next(&mut self) -> Result<Option<Tailed>, LogError> {
        let mut closed = false;
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Ok(Some(ready));
            }
            let Progress { durable, failed } = self.progress.borrow_and_update().clone();
            if self.place.next < durable {
                match self.live() {
                    Some(records) => return Ok(Some(Tailed::Records(records))),
                    None => self.fetch(durable).await?,
                }
                continue;
            }
            if let Some(error) = failed {
                return Err(error);
            }
            if closed {
                return Ok(None);
            }
            // After the last change, look once more.
            closed = self.progress.changed().await.is_err();
        }
    }

    /// The next records, if they are still in memory.
    fn live(&mut self) -> Option<Records> {
        let live = self.shared.live();
        let i = live.groups.partition_point(|g| g.header.end() <= self.place.next);
        let group = live.groups.get(i).filter(|g| g.header.first <= self.place.next)?;
        let records = Records::new(&group.header, group.bytes.clone(), self.place.next);
        self.place.pass(&group.header);
        Some(records)
    }

    /// Brings the next records from disk.
    async fn fetch(&mut self, durable: Offset) -> Result<(), LogError> {
        let (shared, segment, mut place) = (self.shared.clone(), self.segment.clone(), self.place);
        let trip = move || -> Result<(VecDeque<Tailed>, Place), LogError> {
            let mut segment = segment.lock().unwrap_or_else(PoisonError::into_inner);
            let mut found = VecDeque::new();
            trip(&shared, &mut segment, &mut place, durable, &mut found)
                .map_err(|e| LogError::io(format!("read {}", segment::name(place.segment)), e))?;
            Ok((found, place))
        };
        let (found, place) = tokio::task::spawn_blocking(trip).await.map_err(|_| LogError::Closed)??;
        self.disk_trips += 1;
        (self.ready, self.place) = (found, place);
        Ok(())
    }
}

/// Reads from the place on, to `durable` or until enough was found.
fn trip(
    shared: &Shared,
    open: &mut Option<Segment>,
    place: &mut Place,
    durable: Offset,
    found: &mut VecDeque<Tailed>,
) -> io::Result<()> {
    let mut bytes = 0;
    let mut bad_at = None;
    if let Some(segment) = open {
        segment.refresh();
    }
    while place.next < durable && bytes < TRIP_BYTES {
        let segment = match open {
            Some(segment) if segment.first == place.segment => segment,
            _ => match Segment::open(&*shared.disk, &shared.dir, place.segment) {
                Ok(segment) => open.insert(segment),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    move_on(shared, place, durable, bad_at.take(), found);
                    continue;
                }
                Err(e) => return Err(e),
            },
        };
        match segment.look(place.position)? {
            Found::Group(header) if header.end() <= place.next => place.position += header.size(),
            Found::Group(header) => {
                skip(place, header.first, bad_at.take(), found);
                let group = Arc::new(segment.group(&header)?.to_vec());
                found.push_back(Tailed::Records(Records::new(&header, group, place.next)));
                place.pass(&header);
                bytes += header.size();
            }
            Found::Broken(_) | Found::Bad => {
                bad_at.get_or_insert(place.position);
                match segment.next_header(place.position)? {
                    Some(position) => place.position = position,
                    None => move_on(shared, place, durable, bad_at.take(), found),
                }
            }
            Found::End => move_on(shared, place, durable, bad_at.take(), found),
        }
    }
    Ok(())
}

/// Goes to the next segment, or if there is none, past what should have been in this one.
fn move_on(
    shared: &Shared,
    place: &mut Place,
    durable: Offset,
    bad_at: Option<u64>,
    found: &mut VecDeque<Tailed>,
) {
    let after = shared.segments().range(place.segment.saturating_add(1)..).next().copied();
    match after {
        Some(next) => {
            skip(place, next, bad_at, found);
            (place.segment, place.position) = (next, 0);
        }
        None => skip(place, durable, bad_at, found),
    }
}

/// Reports the records up to `to` as missing, if there are any.
fn skip(place: &mut Place, to: Offset, bad_at: Option<u64>, found: &mut VecDeque<Tailed>) {
    if to <= place.next {
        return;
    }
    let position = bad_at.unwrap_or(place.position);
    let gap = Gap { file: segment::name(place.segment), position, from: place.next, to };
    tracing::error!(?gap, "records of the ingest log are missing");
    metrics::counter!("wufei_telemetry_log_gap_records_total").increment(gap.to - gap.from);
    place.next = to;
    found.push_back(Tailed::Gap(gap));
}
