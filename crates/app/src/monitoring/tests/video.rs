//! Video: events are taken once, of own cameras, and decided once by a person; what lacks a camera is listed.

use std::sync::Arc;

use db::Sql;
use domain::access::{OrgKind, Role};
use domain::time::format_instant;

use super::super::video::{
    self, CompletenessQuery, VideoDecisionBody, VideoEventBody, VideoEventView, VideoQuery,
};
use super::super::{judge, photos, rules, warnings};
use crate::kit::testing::{caller, with_key};
use crate::kit::{Clock, Code, OpContext, Problem};
use crate::transfer::tests::{House, Outcome};

const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3];
const SECOND: i64 = 1_000_000;

fn inspector() -> Arc<OpContext> {
    caller("dept", &[OrgKind::Department], &[Role::Inspector])
}

fn town(code: &str) -> Arc<OpContext> {
    let ctx = caller("town", &[OrgKind::Town], &[Role::Town]);
    Arc::new(OpContext { town_code: Some(code.to_owned()), ..(*ctx).clone() })
}

/// A camera of a site, by what it looks at: id, GB/T 28181 identity.
async fn camera(h: &House, site: &str, point: &str) -> Outcome<(String, String)> {
    let values = db::params![h.plant.tenant.as_str(), h.keys.sites[site].as_str(), point];
    let row = h
        .kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let text =
                    "select id, gb28181_id from camera where tenant_id = $1 and site_id = $2 and point = $3";
                Ok(sql.query_one(text, &values).await?)
            })
        })
        .await?;
    Ok((row.get("id")?, row.get("gb28181_id")?))
}

fn seen(camera_id: &str, external: &str, at: i64) -> VideoEventBody {
    VideoEventBody {
        camera_id: Some(camera_id.to_owned()),
        gb28181_id: None,
        kind: "smoke".into(),
        at: format_instant(at),
        confidence_permille: 910,
        snapshot: None,
        external_id: external.to_owned(),
    }
}

async fn says(h: &House, ctx: &Arc<OpContext>, body: VideoEventBody) -> Result<VideoEventView, Problem> {
    video::report(&h.kit, ctx, body).await
}

fn refusal(answer: Result<VideoEventView, Problem>) -> Outcome<(String, String)> {
    let problem = answer.err().ok_or("it was taken")?;
    let first = problem.errors.first().ok_or("no reason")?;
    Ok((first.rule.clone(), first.path.clone()))
}

fn refused_by(rule: &str, path: &str) -> (String, String) {
    (rule.to_owned(), path.to_owned())
}

async fn found(h: &House) -> Outcome<Vec<judge::Finding>> {
    let (kit, tenant) = (Arc::clone(&h.kit), h.plant.tenant.clone());
    let findings = h
        .kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let rules = judge::pack(&kit);
                let pack = rules.0.as_ref().ok_or_else(Problem::internal)?;
                video::unwarned(sql, &tenant, pack).await
            })
        })
        .await?;
    Ok(findings)
}

db::both! { migrations = crate::migrations();
    fn an_event_is_taken_once_and_only_of_an_own_camera(db) {
        let h = House::new(db).await?;
        let now = h.clock.now();
        let (own, gb) = camera(&h, "plating-1", "gate").await?;
        let (foreign, foreign_gb) = camera(&h, "phychem-1", "gate").await?;
        let first = says(&h, &h.plant, seen(&own, "e-1", now - 60 * SECOND)).await?;
        assert_eq!((first.status.as_str(), first.site_name.is_empty()), ("pending", false));
        let again = says(&h, &h.plant, seen(&own, "e-1", now - 60 * SECOND)).await?;
        assert_eq!(again.id, first.id);
        let by_gb = VideoEventBody { camera_id: None, gb28181_id: Some(gb), ..seen("", "e-1", now) };
        assert_eq!(says(&h, &h.plant, by_gb).await?.id, first.id, "the same camera by its other name");
        let keyed = with_key(&h.plant, "k-1");
        let second = says(&h, &keyed, seen(&own, "e-2", now)).await?;
        assert_eq!(says(&h, &keyed, seen(&own, "e-2", now)).await?.id, second.id);
        let other = says(&h, &h.receiver, seen(&foreign, "e-1", now)).await?;
        assert_ne!(other.id, first.id, "another camera has ids of its own");

        assert_eq!(refusal(says(&h, &h.plant, seen(&foreign, "e-9", now)).await)?, refused_by(rules::CAMERA, "/camera_id"));
        let by_gb = VideoEventBody { camera_id: None, gb28181_id: Some(foreign_gb), ..seen("", "e-9", now) };
        assert_eq!(refusal(says(&h, &h.plant, by_gb).await)?, refused_by(rules::CAMERA, "/gb28181_id"));
        let neither = VideoEventBody { camera_id: None, ..seen("", "e-9", now) };
        assert_eq!(refusal(says(&h, &h.plant, neither).await)?, refused_by(rules::CAMERA, "/camera_id"));
        let system = OpContext::system(&h.plant.tenant);
        assert!(says(&h, &system, seen(&foreign, "e-9", now)).await.is_ok(), "the city's own video system");
        for stranger in [&h.dispatcher, &h.driver, &h.office, &inspector()] {
            let refused = says(&h, stranger, seen(&own, "e-8", now)).await.err().ok_or("refused")?;
            assert_eq!(refused.code, Code::Forbidden);
        }
        Ok(())
    }

    fn what_cannot_be_is_refused(db) {
        let h = House::new(db).await?;
        let now = h.clock.now();
        let (own, _) = camera(&h, "plating-1", "gate").await?;
        let good = || seen(&own, "e-1", now);
        let long = "x".repeat(101);
        for (body, rule, path) in [
            (seen(&own, "e-1", now + 600 * SECOND), rules::FUTURE, "/at"),
            (VideoEventBody { kind: "ghost".into(), ..good() }, rules::WORD, "/kind"),
            (VideoEventBody { confidence_permille: 1_001, ..good() }, rules::CONFIDENCE, "/confidence_permille"),
            (VideoEventBody { confidence_permille: -1, ..good() }, rules::CONFIDENCE, "/confidence_permille"),
            (VideoEventBody { external_id: " ".into(), ..good() }, rules::EXTERNAL_ID, "/external_id"),
            (VideoEventBody { external_id: long, ..good() }, rules::EXTERNAL_ID, "/external_id"),
            (VideoEventBody { snapshot: Some("0".repeat(64)), ..good() }, rules::UNKNOWN_PHOTO, "/snapshot"),
        ] {
            assert_eq!(refusal(says(&h, &h.plant, body).await)?, refused_by(rule, path));
        }
        let photo = photos::put(&h.kit, &h.plant, PNG.to_vec()).await?.sha256;
        let stolen = VideoEventBody { snapshot: Some(photo.clone()), ..good() };
        let (foreign, _) = camera(&h, "phychem-1", "gate").await?;
        let stolen = VideoEventBody { camera_id: Some(foreign), ..stolen };
        assert_eq!(refusal(says(&h, &h.receiver, stolen).await)?, refused_by(rules::UNKNOWN_PHOTO, "/snapshot"));
        let taken = says(&h, &h.plant, VideoEventBody { snapshot: Some(photo.clone()), ..good() }).await?;
        assert_eq!(taken.snapshot.as_deref(), Some(photo.as_str()));
        assert!(photos::get(&h.kit, &inspector(), &photo).await.is_ok(), "who decides sees the picture");
        assert!(photos::get(&h.kit, &h.receiver, &photo).await.is_err());
        Ok(())
    }

    fn a_person_decides_once_and_only_the_confirmed_is_warned_of(db) {
        let h = House::new(db).await?;
        let now = h.clock.now();
        let (own, _) = camera(&h, "plating-1", "gate").await?;
        let bad = says(&h, &h.plant, seen(&own, "e-1", now - 60 * SECOND)).await?;
        let good = says(&h, &h.plant, seen(&own, "e-2", now - 30 * SECOND)).await?;
        assert!(found(&h).await?.is_empty(), "a hint alone warns of nothing");
        let decide = |confirmed| VideoDecisionBody { confirmed, note: "现场已核实".into() };
        for stranger in [&h.plant, &h.receiver, &h.driver, &h.office] {
            let refused = video::decide(&h.kit, stranger, &good.id, decide(true)).await.err().ok_or("refused")?;
            assert_eq!(refused.code, Code::Forbidden);
        }
        let away = video::decide(&h.kit, &town("320281007"), &good.id, decide(true)).await.err().ok_or("away")?;
        assert_eq!(away.code, Code::NotFound, "another town's");
        let yes = video::decide(&h.kit, &town("320281001"), &good.id, decide(true)).await?;
        assert_eq!((yes.status.as_str(), yes.note.as_str()), ("confirmed", "现场已核实"));
        let no = video::decide(&h.kit, &inspector(), &bad.id, decide(false)).await?;
        assert_eq!(no.status, "rejected");
        for id in [&good.id, &bad.id] {
            let twice = video::decide(&h.kit, &inspector(), id, decide(true)).await.err().ok_or("twice")?;
            assert_eq!((twice.code, twice.errors[0].rule.as_str()), (Code::Conflict, rules::DECIDED));
        }

        let findings = found(&h).await?;
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].rule.as_str(), &findings[0].subject_id), (video::RULE, &good.id));
        assert_eq!(findings[0].orgs, std::slice::from_ref(&h.plant.org_id));
        assert_eq!(found(&h).await?, findings, "seen again, it is the same episode");
        warnings::raise(&h.kit, &findings).await?;
        warnings::raise(&h.kit, &findings).await?;
        assert!(found(&h).await?.is_empty(), "warned of: nothing is left to find");
        let shown = video::one(&h.kit, &inspector(), &good.id).await?;
        assert!(shown.warning_id.is_some());
        let listed = video::list(&h.kit, &inspector(), VideoQuery::default()).await?;
        let warned: Vec<bool> = listed.items.iter().map(|e| e.warning_id.is_some()).collect();
        assert_eq!(warned, [true, false]);

        let older = says(&h, &h.plant, seen(&own, "e-3", now - 600 * SECOND)).await?;
        video::decide(&h.kit, &inspector(), &older.id, decide(true)).await?;
        warnings::raise(&h.kit, &found(&h).await?).await?;
        let late = video::one(&h.kit, &inspector(), &older.id).await?;
        assert!(late.warning_id.is_some_and(|id| Some(id) != shown.warning_id), "seen before, decided after");

        let report = db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(report.ok, "{report:?}");
        db.tamper("update video_event set status = 'confirmed'", &[]).await?;
        let report = db.verify(&db::VerifyOptions::default(), Some(&crate::ReadModel)).await?;
        assert!(!report.ok, "a changed row is found");
        Ok(())
    }

    fn everybody_sees_their_own(db) {
        let h = House::new(db).await?;
        let now = h.clock.now();
        let (own, _) = camera(&h, "plating-1", "gate").await?;
        let (foreign, _) = camera(&h, "phychem-1", "gate").await?;
        let mine = says(&h, &h.plant, seen(&own, "e-1", now - 60 * SECOND)).await?;
        let theirs = says(&h, &h.receiver, seen(&foreign, "e-1", now)).await?;
        let ids = |query: VideoQuery, ctx: Arc<OpContext>| {
            let kit = Arc::clone(&h.kit);
            async move {
                let page = video::list(&kit, &ctx, query).await?;
                Ok::<Vec<String>, Problem>(page.items.into_iter().map(|e| e.id).collect())
            }
        };
        assert_eq!(ids(VideoQuery::default(), Arc::clone(&h.plant)).await?, std::slice::from_ref(&mine.id));
        assert_eq!(ids(VideoQuery::default(), town("320281001")).await?, std::slice::from_ref(&mine.id));
        assert_eq!(ids(VideoQuery::default(), inspector()).await?, [theirs.id.clone(), mine.id.clone()]);
        let of_camera = VideoQuery { camera_id: Some(own.clone()), status: Some("pending".into()), ..Default::default() };
        assert_eq!(ids(of_camera, inspector()).await?, std::slice::from_ref(&mine.id));
        let wrong = VideoQuery { status: Some("maybe".into()), ..Default::default() };
        assert!(ids(wrong, inspector()).await.is_err());
        assert!(ids(VideoQuery::default(), Arc::clone(&h.driver)).await.is_err());
        assert!(video::one(&h.kit, &h.plant, &theirs.id).await.is_err());
        Ok(())
    }

    fn sites_say_which_points_lack_a_camera(db) {
        let h = House::new(db).await?;
        let all = |query: CompletenessQuery, ctx: Arc<OpContext>| {
            let kit = Arc::clone(&h.kit);
            async move { video::completeness(&kit, &ctx, query).await }
        };
        let page = all(CompletenessQuery { limit: Some(200), ..Default::default() }, inspector()).await?;
        let site = |key: &str| page.items.iter().find(|s| s.site_id == h.keys.sites[key]);
        let plating = site("plating-1").ok_or("listed")?;
        assert_eq!((plating.role.as_str(), plating.missing.len()), ("key_enterprise", 0));
        let fibre = site("fibre-1").ok_or("listed")?;
        assert_eq!(fibre.missing, ["storage_outside"]);
        let solvent = site("solvent-1").ok_or("listed")?;
        assert_eq!((solvent.role.as_str(), &solvent.missing), ("receiver", &vec!["treatment".to_owned()]));
        assert!(solvent.present.contains(&"weighbridge".to_owned()));
        assert_eq!(site("garage-1").ok_or("listed")?.role, "other_enterprise");

        let lacking = CompletenessQuery { limit: Some(200), missing: Some(true), ..Default::default() };
        let short = all(lacking, inspector()).await?;
        let wanted: Vec<&str> =
            page.items.iter().filter(|s| !s.missing.is_empty()).map(|s| s.site_id.as_str()).collect();
        let got: Vec<&str> = short.items.iter().map(|s| s.site_id.as_str()).collect();
        assert_eq!(got, wanted);
        assert_eq!(short.total, Some(i64::try_from(wanted.len())?));

        let mut paged = Vec::new();
        let mut cursor = None;
        loop {
            let query = CompletenessQuery { limit: Some(3), cursor, ..Default::default() };
            let part = all(query, inspector()).await?;
            paged.extend(part.items.into_iter().map(|s| s.site_id));
            cursor = part.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let whole: Vec<String> = page.items.iter().map(|s| s.site_id.clone()).collect();
        assert_eq!(paged, whole, "pages neither skip nor repeat");
        let own = all(CompletenessQuery::default(), Arc::clone(&h.plant)).await?;
        assert!(own.items.iter().all(|s| s.org_id == h.plant.org_id) && !own.items.is_empty());
        assert!(all(CompletenessQuery::default(), Arc::clone(&h.driver)).await.is_err());
        Ok(())
    }
}
