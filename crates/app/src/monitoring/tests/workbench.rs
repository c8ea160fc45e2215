//! The live part's share of the workbench: a warning waits for whoever may act on it, and for nobody else.

use domain::access::{OrgKind, Role};
use domain::condition::Facts;
use domain::monitoring::subjects::SubjectKind;

use super::super::judge::{self, Finding};
use super::super::{warnings, workbench};
use crate::kit::Clock;
use crate::kit::testing::caller;
use crate::transfer::tests::House;

db::both! { migrations = crate::migrations();
    fn a_warning_waits_for_those_who_may_act(db) {
        let h = House::new(db).await?;
        let vehicle = h.keys.vehicles["carrier-a-v1"].clone();
        let pack = judge::pack(&h.kit);
        let rule = pack.0.as_ref().and_then(|p| p.watched(SubjectKind::Vehicle).next()).ok_or("no rule")?.id().to_owned();
        let at = h.clock.now();
        let finding = Finding {
            rule,
            subject: SubjectKind::Vehicle,
            subject_id: vehicle.clone(),
            episode: "e1".into(),
            start: at,
            at,
            facts: Facts::default(),
            vehicle_id: Some(vehicle),
            manifest_id: None,
            place: None,
            orgs: vec![h.keys.orgs["carrier-a"].clone()],
        };
        warnings::raise(&h.kit, &[finding]).await?;
        let inspector = caller("dept", &[OrgKind::Department], &[Role::Inspector]);
        for (ctx, waits) in [
            (&h.office, Some("warning.assign")),
            (&h.dispatcher, Some("warning.concerns")),
            (&inspector, None),
            (&h.other_carrier, None),
            (&h.plant, None),
        ] {
            let part = workbench::workbench(&h.kit, ctx).await?;
            let kinds: Vec<&str> = part.waiting.iter().map(|item| item.kind.as_str()).collect();
            assert_eq!(kinds, waits.into_iter().collect::<Vec<_>>(), "{:?}", ctx.roles);
            let seen = i64::from(waits.is_some() || ctx.roles == [Role::Inspector]);
            assert_eq!(part.counts["open_warnings"], seen, "{:?}", ctx.roles);
            assert_eq!(part.changed.len() as i64, seen, "{:?}", ctx.roles);
        }
        assert!(workbench::workbench(&h.kit, &h.driver).await?.counts.is_empty(), "drivers see no warnings");
        Ok(())
    }
}
