//! `cargo xtask torture kill`: clients sign manifests over HTTP while the server is killed and started again.
//! After every kill each acknowledged signature must be there exactly once and none may be half there: the
//! document's status, its signatures and its events must tell the same story. At the end the whole record is
//! replayed by `wufei verify --rebuild`. SIGKILL does not take the machine's page cache away: what a missing
//! fsync loses needs another test.

mod acks;
mod chance;
mod check;
mod client;
mod http;
pub mod ingest;
mod server;
mod setup;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use acks::Acks;
use chance::Chance;
use client::Client;
use server::{Store, Victim};
use setup::Cast;

use crate::postgres::{self, Address, Server as Postgres};
use crate::sh::{self, Result};

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// A server.
    Postgres,
}

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Prey {
    /// The wufei process.
    Wufei,
    /// The database server (a private one is started for it).
    Database,
    /// One or the other, by chance.
    Either,
}

/// Options of `torture kill`.
#[derive(clap::Args, Debug, Clone)]
pub struct KillArgs {
    /// How often to kill.
    #[arg(long, default_value_t = 200)]
    pub cycles: u32,
    /// Database engine.
    #[arg(long, value_enum, default_value = "sqlite")]
    pub engine: Engine,
    /// What is killed; with SQLite always the wufei process.
    #[arg(long, value_enum, default_value = "wufei")]
    pub kill: Prey,
    /// Seed of the moments and of the load; a new one each time when left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Clients at once.
    #[arg(long, default_value_t = 8)]
    pub clients: usize,
    /// PostgreSQL to use, such as postgres://postgres@127.0.0.1:5432/postgres; found or started when left out.
    #[arg(long)]
    pub postgres: Option<String>,
    /// Server binary; built when left out.
    #[arg(long)]
    pub bin: Option<PathBuf>,
    /// Keep the data directory.
    #[arg(long)]
    pub keep: bool,
}

impl KillArgs {
    /// A short run with a binary that is already built.
    pub fn short(engine: Engine, cycles: u32, postgres: String) -> Self {
        let bin = Some(sh::target_dir().join("debug/wufei"));
        Self {
            cycles,
            engine,
            kill: Prey::Wufei,
            seed: None,
            clients: 4,
            postgres: Some(postgres),
            bin,
            keep: false,
        }
    }
}

/// Runs the torture; gives the number of kills survived.
pub fn kill(args: &KillArgs) -> Result<u64> {
    let seed = args.seed.unwrap_or_else(Chance::any_seed);
    println!(
        "torture kill: {} cycles on {:?}, {} clients; repeat with --seed {seed}",
        args.cycles, args.engine, args.clients
    );
    let bin = match &args.bin {
        Some(b) => b.clone(),
        None => sh::build_wufei()?,
    };
    let dir = sh::scratch("torture")?.join(format!("{}-{seed}", std::process::id()));
    let mut victim = Victim::prepare(&bin, &dir, store(args, seed)?, seed)?;
    let result = Run::new(args, seed, &mut victim).and_then(|mut run| run.all());
    match result {
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

fn store(args: &KillArgs, seed: u64) -> Result<Store> {
    if args.engine == Engine::Sqlite {
        return Ok(Store::Sqlite);
    }
    let private = || {
        let bin = postgres::binaries().ok_or("no PostgreSQL is installed (no initdb found)")?;
        Postgres::start(&bin, true)
    };
    let server = match (&args.postgres, args.kill) {
        (_, Prey::Database | Prey::Either) => private()?,
        (Some(url), Prey::Wufei) => Postgres::at(Address::parse(url)?),
        (None, Prey::Wufei) => match postgres::running()? {
            Some(server) => server,
            None => private()?,
        },
    };
    Ok(Store::Postgres { server, database: format!("wufei_torture_{}_{seed}", std::process::id()) })
}

/// One run.
struct Run<'a> {
    args: &'a KillArgs,
    victim: &'a mut Victim,
    chance: Chance,
    acks: Arc<Acks>,
    clients: Vec<Client>,
    slowest_start: f64,
}

impl<'a> Run<'a> {
    fn new(args: &'a KillArgs, seed: u64, victim: &'a mut Victim) -> Result<Self> {
        let mut chance = Chance::new(seed);
        let first = victim.start(Duration::from_secs(300))?;
        println!("first start: {first:.1} s");
        let cast = Arc::new(Cast::find(victim.port)?);
        let acks = Arc::new(Acks::create(&victim.dir.join("acknowledged.jsonl"))?);
        let clients = (0..args.clients.max(1))
            .map(|no| {
                Client::new(no, victim.port, Arc::clone(&cast), Arc::clone(&acks), Chance::new(chance.next()))
            })
            .collect();
        Ok(Self { args, victim, chance, acks, clients, slowest_start: 0.0 })
    }

    fn all(&mut self) -> Result<u64> {
        let begun = Instant::now();
        let mut said = Instant::now();
        for cycle in 1..=self.args.cycles {
            let from = self.acks.len();
            self.load(cycle)?;
            self.come_back(cycle)?;
            let open = self.check(from).map_err(|e| format!("cycle {cycle}: {e}"))?;
            if said.elapsed() > Duration::from_secs(10) || cycle == self.args.cycles {
                println!(
                    "cycle {cycle}: {} signatures acknowledged, {open} unanswered in the last, {:.0} s",
                    self.acks.count(),
                    begun.elapsed().as_secs_f64()
                );
                said = Instant::now();
            }
        }
        let acknowledged = self.acks.count();
        if acknowledged == 0 {
            return Err("no signature was acknowledged at all: the load did not work".into());
        }
        // Once more over everything, then offline, from the journal up.
        self.check(0)?;
        self.victim.kill()?;
        let report = self.victim.verify(true)?;
        println!("{}", report.trim_end());
        println!(
            "{} kills survived: {acknowledged} acknowledged signatures ({}), each there once, none half there; slowest start {:.1} s; {:.0} s in all",
            self.args.cycles,
            self.acks.by_step(),
            self.slowest_start,
            begun.elapsed().as_secs_f64()
        );
        Ok(u64::from(self.args.cycles))
    }

    /// Signs with all clients until the server is killed at a moment of chance.
    fn load(&mut self, cycle: u32) -> Result<()> {
        let stop = AtomicBool::new(false);
        let error = Mutex::new(None);
        let wait = Duration::from_millis(150 + self.chance.below(1_400));
        let prey = self.prey();
        let victim = &mut *self.victim;
        let killed = std::thread::scope(|scope| {
            for c in &mut self.clients {
                let (stop, error) = (&stop, &error);
                scope.spawn(move || c.work(stop, error));
            }
            std::thread::sleep(wait);
            let killed = match (&victim.store, prey) {
                (Store::Postgres { server, .. }, Prey::Database) => server.kill(),
                _ => victim.kill(),
            };
            stop.store(true, Ordering::Relaxed);
            killed
        });
        killed?;
        let first = error.lock().map_err(|_| "a client died")?.take();
        first.map_or(Ok(()), |e| Err(format!("cycle {cycle}: {e}")))
    }

    fn prey(&mut self) -> Prey {
        match self.args.kill {
            Prey::Either if self.chance.below(2) == 0 => Prey::Database,
            Prey::Either => Prey::Wufei,
            other => other,
        }
    }

    /// Starts again; now and then the start itself is killed first.
    fn come_back(&mut self, cycle: u32) -> Result<()> {
        if let Store::Postgres { server, .. } = &self.victim.store {
            server.up()?;
        }
        if cycle.is_multiple_of(7) {
            self.victim.kill()?;
            self.victim.spawn()?;
            std::thread::sleep(Duration::from_millis(self.chance.below(400)));
            self.victim.kill()?;
        }
        let took = self.victim.start(Duration::from_secs(60))?;
        self.slowest_start = self.slowest_start.max(took);
        self.clients.iter_mut().for_each(Client::reset);
        Ok(())
    }

    /// Holds the record of the clients against the server's; gives how many acts had stayed unanswered.
    fn check(&mut self, from: usize) -> Result<usize> {
        let asks = self.acks.since(from);
        check::all(&mut self.clients, &asks)
    }
}
