//! The one screen over a played city, on both engines: the flow adds up, and every figure is the length of its list.

use std::sync::Arc;

use axum::extract::Query;
use domain::access::{OrgKind, Role};
use serde::de::DeserializeOwned;

use super::screen::{self, ScreenQuery};
use super::towns::{self, TownsQuery};
use crate::kit::testing::caller;
use crate::kit::{Code, OpContext};
use crate::ledger::list::{self as lots, LotQuery};
use crate::monitoring::warnings::list::{self as warnings, WarningQuery};
use crate::registry::entity::Entity;
use crate::registry::list::{self as registry, ListQuery};
use crate::transfer::list as manifests;
use crate::transfer::model::ManifestQuery;
use crate::transfer::tests::{House, Outcome};

fn query<T: DeserializeOwned>(link: &str) -> Outcome<T> {
    Ok(Query::try_from_uri(&link.parse()?)?.0)
}

/// How many rows the list behind an address has.
async fn length(h: &House, ctx: &Arc<OpContext>, link: &str) -> Outcome<i64> {
    let total = match link.split('?').next().unwrap_or_default() {
        "/manifests" => {
            manifests::list(&h.kit, ctx, query::<ManifestQuery>(link)?)
                .await
                .map_err(|p| format!("{link}: {p:?}"))?
                .total
        }
        "/lots" => {
            lots::list(&h.kit, ctx, &query::<LotQuery>(link)?)
                .await
                .map_err(|p| format!("{link}: {p:?}"))?
                .total
        }
        "/warnings" => {
            warnings::list(&h.kit, ctx, query::<WarningQuery>(link)?)
                .await
                .map_err(|p| format!("{link}: {p:?}"))?
                .total
        }
        "/registry/orgs" => {
            let orgs = Entity::of("orgs").ok_or("no register")?;
            registry::list(&h.kit, ctx, orgs, &query::<ListQuery>(link)?)
                .await
                .map_err(|p| format!("{link}: {p:?}"))?
                .total
        }
        other => return Err(format!("no list of this test: {other}").into()),
    };
    total.ok_or_else(|| "the list does not count".into())
}

fn town(code: &str) -> Arc<OpContext> {
    let office = caller("town", &[OrgKind::Town], &[Role::Town]);
    Arc::new(OpContext { town_code: Some(code.to_owned()), ..(*office).clone() })
}

/// Three documents: one on the road, one taken over, one half refused; and a container that stays.
async fn played(db: &db::Db) -> Outcome<House> {
    let h = House::new(db).await?;
    let ids = h.containers(&[1_000, 2_000, 4_000, 8_000, 16_000]).await?;
    h.received(&[(&ids[1], Some(2_000))], "").await?;
    h.received(&[(&ids[2], Some(4_000)), (&ids[3], None)], "包装破损").await?;
    h.on_the_road(&ids[..1]).await?;
    Ok(h)
}

db::both! { migrations = crate::migrations();
    fn the_flow_adds_up_and_every_figure_is_the_length_of_its_list(db) {
        let h = played(db).await?;
        for by in ["town", "trade"] {
            let asked = ScreenQuery { by: Some(by.to_owned()), ..ScreenQuery::default() };
            let found = screen::screen(&h.kit, &h.office, &asked).await?;
            let flow = &found.flow;
            assert_eq!((flow.mass_g, flow.manifests), (15_000, 3), "{by}");
            for column in 0..4 {
                let sum: i64 = flow.nodes.iter().filter(|n| n.column == column).map(|n| n.mass_g).sum();
                assert_eq!(sum, 15_000, "column {column}: {:?}", flow.nodes);
            }
            for node in &flow.nodes {
                let into: i64 = flow.links.iter().filter(|l| l.to == node.id).map(|l| l.mass_g).sum();
                let out: i64 = flow.links.iter().filter(|l| l.from == node.id).map(|l| l.mass_g).sum();
                assert!(node.column == 0 || into == node.mass_g, "{node:?}");
                assert!(node.column == 3 || out == node.mass_g, "{node:?}");
            }
            for link in &flow.links {
                assert_eq!(length(&h, &h.office, &link.link).await?, link.manifests, "{link:?}");
            }
            let outcome = |key: &str| flow.nodes.iter().find(|n| n.id == format!("o:{key}")).map(|n| n.mass_g);
            assert_eq!(["moving", "held", "refused", "used"].map(outcome), [Some(1_000), Some(6_000), Some(8_000), None]);
            assert_eq!(length(&h, &h.office, &flow.link).await?, flow.manifests);
        }
        let found = screen::screen(&h.kit, &h.office, &ScreenQuery::default()).await?;
        let counts: Vec<(&str, i64)> = found.counts.iter().map(|c| (c.key.as_str(), c.value)).collect();
        assert_eq!(counts[..3], [("in_transit", 1), ("departed_today", 3), ("confirmed_today", 2)]);
        for figure in &found.counts {
            assert_eq!(length(&h, &h.office, &figure.link).await?, figure.value, "{figure:?}");
        }
        for row in &found.stock.rows {
            assert_eq!(length(&h, &h.office, &row.link).await?, row.containers, "{row:?}");
        }
        assert_eq!(found.stock.rows.iter().map(|r| r.mass_g).sum::<i64>(), found.stock.mass_g);
        assert_eq!(length(&h, &h.office, &found.warnings.link).await?, found.warnings.open);
        Ok(())
    }

    fn a_town_sees_its_own(db) {
        let h = played(db).await?;
        for (code, manifests, generated) in [("320281001", 3, "0.031"), ("320281112", 0, "0")] {
            let ctx = town(code);
            let found = screen::screen(&h.kit, &ctx, &ScreenQuery::default()).await?;
            assert_eq!(found.flow.manifests, manifests, "{code}");
            for figure in &found.counts {
                assert_eq!(length(&h, &ctx, &figure.link).await?, figure.value, "{code} {figure:?}");
            }
            let figures = towns::towns(&h.kit, &ctx, &TownsQuery::default()).await?;
            let values: Vec<_> = figures.towns.iter().map(|t| (t.code.as_str(), t.value.as_deref())).collect();
            assert_eq!(values, [(code, Some(generated))]);
        }
        Ok(())
    }

    fn who_may_not_and_what_is_no_period(db) {
        let h = House::new(db).await?;
        for ctx in [&h.plant, &h.dispatcher, &h.driver, &h.receiver] {
            let refused = screen::screen(&h.kit, ctx, &ScreenQuery::default()).await.expect_err("not for firms");
            assert_eq!(refused.code, Code::Forbidden, "{:?}", ctx.roles);
        }
        let wrong = [
            (ScreenQuery { year: Some("20x6".into()), ..ScreenQuery::default() }, "/year"),
            (ScreenQuery { month: Some("2026-13".into()), ..ScreenQuery::default() }, "/month"),
            (ScreenQuery { month: Some("2026-03".into()), year: Some("2026".into()), by: None }, "/month"),
            (ScreenQuery { by: Some("colour".into()), ..ScreenQuery::default() }, "/by"),
        ];
        for (query, path) in wrong {
            let problem = screen::screen(&h.kit, &h.office, &query).await.expect_err("refused");
            assert_eq!(problem.errors[0].path, path);
        }
        let query = TownsQuery { indicator: Some("n99".into()), ..TownsQuery::default() };
        assert_eq!(towns::towns(&h.kit, &h.office, &query).await.expect_err("unknown").errors[0].path, "/indicator");
        let old = ScreenQuery { year: Some("2024".into()), ..ScreenQuery::default() };
        assert_eq!(screen::screen(&h.kit, &h.office, &old).await?.flow.manifests, 0);
        Ok(())
    }
}
