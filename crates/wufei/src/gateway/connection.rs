//! One connection's loop over its socket: reads while earlier frames wait for the disk, sends what has become true,
//! watches the clock. It owns no buffer before the first byte comes, and never more than its bounds afterwards: a peer
//! that does not read its answers stops being read.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use telemetry::log::{Appending, Batch, Log, LogError, Offset};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep};
use wire::jt808::{Deframer, Outcome};

use super::conversation::{Ack, Conversation, Guest, is_for_the_door};
use super::{Shared, door, raised};

/// Bytes of one read.
const READ: usize = 16 << 10;
/// Reads of one connection that wait for the disk.
const PENDING: usize = 4;
/// Answers that wait for the peer, bytes.
const OUT: usize = 64 << 10;
/// A peer that takes none of its answers for so long is gone.
const STALL: Duration = Duration::from_secs(30);
/// How long it may take to finish what waits, once a connection is to be closed.
const FAREWELL: Duration = Duration::from_secs(10);
/// Missing parts are looked for so often.
const PARTS: Duration = Duration::from_secs(2);

/// What the log says to a batch.
type Said = Result<std::ops::Range<Offset>, LogError>;

/// A batch on its way to the disk.
enum Way {
    /// In the log's queue.
    Sent(Appending),
    /// Waits for room there.
    Queued(BoxFuture<'static, Said>),
}

/// A read whose frames are on their way to the disk, and who waits for them.
struct Reading {
    way: Way,
    acks: Vec<Ack>,
    /// Its share of what all connections may hold.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Reading {
    fn new(log: &Arc<Log>, batch: Batch, acks: Vec<Ack>, permit: Option<OwnedSemaphorePermit>) -> Self {
        let way = match log.submit(batch) {
            Ok(appending) => Way::Sent(appending),
            Err(batch) => {
                let log = Arc::clone(log);
                Way::Queued(Box::pin(async move { log.append(batch).await }))
            }
        };
        Self { way, acks, _permit: permit }
    }
}

/// The oldest of what is on its way, once the log has answered: reads are answered in their order.
async fn oldest(on_the_way: &mut VecDeque<Reading>) -> Option<(Vec<Ack>, Said)> {
    let front = on_the_way.front_mut()?;
    let said = match &mut front.way {
        Way::Sent(appending) => appending.await,
        Way::Queued(append) => append.await,
    };
    on_the_way.pop_front().map(|reading| (reading.acks, said))
}

/// Serves a connection to its end.
pub(super) async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    remote: SocketAddr,
    number: u64,
    mut stop: watch::Receiver<bool>,
) {
    // Answers are small and a terminal waits for each.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let patience = Duration::from_secs(shared.limits.unauthenticated_s.into());
    tokio::select! {
        () = raised(&mut stop) => return,
        ready = tokio::time::timeout(patience, stream.readable()) => match ready {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                shared.gate.counters.idle_closed.fetch_add(1, Ordering::Relaxed);
                return;
            }
        },
    }
    let mut connection = Box::new(Connection::new(shared, stream, remote, number));
    if let Err(error) = connection.run(&mut stop).await {
        tracing::debug!(%remote, %error, "a terminal's connection broke");
    }
    connection.talk.leave();
}

struct Connection {
    stream: TcpStream,
    deframer: Deframer,
    talk: Conversation,
    pending: VecDeque<Reading>,
    wake: Pin<Box<Sleep>>,
    /// Beginning of the time in which it must authenticate.
    stranger_since: Instant,
    /// When the last byte came.
    heard: Instant,
    /// Since when the peer takes none of its answers.
    stalled: Option<Instant>,
    parts_at: Instant,
    /// Since when it is to be closed.
    closing_since: Option<Instant>,
    /// The log has refused something: from then on it says yes to nothing.
    unkept: bool,
    pace: Pace,
}

impl Connection {
    fn new(shared: Arc<Shared>, stream: TcpStream, remote: SocketAddr, number: u64) -> Self {
        let now = Instant::now();
        let pace = Pace::new(shared.limits.frames_per_second, shared.limits.burst, now);
        Self {
            stream,
            deframer: Deframer::new(),
            talk: Conversation::new(shared, remote, number),
            pending: VecDeque::new(),
            wake: Box::pin(tokio::time::sleep_until(now)),
            stranger_since: now,
            heard: now,
            stalled: None,
            parts_at: now,
            closing_since: None,
            unkept: false,
            pace,
        }
    }

    async fn run(&mut self, stop: &mut watch::Receiver<bool>) -> io::Result<()> {
        // Waits in the list of all connections once, not in every turn.
        let stopping = raised(stop);
        tokio::pin!(stopping);
        loop {
            if self.talk.closing {
                if self.pending.is_empty() && self.talk.out.is_empty() {
                    return self.farewell().await;
                }
                self.closing_since.get_or_insert_with(Instant::now);
            }
            let due = self.due();
            if self.wake.deadline() > due || self.wake.is_elapsed() {
                self.wake.as_mut().reset(due);
            }
            let open = !self.talk.closing;
            // Behind a read that waits for room in the log's queue nothing is read: the log keeps a device's order.
            let behind = matches!(self.pending.back(), Some(Reading { way: Way::Queued(_), .. }));
            let room = self.pending.len() < PENDING && self.talk.out.len() < OUT && !behind;
            let reads = open && room && self.pace.resume.is_none();
            let Self { stream, talk, pending, wake, .. } = self;
            let Conversation { guest, shared, out, .. } = talk;
            tokio::select! {
                biased;
                () = &mut stopping, if open => self.talk.closing = true,
                () = evicted(guest), if open => self.talk.closing = true,
                Some((acks, said)) = oldest(pending), if !pending.is_empty() => {
                    self.settle(&acks, said);
                    // One group of the log often holds the next read too: then their answers go out together.
                    while let Some(Some((acks, said))) = oldest(&mut self.pending).now_or_never() {
                        self.settle(&acks, said);
                    }
                    self.write()?;
                }
                ready = stream.writable(), if !out.is_empty() => { ready?; self.write()?; }
                turn = turn(stream, &shared.reads), if reads => self.read(turn?).await?,
                () = wake.as_mut() => self.look_at_the_clock()?,
            }
        }
    }

    /// Closes so that the peer still gets what was sent: what it goes on sending is read and dropped for a moment.
    async fn farewell(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let drain = async {
            for _ in 0..64 {
                self.stream.readable().await?;
                let mut buffer = [0; 1024];
                match self.stream.try_read(&mut buffer) {
                    Ok(0) => break,
                    Err(e) if e.kind() != io::ErrorKind::WouldBlock => return Err(e),
                    _ => {}
                }
            }
            Ok(())
        };
        tokio::time::timeout(Duration::from_secs(1), drain).await.unwrap_or(Ok(()))
    }

    /// Reads once and brings what came on its way to the log.
    async fn read(&mut self, permit: OwnedSemaphorePermit) -> io::Result<()> {
        let now = self.talk.shared.kit.clock.now();
        if self.read_now(now)? == 0 {
            return Ok(());
        }
        let mut permit = Some(permit);
        if !self.talk.waiting.is_empty() {
            // The door may take a while, and others want to read.
            permit = None;
            let waiting = std::mem::take(&mut self.talk.waiting);
            self.decide(waiting, now).await;
        }
        if !self.talk.batch.is_empty() || !self.talk.acks.is_empty() {
            let batch = std::mem::take(&mut self.talk.batch);
            let acks = std::mem::take(&mut self.talk.acks);
            self.pending.push_back(Reading::new(&self.talk.shared.log, batch, acks, permit));
        } else {
            self.talk.expect_nothing();
        }
        self.write()
    }

    /// The buffer lives on the stack of this call only, so an idle connection has none. A read that does not fill it
    /// tells the runtime that there is nothing more, which saves asking the system again.
    fn read_now(&mut self, now: i64) -> io::Result<usize> {
        let mut space = [const { MaybeUninit::uninit() }; READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        // When nothing is there, the loop waits for it again.
        let mut asking = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.stream).poll_read(&mut asking, &mut buffer) {
            Poll::Pending => return Ok(0),
            Poll::Ready(Err(e)) if e.kind() == io::ErrorKind::Interrupted => return Ok(0),
            Poll::Ready(Err(e)) => return Err(e),
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                self.talk.closing = true;
                return Ok(0);
            }
            Poll::Ready(Ok(())) => {}
        }
        let bytes = buffer.filled();
        self.heard = Instant::now();
        if self.talk.guest.is_some() {
            self.stranger_since = self.heard;
        }
        let talk = &mut self.talk;
        talk.expect(bytes.len());
        self.deframer.push(bytes, &mut |frame| talk.take(frame, now));
        let frames = talk.count(&self.deframer);
        self.pace.spend(frames, self.heard);
        Ok(bytes.len())
    }

    /// Frames from one on that only the door decides, in their order.
    async fn decide(&mut self, waiting: VecDeque<Vec<u8>>, now: i64) {
        for frame in waiting {
            if is_for_the_door(&frame) {
                Box::pin(door::answer(&mut self.talk, &frame, now)).await;
            } else {
                self.talk.frame(&frame, now);
            }
        }
    }

    /// The log has answered: whoever waited for it is told.
    fn settle(&mut self, acks: &[Ack], said: Said) {
        if let Err(error) = said {
            tracing::debug!(%error, "frames were not kept");
            metrics::counter!("wufei_gateway_unkept_total").increment(acks.len() as u64);
            self.unkept = true;
        }
        // A repeated frame brings no record of its own, so what it repeats must be remembered as refused.
        let outcome = if self.unkept { Outcome::FAILED } else { Outcome::DONE };
        acks.iter().for_each(|ack| self.talk.answer(&ack.header, outcome));
    }

    /// Sends what the peer takes now.
    fn write(&mut self) -> io::Result<()> {
        let out = &mut self.talk.out;
        let mut sent = 0;
        let result = loop {
            let Some(rest) = out.get(sent..).filter(|r| !r.is_empty()) else { break Ok(()) };
            match self.stream.try_write(rest) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => sent += count,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(e) => break Err(e),
            }
        };
        out.drain(..sent);
        if out.is_empty() {
            if out.capacity() > 4096 {
                out.shrink_to(512);
            }
            self.stalled = None;
        } else if sent > 0 || self.stalled.is_none() {
            self.stalled = Some(Instant::now());
        }
        result
    }

    /// The next moment at which something must be looked at.
    fn due(&self) -> Instant {
        if let Some(since) = self.closing_since {
            return since + FAREWELL;
        }
        let limits = &self.talk.shared.limits;
        let mut due = match self.talk.guest {
            Some(_) => self.heard + Duration::from_secs(limits.idle_s.into()),
            None => self.stranger_since + Duration::from_secs(limits.unauthenticated_s.into()),
        };
        if let Some(since) = self.stalled {
            due = due.min(since + STALL);
        }
        if self.talk.parts.is_some() {
            due = due.min(self.parts_at + PARTS);
        }
        if let Some(resume) = self.pace.resume {
            due = due.min(resume);
        }
        due
    }

    fn look_at_the_clock(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if let Some(since) = self.closing_since {
            return if since + FAREWELL <= now { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) };
        }
        if self.pace.resume.is_some_and(|r| r <= now) {
            self.pace.resume = None;
        }
        if self.talk.parts.is_some() && self.parts_at + PARTS <= now {
            self.parts_at = now;
            self.talk.look_for_parts(self.talk.shared.kit.clock.now());
            self.write()?;
        }
        if self.stalled.is_some_and(|since| since + STALL <= now) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let limits = &self.talk.shared.limits;
        let (since, seconds) = match self.talk.guest {
            Some(_) => (self.heard, limits.idle_s),
            None => (self.stranger_since, limits.unauthenticated_s),
        };
        if since + Duration::from_secs(seconds.into()) <= now {
            self.talk.shared.gate.counters.idle_closed.fetch_add(1, Ordering::Relaxed);
            self.talk.closing = true;
        }
        Ok(())
    }
}

/// There is something to read, and it is this connection's turn.
async fn turn(stream: &TcpStream, reads: &Arc<Semaphore>) -> io::Result<OwnedSemaphorePermit> {
    poll_fn(|cx| stream.poll_read_ready(cx)).await?;
    Arc::clone(reads).acquire_owned().await.map_err(|_| io::ErrorKind::BrokenPipe.into())
}

/// A newer connection of the same terminal has taken the seat.
async fn evicted(guest: &mut Option<Guest>) {
    match guest {
        Some(guest) => drop((&mut guest.evicted).await),
        None => std::future::pending().await,
    }
}

/// How fast one terminal may send: so many frames at once, and so many a second after that.
struct Pace {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
    /// Nothing is read before.
    resume: Option<Instant>,
}

impl Pace {
    fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        Self { per_second: per_second.into(), burst, left: burst, at: now, resume: None }
    }

    fn spend(&mut self, frames: u64, now: Instant) {
        if self.per_second <= 0.0 {
            return;
        }
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        let spent = u32::try_from(frames).unwrap_or(u32::MAX);
        self.left = (self.left + gained).min(self.burst) - f64::from(spent);
        self.at = now;
        if self.left < 0.0 {
            metrics::counter!("wufei_gateway_paced_total").increment(1);
            self.resume = Some(now + Duration::from_secs_f64(-self.left / self.per_second));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_flood_is_slowed_down_and_a_burst_is_not() {
        let start = Instant::now();
        let mut pace = Pace::new(10, 100, start);
        pace.spend(100, start);
        assert_eq!(pace.resume, None);
        pace.spend(50, start);
        assert_eq!(pace.resume, Some(start + Duration::from_secs(5)));
        let mut free = Pace::new(0, 0, start);
        free.spend(u64::MAX, start);
        assert_eq!(free.resume, None);
    }
}
