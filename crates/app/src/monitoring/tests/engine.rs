//! From frames in the ingest log to the map, the track and a warning, and back again after a crash.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::access::{OrgKind, Role};
use telemetry::blocks::{BlockConfig, BlockStore};
use telemetry::checkpoint::CheckpointStore;
use telemetry::disk::RealDisk;
use telemetry::log::{Batch, Log, LogConfig};
use tokio::sync::watch;
use wire::jt808::{BatchItem, BatchKind, Body, Header, Location, TerminalNumber, Version, id};

use super::super::engine::{Engine, Parts};
use super::super::gate::source_of;
use super::super::health::Healths;
use super::super::live::Live;
use super::super::tracks::{self, Positions, TrackQuery};
use super::super::warnings::{self, act};
use super::super::{photos, record};
use crate::kit::testing::caller;
use crate::kit::{Clock, Kit, OpContext, Problem, Reach};
use crate::transfer::tests::{House, Outcome};

/// The terminal of the truck that `House` sends, as the demonstration registers it.
const TERMINAL: &str = "13932028101";
const SECOND: i64 = 1_000_000;

/// A live side on a folder.
struct Side {
    log: Arc<Log>,
    stop: watch::Sender<bool>,
    done: tokio::task::JoinHandle<()>,
}

impl Side {
    async fn open(kit: &Arc<Kit>, dir: &Path) -> Outcome<Self> {
        let (log, _) = Log::open(RealDisk::shared(), dir.join(record::LOG_DIR), LogConfig::default())?;
        let (log, disk) = (Arc::new(log), RealDisk::shared());
        let blocks = Arc::new(BlockStore::open(disk, dir.join(record::BLOCK_DIR), BlockConfig::default())?);
        kit.parts.get::<Positions>().open(Arc::clone(&blocks));
        let (checkpoints, from) =
            CheckpointStore::open(RealDisk::shared(), dir.join(record::STATE_DIR), "engine")?;
        let parts = Parts { kit: Arc::clone(kit), log: Arc::clone(&log), blocks, checkpoints, from };
        let engine = Engine::new(parts).await.map_err(|p| format!("{p:?}"))?;
        let (stop, stopped) = watch::channel(false);
        Ok(Self { log, stop, done: tokio::spawn(engine.run(stopped)) })
    }

    async fn close(self) -> Outcome<()> {
        self.stop.send_replace(true);
        Ok(self.done.await?)
    }
}

fn location(at: i64, lat_e6: i32, lon_e6: i32, speed: u16) -> Location {
    Location {
        alarm: 0,
        status: 3,
        lat_e6,
        lon_e6,
        altitude_m: 8,
        speed_kmh_tenths: speed,
        heading_deg: 90,
        time_us: at,
        extras: Vec::new(),
    }
}

fn header(id: u16) -> Outcome<Header> {
    let number = TerminalNumber::padded(TERMINAL, Version::V2013).ok_or("a terminal number")?;
    Ok(Header::new(id, Version::V2013, number, 1))
}

fn frame(at: i64, lat_e6: i32, lon_e6: i32, speed: u16) -> Outcome<Vec<u8>> {
    let body = Body::Location(location(at, lat_e6, lon_e6, speed));
    let bytes = wire::jt808::encode(&header(id::LOCATION)?, &body)?;
    let mut whole = Vec::new();
    wire::jt808::Deframer::new().push(&bytes, &mut |frame| whole.extend_from_slice(frame.unwrap_or(&[])));
    Ok(whole)
}

/// Frames of a truck that stands at a place, one a minute, with the clock of the log between them.
fn standing(from: i64, minutes: i64, lat_e6: i32, lon_e6: i32) -> Outcome<Batch> {
    let mut batch = Batch::new();
    for minute in 0..=minutes {
        let at = from + minute * 60 * SECOND;
        batch.push(source_of(TERMINAL), at, record::FRAME, &frame(at, lat_e6, lon_e6, 0)?)?;
        batch.push(0, at + SECOND, record::TICK, &[])?;
    }
    Ok(batch)
}

/// Waits until `what` is true.
async fn until(what: &str, mut true_now: impl AsyncFnMut() -> bool) -> Outcome<()> {
    for _ in 0..600 {
        if true_now().await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("never came true: {what}").into())
}

fn inspector(h: &House) -> Arc<OpContext> {
    caller(&h.keys.orgs["dept:ecology"], &[OrgKind::Department], &[Role::Inspector, Role::Department])
}

async fn open(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Vec<warnings::WarningSummary>, Problem> {
    let query = warnings::WarningQuery { status: Some("open".into()), ..Default::default() };
    Ok(warnings::list::list(kit, ctx, query).await?.items)
}

db::both! { migrations = crate::migrations();
    fn a_stop_on_the_road_becomes_one_warning_however_often_it_is_replayed(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[900_000]).await?;
        let id = h.on_the_road(&lots).await?;
        let dir = tempfile::tempdir()?;
        let side = Side::open(&h.kit, dir.path()).await?;
        let official = inspector(&h);
        let start = h.clock.now().div_euclid(SECOND) * SECOND;
        // Between the works and the receiver, on no site and in no zone.
        side.log.append(standing(start, 40, 31_870_000, 120_180_000)?).await?;
        let (kit, who) = (Arc::clone(&h.kit), Arc::clone(&official));
        until("the warning is raised", async || {
            open(&kit, &who).await.is_ok_and(|all| all.iter().any(|w| w.rule == "MON-STOP"))
        })
        .await?;
        let all = open(&h.kit, &official).await?;
        let warning = all.iter().find(|w| w.rule == "MON-STOP").ok_or("the warning")?;
        assert_eq!(warning.manifest_id.as_deref(), Some(id.as_str()));
        assert_eq!((warning.count, warning.status.as_str(), warning.severity.as_str()), (1, "raised", "medium"));
        assert!(warning.explanation.contains("30"), "{}", warning.explanation);
        let now = h.kit.parts.get::<Live>().snapshot(&Reach::City);
        assert_eq!(now.len(), 1);
        assert_eq!(now[0].manifest.as_ref().map(|m| m.id.as_str()), Some(id.as_str()));
        assert_eq!((now[0].lat_e6, now[0].lon_e6), (31_870_000, 120_180_000));

        // The parties see the truck and the warning, others neither.
        h.minutes(45);
        let stranger = caller(&h.keys.orgs["steel"], &[OrgKind::Enterprise], &[Role::Manager]);
        assert!(open(&h.kit, &stranger).await?.is_empty());
        assert!(warnings::show::get(&h.kit, &stranger, &warning.id).await.is_err());
        assert!(open(&h.kit, &h.plant).await?.iter().any(|w| w.id == warning.id));
        let track = tracks::of_manifest(&h.kit, &h.plant, &id).await?;
        assert_eq!(track.total_points, 41, "every acknowledged position");
        assert!(tracks::of_manifest(&h.kit, &stranger, &id).await.is_err());
        let vehicle = now[0].vehicle_id.clone();
        let query = TrackQuery {
            from: domain::time::format_instant(start - 3_600 * SECOND),
            to: domain::time::format_instant(start + 7_200 * SECOND),
        };
        assert!(tracks::of_vehicle(&h.kit, &stranger, &vehicle, &query).await.is_err());
        assert_eq!(tracks::of_vehicle(&h.kit, &official, &vehicle, &query).await?.total_points, 41);

        // The same frames again, as after a crash without a checkpoint.
        let events = h.kit.db.head(&h.kit.settings.tenant).await?.0;
        side.close().await?;
        std::fs::remove_dir_all(dir.path().join(record::STATE_DIR))?;
        let again = Side::open(&h.kit, dir.path()).await?;
        let end = again.log.durable_end();
        again.log.append(standing(start + 41 * 60 * SECOND, 1, 31_870_000, 120_180_000)?).await?;
        let live = h.kit.parts.get::<Live>();
        until("the log was read again", async || {
            live.snapshot(&Reach::City).first().is_some_and(|v| v.at == domain::time::format_instant(start + 42 * 60 * SECOND))
        })
        .await?;
        assert!(again.log.durable_end() > end);
        let all = open(&h.kit, &official).await?;
        assert_eq!(all.iter().filter(|w| w.rule == "MON-STOP").map(|w| w.count).collect::<Vec<_>>(), [1]);
        assert_eq!(h.kit.db.head(&h.kit.settings.tenant).await?.0, events, "nothing was recorded twice");
        assert_eq!(tracks::of_vehicle(&h.kit, &official, &vehicle, &query).await?.total_points, 43, "nor stored twice");
        again.close().await?;
        Ok(())
    }
}

db::both! { migrations = crate::migrations();
    fn a_warning_is_assigned_verified_closed_and_appealed_by_the_right_people(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[900_000]).await?;
        h.on_the_road(&lots).await?;
        let dir = tempfile::tempdir()?;
        let side = Side::open(&h.kit, dir.path()).await?;
        let official = inspector(&h);
        let start = h.clock.now().div_euclid(SECOND) * SECOND;
        side.log.append(standing(start, 40, 31_870_000, 120_180_000)?).await?;
        let (kit, who) = (Arc::clone(&h.kit), Arc::clone(&official));
        until("the warning is raised", async || {
            open(&kit, &who).await.is_ok_and(|all| all.iter().any(|w| w.rule == "MON-STOP"))
        })
        .await?;
        let all = open(&h.kit, &official).await?;
        let w = all.iter().find(|w| w.rule == "MON-STOP").ok_or("the warning")?.id.clone();
        let view = warnings::show::get(&h.kit, &official, &w).await?;
        assert_eq!(view.may, ["assign", "close"]);
        assert!(view.facts.iter().any(|f| f.name == "stopped_minutes"), "{:?}", view.facts);
        assert!(!view.citation.is_empty() && !view.condition.text.is_empty());
        assert_eq!(warnings::show::get(&h.kit, &h.plant, &w).await?.may, ["appeal"]);

        // Nobody is invented as assignee, and a stale version is refused.
        let assign = |account: &str| act::Act::Assign(act::AssignBody {
            account_id: account.to_owned(), due_at: None, note: String::new(),
        });
        let refused = act::act(&h.kit, &official, &w, 1, assign("nobody")).await.expect_err("no such account");
        assert_eq!(refused.errors[0].rule, "MON-W-004");
        let account = person(&h, &official).await?;
        let seen = act::act(&h.kit, &official, &w, 1, assign(&account)).await?;
        assert_eq!((seen.summary.status.as_str(), seen.summary.version), ("assigned", 2));
        assert!(act::act(&h.kit, &official, &w, 1, assign(&account)).await.is_err(), "stale");
        assert!(act::act(&h.kit, &h.plant, &w, 2, assign(&account)).await.is_err(), "a firm assigns nothing");

        let png = [&b"\x89PNG\r\n\x1a\n"[..], b"not really, but it begins like one"].concat();
        let photo = photos::put(&h.kit, &official, png).await?.sha256;
        let verify = |photos: Vec<String>| act::Act::Verify(act::VerifyBody {
            finding: "confirmed".into(), note: "现场核实属实".into(), photos, place: None, occurred_at: None,
        });
        let unknown = act::act(&h.kit, &official, &w, 2, verify(vec!["0".repeat(64)])).await.expect_err("no photo");
        assert_eq!(unknown.errors[0].rule, "LIVE-102");
        assert!(photos::get(&h.kit, &h.plant, &photo).await.is_err(), "nothing refers to it yet");
        act::act(&h.kit, &official, &w, 2, verify(vec![photo.clone()])).await?;
        assert!(photos::get(&h.kit, &h.plant, &photo).await.is_ok(), "a firm concerned sees the evidence");

        let close = act::Act::Close(act::CloseBody { outcome: "resolved".into(), note: "已教育驾驶员".into() });
        let closed = act::act(&h.kit, &official, &w, 3, close).await?;
        assert_eq!(closed.summary.status, "closed");
        let appeal = act::Act::Appeal(act::AppealBody { note: "车辆故障，有维修单".into(), photos: Vec::new() });
        let appealed = act::act(&h.kit, &h.plant, &w, 4, appeal).await?;
        assert_eq!(appealed.summary.status, "appealed");
        let decide = act::Act::Decide(act::DecideBody { upheld: true, note: "理由成立".into() });
        let decided = act::act(&h.kit, &official, &w, 5, decide).await?;
        assert_eq!(decided.summary.status, "closed");
        let words: Vec<&str> = decided.timeline.iter().map(|s| s.action.as_str()).collect();
        assert_eq!(words, ["raised", "assigned", "verified", "closed", "appealed", "decided"]);
        assert!(!open(&h.kit, &official).await?.iter().any(|o| o.id == w));
        side.close().await?;
        Ok(())
    }
}

db::both! { migrations = crate::migrations();
    fn a_batch_that_came_in_parts_moves_the_truck_however_long_it_is(db) {
        let h = House::new(db).await?;
        let lots = h.containers(&[900_000]).await?;
        h.on_the_road(&lots).await?;
        let dir = tempfile::tempdir()?;
        let side = Side::open(&h.kit, dir.path()).await?;
        let start = h.clock.now().div_euclid(SECOND) * SECOND;
        let items = (0..50)
            .map(|i| BatchItem::Location(location(start + i64::from(i) * 10 * SECOND, 31_870_000 + i * 500, 120_180_000, 200)))
            .collect();
        let (header, mut body) = (header(id::BATCH)?, Vec::new());
        Body::Batch(wire::jt808::Batch { kind: BatchKind::RESENT, items }).write(Version::V2013, &mut body)?;
        assert!(body.len() > 1_023, "longer than the body of any frame");
        let mut message = Vec::new();
        header.write_joined(body.len(), &mut message)?;
        message.extend_from_slice(&body);
        let mut batch = Batch::new();
        batch.push(source_of(TERMINAL), start + 500 * SECOND, record::JOINED, &message)?;
        side.log.append(batch).await?;
        let live = h.kit.parts.get::<Live>();
        until("the truck is where the last position of the batch says", async || {
            live.snapshot(&Reach::City).first().is_some_and(|v| v.lat_e6 == 31_870_000 + 49 * 500)
        })
        .await?;
        side.close().await?;
        Ok(())
    }
}

db::both! { migrations = crate::migrations();
    fn a_start_that_ends_before_the_log_is_read_again_learns_nothing_twice(db) {
        let h = House::new(db).await?;
        let dir = tempfile::tempdir()?;
        let side = Side::open(&h.kit, dir.path()).await?;
        let start = h.clock.now().div_euclid(SECOND) * SECOND;
        side.log.append(standing(start, 5, 31_870_000, 120_180_000)?).await?;
        let healths = h.kit.parts.get::<Healths>();
        let frames = || healths.get().get(TERMINAL).map_or(0, |d| d.frames);
        until("every frame is counted", async || frames() == 6).await?;
        side.close().await?;
        // Told to stop before it has read a record.
        Side::open(&h.kit, dir.path()).await?.close().await?;
        let again = Side::open(&h.kit, dir.path()).await?;
        again.log.append(standing(start + 6 * 60 * SECOND, 0, 31_870_000, 120_180_000)?).await?;
        until("the new frame is counted", async || frames() > 6).await?;
        again.close().await?;
        assert_eq!(frames(), 7, "and none of the old ones again");
        Ok(())
    }
}

/// An account of the official's own organisation, so that a warning can be given to it.
async fn person(h: &House, official: &Arc<OpContext>) -> Outcome<String> {
    let system = OpContext::system(&h.kit.settings.tenant);
    let new = crate::identity::NewAccount {
        login: "inspector-x".into(),
        name: "测试员".into(),
        phone: None,
        org_id: official.org_id.clone(),
        roles: vec![Role::Inspector],
        password: crate::identity::FirstPassword::Hashed("x".into()),
    };
    let made = crate::identity::create_account(&h.kit, &system, new).await.map_err(|p| format!("{p:?}"))?;
    Ok(made.0)
}
