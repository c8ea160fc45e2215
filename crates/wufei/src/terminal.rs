//! A simulated terminal with its socket: registers, authenticates, reports where its truck is, keeps what it could not
//! send. It knows the gateway by its protocol only and must never use anything else of this program.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::kit::Clock;
use app::kit::clock::SystemClock;
use simulator::trucks::{Course, Plan, Post, TruckPlan, location, reported};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use wire::jt808::{
    Authentication, Body, Deframer, Header, Outcome, RegisterOutcome, Registration, TerminalNumber, Text,
    decode, encode, id,
};

/// The platform answers by then, or the connection is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// A terminal that has nothing to say says so.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Pause before the next attempt to connect.
const RETRY: Duration = Duration::from_secs(2);
/// A truck that is about to fall silent is heard for so many seconds after the start: its past is sent by then.
const HEARD_FIRST: i64 = 4;
/// The past of a truck that is told at most, seconds.
const PAST: i64 = 65 * 60;

/// Numbers of all terminals.
#[derive(Debug, Default)]
pub struct Tally {
    /// Terminals that have authenticated and are connected.
    pub connected: AtomicU64,
    /// Positions made.
    pub positions: AtomicU64,
    /// Positions acknowledged.
    pub acknowledged: AtomicU64,
    /// Positions that the platform could not read.
    pub refused: AtomicU64,
}

/// A terminal on its truck.
pub struct Terminal {
    plan: Arc<Plan>,
    truck: usize,
    course: Course,
    start: i64,
    every: u32,
    number: TerminalNumber,
    code: Option<String>,
    serial: u16,
    post: Post,
    tally: Arc<Tally>,
}

/// A connection that has authenticated.
struct Link {
    stream: TcpStream,
    deframer: Deframer,
    inbox: VecDeque<(Header, Body)>,
    spoke: Instant,
}

impl Terminal {
    /// The terminal of a truck of the plan, that starts now and reports every so many seconds; `None` when the plan has
    /// no such truck or its number is none.
    pub fn new(plan: &Arc<Plan>, truck: usize, start: i64, every: u32, tally: Arc<Tally>) -> Option<Self> {
        let own = plan.trucks.get(truck)?;
        let number = TerminalNumber::padded(&own.terminal_number, own.version())?;
        let lead = Course::lead(plan, truck).clamp(60, PAST);
        let course = Course::new(plan, truck, -lead)?;
        let post = Post::default();
        Some(Self {
            plan: Arc::clone(plan),
            truck,
            course,
            start,
            every,
            number,
            code: None,
            serial: 0,
            post,
            tally,
        })
    }

    fn own(&self) -> Option<&TruckPlan> {
        self.plan.trucks.get(self.truck)
    }

    /// Drives and reports until the flag is raised.
    pub async fn drive(mut self, gateway: String, mut stop: watch::Receiver<bool>) {
        let mut beat = tokio::time::interval(Duration::from_secs(1));
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut link, mut retry): (Option<Link>, _) = (None, Instant::now());
        loop {
            tokio::select! {
                _ = stop.wait_for(|s| *s) => return,
                _ = beat.tick() => {}
                heard = listen(&mut link) => match heard {
                    Ok((_, Body::PlatformReply(reply))) if reply.id == id::LOCATION || reply.id == id::BATCH => {
                        self.post.answered(reply.serial, reply.outcome);
                        self.tally_up();
                    }
                    Ok(_) => continue,
                    Err(error) => {
                        self.lose(&mut link, &error);
                        retry = Instant::now() + RETRY;
                    }
                },
            }
            let now = self.now();
            self.drive_to(now);
            if self.course.is_dark(now) && now >= HEARD_FIRST {
                if link.take().is_some() {
                    self.tally.connected.fetch_sub(1, Ordering::Relaxed);
                    self.post.disconnected();
                }
                continue;
            }
            if link.is_none() && Instant::now() >= retry {
                match timeout(PATIENCE, self.connect(&gateway))
                    .await
                    .unwrap_or(Err(io::ErrorKind::TimedOut.into()))
                {
                    Ok(connected) => {
                        self.tally.connected.fetch_add(1, Ordering::Relaxed);
                        link = Some(connected);
                    }
                    Err(error) => {
                        tracing::info!(terminal = %self.number, %error, "the gateway was not reached");
                        retry = Instant::now() + RETRY;
                    }
                }
            }
            if let Some(open) = &mut link
                && let Err(error) = self.speak(open).await
            {
                self.lose(&mut link, &error);
                retry = Instant::now() + RETRY;
            }
        }
    }

    /// Seconds since the start.
    fn now(&self) -> i64 {
        (SystemClock.now() - self.start).max(0) / 1_000_000
    }

    /// Drives up to this second and keeps what is to be reported. What a dark time hides is kept until it is over.
    fn drive_to(&mut self, second: i64) {
        while self.course.fix().second < second {
            let fix = self.course.step();
            let Some(own) = self.plan.trucks.get(self.truck) else { return };
            if !reported(&fix, self.every) {
                continue;
            }
            match location(own, &fix, self.start) {
                Ok(location) => {
                    self.tally.positions.fetch_add(1, Ordering::Relaxed);
                    if self.course.is_dark(fix.second) {
                        self.post.hide(location);
                    } else {
                        self.post.reveal();
                        self.post.add(location);
                    }
                }
                Err(error) => tracing::error!(%error, "a position cannot be written"),
            }
        }
    }

    fn tally_up(&mut self) {
        let (acknowledged, refused) = self.post.take_counts();
        self.tally.acknowledged.fetch_add(acknowledged, Ordering::Relaxed);
        self.tally.refused.fetch_add(refused, Ordering::Relaxed);
    }

    fn lose(&mut self, link: &mut Option<Link>, error: &io::Error) {
        if link.take().is_some() {
            tracing::info!(terminal = %self.number, %error, "the connection was lost");
            self.tally.connected.fetch_sub(1, Ordering::Relaxed);
        }
        self.post.disconnected();
    }

    /// Sends what waits, as much as may be unacknowledged at once.
    async fn speak(&mut self, link: &mut Link) -> io::Result<()> {
        while let Some(body) = self.post.next(self.serial.wrapping_add(1)) {
            self.send(link, &body).await?;
        }
        if link.spoke.elapsed() >= HEARTBEAT {
            self.send(link, &Body::Heartbeat).await?;
        }
        Ok(())
    }

    async fn send(&mut self, link: &mut Link, body: &Body) -> io::Result<()> {
        let Some(version) = self.own().map(TruckPlan::version) else { return Ok(()) };
        self.serial = self.serial.wrapping_add(1);
        let header = Header::new(body.id(), version, self.number, self.serial);
        let frame = encode(&header, body).map_err(io::Error::other)?;
        timeout(PATIENCE, link.stream.write_all(&frame)).await.map_err(|_| io::ErrorKind::TimedOut)??;
        link.spoke = Instant::now();
        Ok(())
    }

    /// Connects, registers if it has no code, authenticates.
    async fn connect(&mut self, gateway: &str) -> io::Result<Link> {
        let stream = TcpStream::connect(gateway).await?;
        stream.set_nodelay(true)?;
        let mut link =
            Link { stream, deframer: Deframer::new(), inbox: VecDeque::new(), spoke: Instant::now() };
        let code = match self.code.clone() {
            Some(code) => code,
            None => self.register(&mut link).await?,
        };
        let authentication = Authentication { code: Text::from(code.as_str()), ..Authentication::default() };
        self.send(&mut link, &Body::Authenticate(authentication)).await?;
        match next(&mut link).await? {
            (_, Body::PlatformReply(r)) if r.serial == self.serial && r.outcome == Outcome::DONE => {
                self.code = Some(code);
                Ok(link)
            }
            _ => {
                // The next attempt registers again.
                self.code = None;
                Err(io::Error::other("the platform did not accept the code"))
            }
        }
    }

    async fn register(&mut self, link: &mut Link) -> io::Result<String> {
        let plate = self.own().map(|t| t.plate.clone()).unwrap_or_default();
        let registration = Registration {
            province: 32,
            county: 281,
            maker: Text::from("WUFEI"),
            model: Text::from("WF-SIM"),
            terminal_id: Text::from("SIM"),
            plate_colour: 2,
            plate: Text::from(plate.as_str()),
            ..Registration::default()
        };
        self.send(link, &Body::Register(registration)).await?;
        match next(link).await? {
            (_, Body::RegisterReply(r)) if r.outcome == RegisterOutcome::DONE => {
                Ok(r.code.as_str().to_owned())
            }
            (_, Body::RegisterReply(r)) => {
                Err(io::Error::other(format!("the platform did not register it: {}", r.outcome.name())))
            }
            _ => Err(io::Error::other("the platform did not answer the registration")),
        }
    }
}

/// The next message, when there is a connection.
async fn listen(link: &mut Option<Link>) -> io::Result<(Header, Body)> {
    match link {
        Some(link) => next(link).await,
        None => std::future::pending().await,
    }
}

/// The next message of the platform. Nothing is lost when it is not waited for to the end.
async fn next(link: &mut Link) -> io::Result<(Header, Body)> {
    loop {
        if let Some(message) = link.inbox.pop_front() {
            return Ok(message);
        }
        let mut bytes = [0; 2048];
        let count = link.stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let inbox = &mut link.inbox;
        link.deframer.push(bytes.get(..count).unwrap_or_default(), &mut |frame| {
            // What cannot be read is not answered; the platform sends it again or does without.
            inbox.extend(frame.ok().and_then(|f| decode(f).ok()));
        });
    }
}
