//! The device gateway over real sockets: who may speak, what is acknowledged and when, and what bad input costs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::kit::Settings;
use app::monitoring::fleet::{Fleet, FleetCell};
use app::monitoring::gate::{Gate, Reason, source_of};
use app::monitoring::record;
use app::monitoring::samples::Samples;
use telemetry::disk::{Fault, SimDisk};
use telemetry::log::{Log, LogConfig, Tailed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wire::jt808::{
    Authentication, Batch, BatchItem, BatchKind, Body, Deframer, Header, Location, Outcome, RegisterOutcome,
    Registration, TerminalNumber, Text, Version, decode, encode, escape, id, split,
};
use wufei::gateway::{Gateway, Limits};

use crate::support::{self, START, Server};

const V2013: Version = Version::V2013;
const V2019: Version = Version::V2019 { protocol: 1 };
/// Terminals of the demonstration with their plates; odd ones speak 2013, even ones 2019.
const FIRST: (&str, &str, Version) = ("13932028101", "苏BD9901", V2013);
const SECOND: (&str, &str, Version) = ("13932028102", "苏BD9902", V2019);

/// A gateway in front of a log on a simulated disk.
struct Rig {
    server: Server,
    address: SocketAddr,
    disk: SimDisk,
    log: Arc<Log>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Rig {
    async fn start(limits: Limits) -> Self {
        Self::with(limits, |_| {}).await
    }

    async fn with(limits: Limits, change: impl FnOnce(&mut Settings)) -> Self {
        let server = support::start(change).await;
        let kit = Arc::clone(&server.kit);
        let zone = domain::time::Zone::named(&kit.settings.zone).expect("zone");
        let tenant = kit.settings.tenant.clone();
        let fleet = kit
            .db
            .read::<_, app::kit::Problem, _>(move |sql| {
                Box::pin(async move { Fleet::load(sql, &tenant, &zone, START, 300.0).await })
            })
            .await
            .expect("fleet");
        kit.parts.get::<FleetCell>().set(fleet);
        let disk = SimDisk::new();
        let (log, _) = Log::open(Arc::new(disk.clone()), "/ingest", LogConfig::default()).expect("log");
        let log = Arc::new(log);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let address = listener.local_addr().expect("address");
        let (stop, stopped) = watch::channel(false);
        let task = Gateway::start(kit, Arc::clone(&log), listener, stopped, limits);
        Self { server, address, disk, log, stop, task }
    }

    fn gate(&self) -> Arc<Gate> {
        self.server.kit.parts.get::<Gate>()
    }

    /// A terminal that has authenticated.
    async fn terminal(&self, who: (&str, &str, Version)) -> Terminal {
        let mut terminal = Terminal::connect(self.address, who.0, who.2).await;
        let code = terminal.register(who.1).await.expect("registered");
        assert_eq!(terminal.authenticate(&code).await, Outcome::DONE);
        terminal
    }

    /// Everything durable in the log but ticks: kind, source, payload.
    async fn records(&self) -> Vec<(u8, u64, Vec<u8>)> {
        let (end, mut all) = (self.log.durable_end(), Vec::new());
        let mut tail = self.log.tail(0).expect("tail");
        while tail.position() < end {
            let Some(Tailed::Records(records)) = tail.next().await.expect("readable") else {
                panic!("a gap")
            };
            all.extend(records.iter().map(|r| (r.kind, r.source, r.payload.to_vec())));
        }
        all.retain(|(kind, ..)| *kind != record::TICK);
        all
    }

    async fn end(self) {
        self.stop.send_replace(true);
        self.task.await.expect("the gateway ends");
    }
}

/// A terminal's end of a connection.
struct Terminal {
    stream: TcpStream,
    deframer: Deframer,
    inbox: std::collections::VecDeque<(Header, Body)>,
    number: TerminalNumber,
    version: Version,
    serial: u16,
}

impl Terminal {
    async fn connect(address: SocketAddr, number: &str, version: Version) -> Self {
        Self {
            stream: TcpStream::connect(address).await.expect("connect"),
            deframer: Deframer::new(),
            inbox: std::collections::VecDeque::new(),
            number: TerminalNumber::padded(number, version).expect("a number"),
            version,
            serial: 0,
        }
    }

    fn header(&mut self, id: u16) -> Header {
        self.serial = self.serial.wrapping_add(1);
        Header::new(id, self.version, self.number, self.serial)
    }

    /// Sends a message and answers its frame without checksum.
    async fn send(&mut self, body: &Body) -> Vec<u8> {
        let header = self.header(body.id());
        let frame = encode(&header, body).expect("encodes");
        self.raw(&frame).await;
        plain(&frame)
    }

    async fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("send");
    }

    /// The next message of the platform; `None` when it has closed.
    async fn next(&mut self) -> Option<(Header, Body)> {
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return Some(message);
            }
            let mut bytes = [0; 4096];
            let count = match self.stream.read(&mut bytes).await {
                Ok(0) | Err(_) => return None,
                Ok(count) => count,
            };
            let inbox = &mut self.inbox;
            self.deframer.push(&bytes[..count], &mut |frame| {
                inbox.push_back(decode(frame.expect("a good frame")).expect("a good message"));
            });
        }
    }

    /// The next general reply: id and serial that it answers, and the outcome.
    async fn reply(&mut self) -> (u16, u16, Outcome) {
        match self.next().await {
            Some((_, Body::PlatformReply(r))) => (r.id, r.serial, r.outcome),
            other => panic!("a general reply, not {other:?}"),
        }
    }

    async fn register(&mut self, plate: &str) -> Result<String, RegisterOutcome> {
        let registration =
            Registration { plate: Text::from(plate), plate_colour: 2, ..Registration::default() };
        self.send(&Body::Register(registration)).await;
        match self.next().await {
            Some((_, Body::RegisterReply(r))) if r.outcome == RegisterOutcome::DONE => {
                assert_eq!(r.serial, self.serial);
                Ok(r.code.as_str().to_owned())
            }
            Some((_, Body::RegisterReply(r))) => Err(r.outcome),
            other => panic!("an answer to a registration, not {other:?}"),
        }
    }

    async fn authenticate(&mut self, code: &str) -> Outcome {
        self.send(&Body::Authenticate(Authentication {
            code: Text::from(code),
            ..Authentication::default()
        }))
        .await;
        let (id, serial, outcome) = self.reply().await;
        assert_eq!((id, serial), (id::AUTHENTICATE, self.serial));
        outcome
    }
}

/// A frame as it stands in the log: unescaped, without checksum.
fn plain(frame: &[u8]) -> Vec<u8> {
    let mut found = None;
    Deframer::new().push(frame, &mut |f| found = f.ok().map(<[u8]>::to_vec));
    found.expect("a frame")
}

fn location(second: i64) -> Location {
    Location {
        alarm: 0,
        status: 3,
        lat_e6: 31_900_000,
        lon_e6: 120_200_000,
        altitude_m: 5,
        speed_kmh_tenths: 480,
        heading_deg: 90,
        time_us: START + second * 1_000_000,
        extras: Vec::new(),
    }
}

fn batch(count: i64) -> Body {
    let items = (0..count).map(|n| BatchItem::Location(location(n))).collect();
    Body::Batch(Batch { kind: BatchKind::RESENT, items })
}

#[tokio::test(flavor = "multi_thread")]
async fn both_editions_register_authenticate_and_report() {
    let rig = Rig::start(Limits::default()).await;
    for who in [FIRST, SECOND] {
        let mut terminal = rig.terminal(who).await;
        terminal.send(&Body::Heartbeat).await;
        assert_eq!(terminal.reply().await, (id::HEARTBEAT, terminal.serial, Outcome::DONE));
        terminal.send(&Body::TimeQuery).await;
        let Some((_, Body::TimeReply { time_us })) = terminal.next().await else { panic!("the time") };
        assert_eq!(time_us, START);
        let before = rig.records().await.len();
        let mut sent = vec![terminal.send(&Body::Location(location(0))).await];
        sent.push(terminal.send(&batch(3)).await);
        sent.push(terminal.send(&Body::Waybill(vec![1, 2, 3])).await);
        sent.push(terminal.send(&Body::Unknown { id: 0x0900, raw: vec![0xff; 40] }).await);
        for (n, id) in [id::LOCATION, id::BATCH, id::WAYBILL, 0x0900].into_iter().enumerate() {
            let serial = terminal.serial - 3 + u16::try_from(n).expect("small");
            assert_eq!(terminal.reply().await, (id, serial, Outcome::DONE));
        }
        let source = source_of(who.0);
        let expected: Vec<_> = sent.into_iter().map(|f| (record::FRAME, source, f)).collect();
        assert_eq!(rig.records().await[before..], expected);
        terminal.send(&Body::Logout).await;
        assert_eq!(terminal.reply().await.2, Outcome::DONE);
        terminal.send(&Body::Location(location(1))).await;
        assert_eq!(terminal.reply().await.2, Outcome::FAILED, "it has logged out");
    }
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_let_in_is_noted_and_sent_away() {
    let rig = Rig::with(Limits::default(), |s| s.live.reregister = false).await;
    let mut unknown = Terminal::connect(rig.address, "13900000000", V2019).await;
    assert_eq!(unknown.register("苏BD9901").await, Err(RegisterOutcome::NO_TERMINAL));
    let mut other = Terminal::connect(rig.address, FIRST.0, V2013).await;
    assert_eq!(other.register("苏BD9902").await, Err(RegisterOutcome::NO_VEHICLE));
    assert_eq!(other.authenticate("guess").await, Outcome::FAILED);
    assert_eq!(other.authenticate("again").await, Outcome::FAILED);
    assert!(other.next().await.is_none(), "three refusals end the connection");
    let known = rig.terminal(SECOND).await;
    let mut twice = Terminal::connect(rig.address, SECOND.0, V2019).await;
    assert_eq!(twice.register(SECOND.1).await, Err(RegisterOutcome::TERMINAL_TAKEN));
    let mut silent = Terminal::connect(rig.address, "13932028103", V2013).await;
    for second in 0..5 {
        silent.send(&Body::Location(location(second))).await;
    }
    assert_eq!(silent.reply().await, (id::LOCATION, 1, Outcome::FAILED));
    assert!(silent.next().await.is_none(), "answered once, then closed");
    // The number of another terminal in an authenticated connection.
    let mut liar = known;
    liar.number = TerminalNumber::padded(FIRST.0, V2019).expect("number");
    liar.send(&Body::Location(location(0))).await;
    assert_eq!(liar.reply().await.2, Outcome::FAILED);
    assert_eq!(rig.records().await, []);
    let view = rig.gate().view();
    let reason = |n: &str| view.items.iter().find(|i| i.terminal_number == n).map(|i| i.reason);
    assert_eq!(reason("13900000000"), Some(Reason::UnknownTerminal));
    assert_eq!(reason(SECOND.0), Some(Reason::AlreadyRegistered));
    assert_eq!(reason("13932028103"), Some(Reason::NotAuthenticated));
    assert_eq!(reason(FIRST.0), Some(Reason::NotAuthenticated), "the last thing that happened");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_that_is_not_on_the_disk() {
    let rig = Rig::start(Limits::default()).await;
    let mut terminal = rig.terminal(FIRST).await;
    let kept = terminal.send(&Body::Location(location(0))).await;
    assert_eq!(terminal.reply().await.2, Outcome::DONE);
    rig.disk.fail(Fault::Sync, 0, std::io::ErrorKind::Other);
    let lost = terminal.send(&Body::Location(location(1))).await;
    assert_eq!(terminal.reply().await.2, Outcome::FAILED);
    // It tries again with the same frame, and with others: the log has stopped, so nothing is ever promised again.
    let mut again = Vec::new();
    escape(&lost, &mut again);
    terminal.raw(&again).await;
    assert_eq!(terminal.reply().await.2, Outcome::FAILED);
    terminal.send(&Body::Location(location(2))).await;
    assert_eq!(terminal.reply().await.2, Outcome::FAILED);
    let mut next = rig.terminal(SECOND).await;
    next.send(&Body::Location(location(3))).await;
    assert_eq!(next.reply().await.2, Outcome::FAILED);
    // What a power cut leaves is what was acknowledged.
    let disk = rig.disk.power_cut(1);
    let address = rig.records().await;
    assert_eq!(address, [(record::FRAME, source_of(FIRST.0), kept)]);
    rig.end().await;
    let (log, opened) = Log::open(Arc::new(disk), "/ingest", LogConfig::default()).expect("opens again");
    assert!(opened.next >= 1);
    drop(log);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_counted_and_costs_no_good_frame() {
    let rig = Rig::start(Limits::default()).await;
    let mut terminal = rig.terminal(FIRST).await;
    let c = rig.gate();
    let count = |a: &std::sync::atomic::AtomicU64| a.load(std::sync::atomic::Ordering::Relaxed);
    let bad_before = count(&c.counters.bad_frames);
    let header = terminal.header(id::LOCATION);
    let good = encode(&header, &Body::Location(location(0))).expect("encodes");
    let mut wrong_checksum = good.clone();
    let at = good.len() - 2;
    wrong_checksum[at] ^= 1;
    let mut wrong_length = plain(&good);
    wrong_length[3] += 1;
    let mut wrong_length_framed = Vec::new();
    escape(&wrong_length, &mut wrong_length_framed);
    let mut stream = Vec::new();
    stream.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n");
    stream.extend_from_slice(&good);
    stream.extend_from_slice(&wrong_checksum);
    stream.extend_from_slice(&wrong_length_framed);
    stream.extend_from_slice(&good[..20]);
    let header = terminal.header(id::LOCATION);
    let last = encode(&header, &Body::Location(location(1))).expect("encodes");
    stream.extend_from_slice(&last);
    stream.push(0x7e);
    stream.extend_from_slice(&vec![0x55; 5_000]);
    stream.push(0x7e);
    // In pieces, as a bad network delivers them.
    for piece in stream.chunks(7) {
        terminal.raw(piece).await;
    }
    assert_eq!(terminal.reply().await, (id::LOCATION, terminal.serial - 1, Outcome::DONE));
    assert_eq!(terminal.reply().await, (id::LOCATION, terminal.serial, Outcome::DONE));
    // The same frame again: acknowledged again, kept once.
    terminal.raw(&last).await;
    assert_eq!(terminal.reply().await, (id::LOCATION, terminal.serial, Outcome::DONE));
    // Bodies that cannot be read: off the planet, without a time, cut short.
    let mut off = plain(&good);
    off[12 + 8] = 0xff;
    let mut no_time = plain(&good);
    no_time[12 + 22..12 + 28].fill(0);
    for (frame, code) in [(&off, "latitude_off_planet"), (&no_time, "no_time")] {
        let mut bytes = Vec::new();
        escape(frame, &mut bytes);
        terminal.raw(&bytes).await;
        assert_eq!(terminal.reply().await.2, Outcome::MALFORMED, "{code}");
    }
    terminal.send(&Body::Unknown { id: id::LOCATION, raw: vec![0; 10] }).await;
    assert_eq!(terminal.reply().await.2, Outcome::MALFORMED);
    let expected: Vec<_> =
        [&good, &last].into_iter().map(|f| (record::FRAME, source_of(FIRST.0), plain(f))).collect();
    assert_eq!(rig.records().await, expected);
    assert_eq!(count(&c.counters.bad_checksum), 2, "a flipped bit, and a frame that was cut by the next one");
    assert_eq!(count(&c.counters.too_long), 1);
    assert_eq!(count(&c.counters.garbage_bytes), 18);
    assert_eq!(count(&c.counters.bad_frames) - bad_before, 4);
    let samples = rig.server.kit.parts.get::<Samples>().view();
    let codes: Vec<_> = samples.iter().map(|s| s.code).collect();
    assert_eq!(codes, ["truncated", "no_time", "latitude_off_planet", "length_mismatch"]);
    assert!(samples.iter().all(|s| s.terminal_number == FIRST.0 && !s.frame_hex.is_empty()));
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_costs_the_neighbour_nothing() {
    let rig = Rig::start(Limits { frames_per_second: 50, burst: 2_000, ..Limits::default() }).await;
    let flooder = rig.terminal(SECOND).await;
    let number = flooder.number;
    let (mut theirs, mut ours) = flooder.stream.into_split();
    let stop = tokio_stop();
    let mut stopped = stop.1;
    let flood = tokio::spawn(async move {
        let mut bytes = Vec::new();
        for serial in 0..2_000 {
            let header = Header::new(id::LOCATION, V2019, number, serial);
            bytes.extend(encode(&header, &Body::Location(location(serial.into()))).expect("encodes"));
        }
        // A million frames, for as long as the neighbour speaks; the answers are never read.
        for _ in 0..500 {
            tokio::select! {
                sent = ours.write_all(&bytes) => if sent.is_err() { break },
                _ = stopped.changed() => break,
            }
        }
        ours
    });
    let mut neighbour = rig.terminal(FIRST).await;
    for second in 0..300 {
        neighbour.send(&Body::Location(location(second))).await;
        assert_eq!(neighbour.reply().await, (id::LOCATION, neighbour.serial, Outcome::DONE));
    }
    stop.0.send_replace(true);
    drop(flood.await.expect("the flood ends"));
    let all = rig.records().await;
    assert_eq!(all.iter().filter(|(_, source, _)| *source == source_of(FIRST.0)).count(), 300);
    assert!(all.len() > 300, "the flood was heard too");
    // Its answers are still there to be read.
    let mut some = [0; 64];
    assert!(theirs.read(&mut some).await.is_ok_and(|n| n > 0));
    rig.end().await;
}

fn tokio_stop() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_sockets_are_borne_and_too_many_are_turned_away() {
    let limits = Limits { connections: 1_003, per_address: 1_002, ..Limits::default() };
    let rig = Rig::start(limits).await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        idle.push(TcpStream::connect(rig.address).await.expect("connect"));
    }
    let mut terminal = rig.terminal(FIRST).await;
    terminal.send(&Body::Location(location(0))).await;
    assert_eq!(terminal.reply().await.2, Outcome::DONE);
    let mut second = rig.terminal(SECOND).await;
    let mut third = Terminal::connect(rig.address, "13932028103", V2013).await;
    assert!(third.next().await.is_none(), "more than one address may have");
    assert_eq!(rig.gate().view().counters.map(|c| c.refused_connections), Some(1));
    assert_eq!(rig.gate().view().counters.map(|c| c.connections), Some(1_002));
    second.send(&Body::Heartbeat).await;
    assert_eq!(second.reply().await.2, Outcome::DONE);
    drop(idle);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_nothing_is_disconnected() {
    let rig = Rig::start(Limits { unauthenticated_s: 1, ..Limits::default() }).await;
    let mut terminal = rig.terminal(FIRST).await;
    let mut silent = Terminal::connect(rig.address, SECOND.0, V2019).await;
    let mut chatty = Terminal::connect(rig.address, SECOND.0, V2019).await;
    chatty.send(&Body::Heartbeat).await;
    assert_eq!(chatty.reply().await.2, Outcome::DONE, "a heartbeat is answered before authentication");
    assert!(silent.next().await.is_none());
    assert!(chatty.next().await.is_none(), "heartbeats do not keep a stranger's connection");
    assert_eq!(rig.gate().view().counters.map(|c| c.idle_closed), Some(2));
    terminal.send(&Body::Heartbeat).await;
    assert_eq!(terminal.reply().await.2, Outcome::DONE, "whoever has authenticated stays");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_parts_is_acknowledged_once_it_is_whole() {
    let rig = Rig::start(Limits::default()).await;
    let mut terminal = rig.terminal(FIRST).await;
    let body = batch(80);
    let header = terminal.header(id::BATCH);
    let frames = split(&header, &body).expect("splits");
    assert_eq!(frames.len(), 3);
    terminal.serial += 2;
    terminal.raw(&frames[0]).await;
    terminal.raw(&frames[2]).await;
    // Another message between the parts is answered while they wait.
    terminal.send(&Body::Location(location(0))).await;
    assert_eq!(terminal.reply().await.0, id::LOCATION);
    rig.server.clock.sim().advance(10_000_000);
    let Some((_, Body::PlatformResend(missing))) = terminal.next().await else { panic!("what is missing") };
    assert_eq!((missing.first_serial, &missing.parts[..]), (header.serial, &[2][..]));
    assert_eq!(rig.records().await.len(), 1, "parts alone are nothing");
    terminal.raw(&frames[1]).await;
    for n in 0..3 {
        assert_eq!(terminal.reply().await, (id::BATCH, header.serial + n, Outcome::DONE));
    }
    let all = rig.records().await;
    let (kind, source, payload) = all.last().expect("a record");
    assert_eq!((*kind, *source), (record::JOINED, source_of(FIRST.0)));
    let (joined, raw) = Header::parse_joined(payload).expect("a header");
    assert_eq!((joined.id, joined.serial, joined.part), (id::BATCH, header.serial, None));
    assert_eq!(Body::decode_joined(joined.id, joined.version, raw), Ok(body));
    // A message that cannot be read in the end.
    let header = terminal.header(id::BATCH);
    let junk = Body::Unknown { id: id::BATCH, raw: vec![0xff; 1_500] };
    for frame in split(&header, &junk).expect("splits") {
        terminal.raw(&frame).await;
    }
    assert_eq!(terminal.reply().await.2, Outcome::MALFORMED);
    assert_eq!(terminal.reply().await.2, Outcome::MALFORMED);
    assert_eq!(rig.records().await.len(), 2);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_connection_replaces_the_older() {
    let rig = Rig::start(Limits::default()).await;
    let mut old = rig.terminal(FIRST).await;
    let mut new = rig.terminal(FIRST).await;
    assert!(old.next().await.is_none(), "its seat was taken");
    new.send(&Body::Location(location(0))).await;
    assert_eq!(new.reply().await.2, Outcome::DONE);
    // One connection after the other, with the old code no more.
    drop(new);
    let mut third = rig.terminal(FIRST).await;
    third.send(&Body::Location(location(1))).await;
    assert_eq!(third.reply().await.2, Outcome::DONE);
    assert_eq!(rig.records().await.len(), 2);
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_the_end_is_kept_and_answered() {
    let rig = Rig::start(Limits::default()).await;
    let mut terminal = rig.terminal(FIRST).await;
    let mut bytes = Vec::new();
    for second in 0..200 {
        let header = terminal.header(id::LOCATION);
        bytes.extend(encode(&header, &Body::Location(location(second))).expect("encodes"));
    }
    terminal.raw(&bytes).await;
    terminal.stream.shutdown().await.expect("half closed");
    let mut answered = 0;
    while let Some((_, Body::PlatformReply(reply))) = terminal.next().await {
        assert_eq!(reply.outcome, Outcome::DONE);
        answered += 1;
    }
    assert_eq!(answered, 200);
    assert_eq!(rig.records().await.len(), 200);
    // And the signal: a terminal that is connected is told by the end of its connection.
    let mut other = rig.terminal(SECOND).await;
    rig.stop.send_replace(true);
    assert!(tokio::time::timeout(Duration::from_secs(60), other.next()).await.expect("ends").is_none());
    rig.task.await.expect("ended");
}

mod peer {
    //! The crate `jt808` as terminal: another reading of the standard than ours, written by others.

    use jt808::JtPackage;
    use jt808::bytes::JtBytes;
    use jt808::models::jt0x0200::Jt0x0200;
    use jt808::models::{Jt0x0100, Jt0x0102, Jt808, Jt808BodyTrans};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn it_registers_authenticates_and_reports() {
        let rig = Rig::start(Limits::default()).await;
        for (number, plate, version) in [FIRST, SECOND] {
            let mut terminal = Terminal::connect(rig.address, number, version).await;
            let mut bcd = Jt808::new().sim;
            let width = terminal.number.width_digits();
            bcd.set_val(&format!("{number:0>width$}"), width);
            let sender = JtPackage::new(bcd, version.is_2019(), 1, 1023);
            let mut registration = Jt0x0100 { province: 32, city: 281, color: 2, ..Default::default() };
            registration.maker.set_val("PEER");
            registration.terminal_model.set_val("T-808");
            registration.terminal_id.set_val("A000001");
            registration.name.set_val(plate);
            terminal.raw(&sender.serialize(id::REGISTER, 0, &mut registration)).await;
            let Some((_, Body::RegisterReply(reply))) = terminal.next().await else { panic!("an answer") };
            assert_eq!(reply.outcome, RegisterOutcome::DONE);
            let mut authentication = Jt0x0102::default();
            authentication.authority_code.set_val(reply.code.as_str());
            authentication.imei.set_val("123456789012345");
            authentication.soft_version.set_val("1.0");
            terminal.raw(&sender.serialize(id::AUTHENTICATE, 0, &mut authentication)).await;
            assert_eq!(terminal.reply().await.2, Outcome::DONE);
            let mut body = Vec::new();
            location(7).write(&mut body).expect("a body");
            // It reads times as binary and writes them as BCD: its own clock is used for what it sends.
            let mut report =
                Jt0x0200::fill_new(&mut JtBytes::from(axum::body::Bytes::from(body)), &Jt808::new());
            terminal.raw(&sender.serialize(id::LOCATION, 0, &mut report)).await;
            assert_eq!(terminal.reply().await.2, Outcome::DONE);
            let all = rig.records().await;
            let (_, source, frame) = all.last().expect("a record");
            let (_, Body::Location(kept)) = decode(frame).expect("a location") else { panic!("a location") };
            assert_eq!((*source, kept.lat_e6, kept.lon_e6), (source_of(number), 31_900_000, 120_200_000));
        }
        rig.end().await;
    }
}
