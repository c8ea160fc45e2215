//! `cargo xtask torture ingest`: terminals send positions over JT/T 808 while the server is killed and started again.
//! After every kill each frame that was acknowledged must stand in the ingest log exactly once, and nothing that was
//! never sent may stand there. Frames that got no answer are sent again, as terminals do, and may stand there twice.
//! SIGKILL does not take the machine's page cache away: the power cut is simulated in the tests of `telemetry`.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::Value;
use wire::jt808::{
    Authentication, Body, Deframer, Header, Location, Outcome, Registration, TerminalNumber, Text, Version,
    decode, encode, id,
};

use super::chance::Chance;
use super::server::{Store, Victim};
use crate::sh::{self, Result};

/// Options of `torture ingest`.
#[derive(clap::Args, Debug, Clone)]
pub struct IngestArgs {
    /// How often to kill.
    #[arg(long, default_value_t = 200)]
    pub cycles: u32,
    /// Seed of the moments; a new one each time when left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Frames that a terminal sends before it waits for their acknowledgements.
    #[arg(long, default_value_t = 64)]
    pub window: usize,
    /// Server binary; built when left out.
    #[arg(long)]
    pub bin: Option<PathBuf>,
    /// Keep the data directory.
    #[arg(long)]
    pub keep: bool,
}

impl IngestArgs {
    /// A short run with a binary that is already built.
    pub fn short(cycles: u32) -> Self {
        let bin = Some(sh::target_dir().join("debug/wufei"));
        Self { cycles, seed: None, window: 64, bin, keep: false }
    }
}

/// Runs the torture; gives the number of kills survived.
pub fn run(args: &IngestArgs) -> Result<u64> {
    let seed = args.seed.unwrap_or_else(Chance::any_seed);
    println!("torture ingest: {} cycles; repeat with --seed {seed}", args.cycles);
    let bin = match &args.bin {
        Some(b) => b.clone(),
        None => sh::build_wufei()?,
    };
    let dir = sh::scratch("torture")?.join(format!("ingest-{}-{seed}", std::process::id()));
    let mut victim = Victim::prepare(&bin, &dir, Store::Sqlite, seed)?;
    let gateway = sh::free_port()?;
    victim.more(&["--no-trucks", "--gateway-port", &gateway.to_string()]);
    match cycles(args, seed, gateway, &mut victim) {
        Ok(n) if args.keep => {
            println!("kept: {}", victim.dir.display());
            Ok(n)
        }
        Ok(n) => victim.clean().map(|()| n),
        Err(e) => {
            Err(format!("{e}\nrepeat with --seed {seed}; everything is kept in {}", victim.dir.display()))
        }
    }
}

fn cycles(args: &IngestArgs, seed: u64, gateway: u16, victim: &mut Victim) -> Result<u64> {
    let mut chance = Chance::new(seed);
    let first = victim.start(Duration::from_secs(300))?;
    println!("first start: {first:.1} s");
    let mut seats = Seat::all(&victim.dir.join("data/trucks.json"))?;
    let (mut from, mut total, mut again, mut slowest) = (0, 0, 0, 0_f64);
    let (begun, mut said) = (Instant::now(), Instant::now());
    for cycle in 1..=args.cycles {
        let stop = AtomicBool::new(false);
        let wait = Duration::from_millis(200 + chance.below(1_300));
        let (worked, killed) = std::thread::scope(|scope| {
            let stop = &stop;
            let work: Vec<_> = seats
                .iter_mut()
                .map(|seat| scope.spawn(move || seat.work(gateway, args.window.max(1), stop)))
                .collect();
            std::thread::sleep(wait);
            let killed = victim.kill();
            stop.store(true, Ordering::Relaxed);
            (work.into_iter().map(|w| w.join()).collect::<Vec<_>>(), killed)
        });
        killed?;
        for one in worked {
            one.map_err(|_| "a terminal died")??;
        }
        let log = Dump::read(&victim.dump(from)?)?;
        let acknowledged = check(&mut seats, &log).map_err(|e| format!("cycle {cycle}: {e}"))?;
        total += acknowledged;
        again += seats.iter().map(|s| s.open.len()).sum::<usize>();
        from = log.end.max(from);
        if cycle.is_multiple_of(7) {
            victim.spawn()?;
            std::thread::sleep(Duration::from_millis(chance.below(400)));
            victim.kill()?;
        }
        slowest = slowest.max(victim.start(Duration::from_secs(60))?);
        if said.elapsed() > Duration::from_secs(10) || cycle == args.cycles {
            println!(
                "cycle {cycle}: {total} frames acknowledged, {again} unanswered and sent again, {:.0} s",
                begun.elapsed().as_secs_f64()
            );
            said = Instant::now();
        }
    }
    if total == 0 {
        return Err("no frame was acknowledged at all: the load did not work".into());
    }
    println!(
        "{} kills survived: {total} acknowledged frames, each in the log once; {again} without an answer were sent \
         again; slowest start {slowest:.1} s; {:.0} s in all",
        args.cycles,
        begun.elapsed().as_secs_f64()
    );
    Ok(u64::from(args.cycles))
}

/// What makes a frame one of its kind.
type Key = (u16, i64);

/// A terminal with what it sent in this cycle.
struct Seat {
    number: TerminalNumber,
    version: Version,
    plate: String,
    serial: u16,
    /// Time of the next position, UTC microseconds.
    time: i64,
    /// Sent in this cycle: whether it was acknowledged, and whether it is a repetition.
    sent: HashMap<Key, (bool, bool)>,
    /// Got no answer: to be sent again.
    open: Vec<Key>,
}

impl Seat {
    /// The terminals that the demonstration's registers have.
    fn all(plan: &Path) -> Result<Vec<Self>> {
        let broken = |e: &dyn std::fmt::Display| format!("{}: {e}", plan.display());
        let text = std::fs::read_to_string(plan).map_err(|e| broken(&e))?;
        let modified = std::fs::metadata(plan).and_then(|m| m.modified()).map_err(|e| broken(&e))?;
        let now = modified.duration_since(UNIX_EPOCH).map_err(|e| broken(&e))?.as_secs();
        // Positions of the last weeks, a second apart, so that no two of a terminal have the same time.
        let begin = i64::try_from(now).unwrap_or(0) - 25 * 86_400;
        let plan: Value = serde_json::from_str(&text).map_err(|e| broken(&e))?;
        let word = |t: &Value, key: &str| t[key].as_str().unwrap_or_default().to_owned();
        let all = plan["trucks"].as_array().into_iter().flatten().filter_map(|t| {
            let v2019 = t["protocol"] == "jt808_2019";
            let version = if v2019 { Version::V2019 { protocol: 1 } } else { Version::V2013 };
            Some(Self {
                number: TerminalNumber::padded(&word(t, "terminal_number"), version)?,
                version,
                plate: word(t, "plate"),
                serial: 0,
                time: begin * 1_000_000,
                sent: HashMap::new(),
                open: Vec::new(),
            })
        });
        let all: Vec<Self> = all.collect();
        if all.is_empty() { Err("the demonstration has no terminals".into()) } else { Ok(all) }
    }

    /// Sends until it is told to stop or the connection breaks. An error is a defect; a broken connection is none.
    fn work(&mut self, port: u16, window: usize, stop: &AtomicBool) -> Result<()> {
        self.sent.clear();
        let Ok(mut link) = Link::open(port) else { return Ok(()) };
        let known = match self.sign_in(&mut link) {
            Ok(known) => known,
            // Killed in the middle of it.
            Err(_) => return Ok(()),
        };
        if !known {
            return Err(format!("terminal {} was not let in", self.number));
        }
        while !stop.load(Ordering::Relaxed) {
            let mut bytes = Vec::new();
            // A number may stand for two frames, an old one that is repeated and a new one.
            let mut waiting: HashMap<u16, Vec<Key>> = HashMap::new();
            for key in std::mem::take(&mut self.open) {
                self.say(key, true, &mut bytes, &mut waiting)?;
            }
            for _ in 0..window {
                self.serial = self.serial.wrapping_add(1);
                self.time += 1_000_000;
                self.say((self.serial, self.time), false, &mut bytes, &mut waiting)?;
            }
            if link.stream.write_all(&bytes).is_err() {
                return Ok(());
            }
            while !waiting.is_empty() {
                let Ok((_, body)) = link.next() else { return Ok(()) };
                let Body::PlatformReply(reply) = body else { continue };
                if reply.outcome != Outcome::DONE {
                    return Err(format!("a good frame was answered with `{}`", reply.outcome.name()));
                }
                let Some(keys) = waiting.get_mut(&reply.serial) else { continue };
                if let Some((done, _)) = keys.pop().and_then(|key| self.sent.get_mut(&key)) {
                    *done = true;
                }
                if keys.is_empty() {
                    waiting.remove(&reply.serial);
                }
            }
        }
        Ok(())
    }

    fn say(
        &mut self,
        key: Key,
        repeated: bool,
        bytes: &mut Vec<u8>,
        waiting: &mut HashMap<u16, Vec<Key>>,
    ) -> Result<()> {
        self.sent.insert(key, (false, repeated));
        waiting.entry(key.0).or_default().push(key);
        self.frame(key, bytes)
    }

    fn frame(&self, (serial, time_us): Key, out: &mut Vec<u8>) -> Result<()> {
        let location = Location {
            alarm: 0,
            status: 3,
            lat_e6: 31_900_000 + i32::from(serial % 1_000),
            lon_e6: 120_200_000,
            altitude_m: 5,
            speed_kmh_tenths: 400,
            heading_deg: 90,
            time_us,
            extras: Vec::new(),
        };
        let header = Header::new(id::LOCATION, self.version, self.number, serial);
        out.extend(encode(&header, &Body::Location(location)).map_err(|e| e.to_string())?);
        Ok(())
    }

    fn sign_in(&mut self, link: &mut Link) -> std::io::Result<bool> {
        let plate = Text::from(self.plate.as_str());
        let registration = Registration { plate_colour: 2, plate, ..Registration::default() };
        let code = match self.ask(link, &Body::Register(registration))? {
            Body::RegisterReply(r) => r.code,
            _ => return Ok(false),
        };
        let answer =
            self.ask(link, &Body::Authenticate(Authentication { code, ..Authentication::default() }))?;
        Ok(matches!(answer, Body::PlatformReply(r) if r.outcome == Outcome::DONE))
    }

    fn ask(&mut self, link: &mut Link, body: &Body) -> std::io::Result<Body> {
        self.serial = self.serial.wrapping_add(1);
        let header = Header::new(body.id(), self.version, self.number, self.serial);
        link.stream.write_all(&encode(&header, body).map_err(std::io::Error::other)?)?;
        Ok(link.next()?.1)
    }
}

/// A connection.
struct Link {
    stream: TcpStream,
    deframer: Deframer,
    inbox: std::collections::VecDeque<(Header, Body)>,
}

impl Link {
    fn open(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, deframer: Deframer::new(), inbox: std::collections::VecDeque::new() })
    }

    fn next(&mut self) -> std::io::Result<(Header, Body)> {
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return Ok(message);
            }
            let mut bytes = [0; 4096];
            let count = self.stream.read(&mut bytes)?;
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let inbox = &mut self.inbox;
            self.deframer
                .push(&bytes[..count], &mut |frame| inbox.extend(frame.ok().and_then(|f| decode(f).ok())));
        }
    }
}

/// What `wufei ingest dump` printed: how often each frame stands in the log.
struct Dump {
    frames: HashMap<(String, Key), u32>,
    /// Offset after the last record.
    end: u64,
}

impl Dump {
    fn read(text: &str) -> Result<Self> {
        let mut dump = Self { frames: HashMap::new(), end: 0 };
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).map_err(|e| format!("dump: {e}: {line}"))?;
            if record["gap"] == true {
                return Err(format!("the log has a gap: {line}"));
            }
            dump.end = record["offset"].as_u64().unwrap_or(0) + 1;
            if record["message"] != "location" {
                continue;
            }
            let serial = record["serial"].as_u64().and_then(|s| u16::try_from(s).ok());
            let key = serial
                .zip(record["time"].as_i64())
                .ok_or_else(|| format!("a frame cannot be read: {line}"))?;
            let terminal = record["terminal"].as_str().unwrap_or_default().to_owned();
            *dump.frames.entry((terminal, key)).or_default() += 1;
        }
        Ok(dump)
    }
}

/// Holds what was sent in a cycle against the log; gives how many frames were acknowledged.
fn check(seats: &mut [Seat], log: &Dump) -> Result<usize> {
    let (mut acknowledged, mut found) = (0, 0);
    for seat in seats {
        let terminal = seat.number.significant();
        for (key, (done, repeated)) in &seat.sent {
            let there = log.frames.get(&(terminal.clone(), *key)).copied().unwrap_or(0);
            let which = || format!("terminal {terminal}, serial {}, time {}", key.0, key.1);
            match (done, there) {
                (true, 0) => return Err(format!("an acknowledged frame is lost: {}", which())),
                (_, 2..) if !repeated => return Err(format!("a frame is there {there} times: {}", which())),
                _ => {}
            }
            acknowledged += usize::from(*done);
            found += usize::from(there > 0);
        }
        let open = seat.sent.iter().filter(|(_, (done, _))| !done).map(|(key, _)| *key);
        seat.open = open.collect();
        seat.open.sort_unstable_by_key(|(_, time)| *time);
    }
    if found != log.frames.len() {
        return Err(format!("{} frames in the log were not sent in this cycle", log.frames.len() - found));
    }
    Ok(acknowledged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(sent: &[(Key, (bool, bool))]) -> Seat {
        let version = Version::V2013;
        Seat {
            number: TerminalNumber::padded("139", version).unwrap(),
            version,
            plate: String::new(),
            serial: 0,
            time: 0,
            sent: sent.iter().copied().collect(),
            open: Vec::new(),
        }
    }

    fn log(frames: &[(Key, u32)]) -> Dump {
        let lines = frames.iter().flat_map(|((serial, time), n)| {
            let line = format!(
                r#"{{"offset":7,"message":"location","terminal":"139","serial":{serial},"time":{time}}}"#
            );
            std::iter::repeat_n(line, *n as usize)
        });
        Dump::read(&lines.collect::<Vec<_>>().join("\n")).unwrap()
    }

    #[test]
    fn what_is_lost_doubled_or_invented_is_found() {
        let mut fine = [seat(&[((1, 1), (true, false)), ((2, 2), (false, false)), ((3, 3), (true, true))])];
        assert_eq!(check(&mut fine, &log(&[((1, 1), 1), ((3, 3), 2)])), Ok(2));
        assert_eq!(fine[0].open, [(2, 2)]);
        let lost = check(&mut [seat(&[((1, 1), (true, false))])], &log(&[]));
        assert!(lost.unwrap_err().contains("lost"));
        let twice = check(&mut [seat(&[((1, 1), (true, false))])], &log(&[((1, 1), 2)]));
        assert!(twice.unwrap_err().contains("2 times"));
        let invented = check(&mut [seat(&[])], &log(&[((9, 9), 1)]));
        assert!(invented.unwrap_err().contains("not sent"));
        assert!(Dump::read(r#"{"gap":true,"from":1,"to":2}"#).is_err());
    }
}
