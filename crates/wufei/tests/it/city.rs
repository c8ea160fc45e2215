//! The large city over a few days: one seed gives one journal, and no gram comes from nowhere or goes there.

use std::sync::Arc;

use app::kit::clock::{SeededIds, SwitchClock};
use app::kit::{Clock, Kit};
use db::{Sql, params};
use simulator::{Options, Size};
use wufei::commands::demo_settings;
use wufei::house::{self, Plan, Profile};

use crate::support::START;

const SEED: u64 = 5;
/// From a Wednesday to a Monday: a Friday, on which receivers treat, and a weekend, on which hospitals go on.
const DAYS: i64 = 5;

async fn played(dir: &std::path::Path) -> Arc<Kit> {
    let profile = Profile::named("jiangyin").expect("profile");
    let clock = Arc::new(SwitchClock::simulated(0));
    let kit = house::open(Plan {
        url: house::sqlite_url(dir),
        data_dir: dir.to_owned(),
        settings: demo_settings("jiangyin", &profile),
        profile,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ids: Arc::new(SeededIds::new(SEED)),
        past: Some(SEED),
    })
    .await
    .expect("house");
    let story = Options { seed: SEED, now: START, days: DAYS, size: Size::City };
    let played = simulator::play(&kit, &clock, &story, &|_, _| {}).await.expect("city");
    assert!(played.manifests > 20 && played.containers > 100, "{played:?}");
    kit
}

async fn count(kit: &Kit, sql: &'static str) -> i64 {
    let tenant = kit.settings.tenant.clone();
    kit.db
        .read::<_, db::DbError, _>(move |s| {
            Box::pin(async move { s.query_one(sql, &params![tenant]).await?.get("n") })
        })
        .await
        .expect("count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_gives_one_journal_and_no_gram_is_lost() {
    let (one, two) = (tempfile::tempdir().expect("directory"), tempfile::tempdir().expect("directory"));
    let first = played(one.path()).await;
    let head = first.db.head(&first.settings.tenant).await.expect("head");
    // What left a container and what is in it is what it held.
    let broken = "select count(*) as n from lot l where l.tenant_id = $1 and l.initial_g <> l.remaining_g + \
        (select cast(coalesce(sum(e.mass_g), 0) as bigint) from lot_edge e where e.tenant_id = l.tenant_id and e.src = l.id)";
    assert_eq!(count(&first, broken).await, 0);
    // And the ledger's entries add up to what lies in store.
    let entries = count(
        &first,
        "select cast(coalesce(sum(mass_g), 0) as bigint) as n from ledger_entry where tenant_id = $1",
    );
    let stock = count(
        &first,
        "select cast(coalesce(sum(remaining_g), 0) as bigint) as n from lot \
         where tenant_id = $1 and kind = 'waste' and in_stock = true",
    );
    assert_eq!(entries.await, stock.await);
    drop(first);
    let second = played(two.path()).await;
    assert_eq!(second.db.head(&second.settings.tenant).await.expect("head"), head);
}
