//! Templates are sound; reports say what is known, for whom it may be said, and the same again.

use super::check::{FIGURES, SERIES};
use super::template::{Piece, fill, pieces, templates};

#[test]
fn every_template_is_sound() {
    assert!(!templates().is_empty());
    for template in templates() {
        assert_eq!(template.faults(), Vec::<String>::new(), "{}", template.key);
        assert!(FIGURES.is_sorted() && SERIES.is_sorted());
    }
}

#[test]
fn a_wrong_word_in_a_template_is_found() {
    let mut template = templates()[0].clone();
    let text =
        serde_json::to_string(&crate::kit::data::json::<serde_json::Value>("reports/yearly_summary.json"))
            .expect("JSON");
    let broken = text
        .replace("{ledger.generated}", "{ledger.genarated}")
        .replace("\"chart\":\"ledger.generated_by_code\"", "\"chart\":\"ledger.by_colour\"")
        .replace("\"key\":\"target\"", "\"key\":\"goal\"");
    assert_ne!(text, broken);
    template.sections =
        serde_json::from_str::<super::template::Template>(&broken).expect("a template").sections;
    let faults = template.faults().join("\n");
    for part in ["{ledger.genarated} is unknown", "no series ledger.by_colour", "no column goal"] {
        assert!(faults.contains(part), "{part}: {faults}");
    }
}

#[test]
fn placeholders_are_cut_and_filled() {
    assert_eq!(pieces("a{b}c"), [Piece::Words("a"), Piece::Name("b"), Piece::Words("c")]);
    assert_eq!(pieces("{b}{c}"), [Piece::Name("b"), Piece::Name("c")]);
    assert_eq!(pieces("a{b"), [Piece::Words("a{b")]);
    assert_eq!(pieces(""), []);
    assert_eq!(fill("{x}-{y}-{x}", &[("x", "{y}")]), "{y}-{y}-{y}", "a value is not filled again");
}

mod made {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use domain::access::{OrgKind, Role};
    use domain::time::format_instant;

    use super::super::model::{PreviewQuery, ReportBody, ReportContent, ReportQuery};
    use super::super::{rules, service, store};
    use crate::kit::testing::{START, caller, with_key};
    use crate::kit::{Code, OpContext};
    use crate::transfer::tests::House;

    fn request(org_id: &str) -> ReportBody {
        ReportBody {
            template: "yearly_summary".into(),
            org_id: org_id.into(),
            year: 2026,
            as_of: None,
            lang: Some("zh-CN".into()),
            texts: BTreeMap::from([("practices".to_owned(), "建立台账\n\n  开展巡查 ".to_owned())]),
        }
    }

    fn words(content: &ReportContent) -> String {
        let mut out = String::new();
        for block in &content.blocks {
            out.push_str(block.text.as_deref().unwrap_or_default());
            let lines = block.items.iter().chain(block.rows.iter().flatten());
            for run in block.runs.iter().chain(lines.flatten()) {
                out.push_str(&run.text);
            }
            out.push('\n');
        }
        out
    }

    fn town_of(h: &House, org_id: &str, code: &str) -> Arc<OpContext> {
        let town = caller(org_id, &[OrgKind::Town], &[Role::Town]);
        let tenant = h.plant.tenant.clone();
        Arc::new(OpContext { town_code: Some(code.to_owned()), tenant, ..(*town).clone() })
    }

    db::both! { migrations = crate::migrations();
        fn a_report_says_what_is_known_for_whom_it_may(db) {
            let h = House::new(db).await?;
            let units = service::options(&h.kit, &h.office).await?.units;
            let unit = |part: &str| units.iter().find(|u| u.name.contains(part)).map(|u| u.id.clone()).ok_or("no unit");
            let (town, school, other) = (unit("澄江")?, unit("教育局")?, unit("月城")?);
            let before = service::make(&h.kit, &h.office, request(&town)).await?;
            assert!(words(&before.content).contains("台账数字暂缺：该期间早于平台数据。"), "{}", words(&before.content));
            assert!(!words(&before.content).contains("产生危险废物 0"));

            let lots = h.containers(&[235_500, 1_000_000]).await?;
            h.on_the_road(&lots[..1]).await?;
            h.minutes(10);
            let as_of = format_instant(h.kit.clock.now());
            let made = service::make(&h.kit, &h.office, request(&town)).await?;
            let text = words(&made.content);
            for part in ["1.2355 吨", "1 份", "0.2355 吨", "建立台账开展巡查", "（本部分由编制单位填写，目前为空。）"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            // A town without firms has no ledger and says so; a department speaks for the city.
            assert!(words(&service::make(&h.kit, &h.office, request(&other)).await?.content).contains("台账中没有该期间的记录"));
            assert!(words(&service::make(&h.kit, &h.office, request(&school)).await?.content).contains("1.2355 吨"));

            // Every mark leads to a source, and every source is named.
            let sources = &made.content.blocks.last().expect("sources").sources;
            let mut marks: Vec<String> = made.content.blocks.iter()
                .flat_map(|b| b.runs.iter().chain(b.rows.iter().flatten().flatten()))
                .filter_map(|r| r.mark.clone()).collect();
            let captions = made.content.blocks.iter().filter_map(|b| b.text.clone()).collect::<String>();
            marks.extend(sources.iter().filter(|s| captions.contains(&s.mark)).map(|s| s.mark.clone()));
            marks.sort();
            marks.dedup();
            let mut listed: Vec<String> = sources.iter().map(|s| s.mark.clone()).collect();
            listed.sort();
            assert_eq!(marks, listed);

            // More happens; as of then the figures are what they were.
            h.minutes(10);
            h.containers(&[5_000_000]).await?;
            let then = ReportBody { as_of: Some(as_of), ..request(&town) };
            let again = service::make(&h.kit, &h.office, then).await?;
            assert_eq!(words(&again.content), text);
            assert!(words(&service::make(&h.kit, &h.office, request(&town)).await?.content).contains("6.2355 吨"));

            // Both files say it, and are the same twice.
            for format in ["docx", "pdf"] {
                let one = service::file(&h.kit, &h.office, &made.summary.id, format).await?;
                let two = service::file(&h.kit, &h.office, &made.summary.id, format).await?;
                assert!(one.bytes == two.bytes && one.bytes.len() > 2_000 && one.name.ends_with(format));
            }
            let wrong = service::file(&h.kit, &h.office, &made.summary.id, "odt").await.err().ok_or("odt")?;
            assert_eq!(wrong.errors[0].rule, rules::FORMAT);

            // A town has its own and no other's; the list too. A department has its own only.
            let own = town_of(&h, &town, "320281001");
            service::make(&h.kit, &own, request(&town)).await?;
            for foreign in [&other, &school] {
                let refused = service::make(&h.kit, &own, request(foreign)).await.err().ok_or("not its own")?;
                assert_eq!(refused.errors[0].rule, rules::UNIT);
            }
            let department = caller(&school, &[OrgKind::Department], &[Role::Department]);
            assert_eq!(service::make(&h.kit, &department, request(&town)).await.err().ok_or("foreign")?.errors[0].rule, rules::UNIT);
            assert_eq!(store::list(&h.kit, &own, ReportQuery::default()).await?.total, Some(5));
            assert_eq!(store::list(&h.kit, &department, ReportQuery::default()).await?.total, Some(1));
            assert_eq!(store::get(&h.kit, &department, &made.summary.id).await.err().ok_or("foreign")?.code, Code::NotFound);
            assert!(service::make(&h.kit, &h.plant, request(&town)).await.is_err(), "a firm makes no reports");

            // The same request again is the same report.
            let keyed = with_key(&h.office, "report-1");
            let first = service::make(&h.kit, &keyed, request(&town)).await?.summary.id;
            assert_eq!(service::make(&h.kit, &keyed, request(&town)).await?.summary.id, first);
            Ok(())
        }

        fn what_is_wrong_with_a_request_is_said(db) {
            let h = House::new(db).await?;
            let units = service::options(&h.kit, &h.office).await?.units;
            let town = units.iter().find(|u| u.kind == "town").ok_or("no town")?.id.clone();
            let refused = |change: fn(&mut ReportBody)| {
                let mut wrong = request(&town);
                change(&mut wrong);
                let h = &h;
                async move {
                    let problem = service::make(&h.kit, &h.office, wrong).await.err()?;
                    Some((problem.errors.first()?.rule.clone(), problem.errors.first()?.path.clone()))
                }
            };
            let is = |rule: &str, path: &str| Some((rule.to_owned(), path.to_owned()));
            assert_eq!(refused(|b| b.template = "x".into()).await, is(rules::TEMPLATE, "/template"));
            assert_eq!(refused(|b| b.year = 2019).await, is(rules::YEAR, "/year"));
            assert_eq!(refused(|b| b.year = 2027).await, is(rules::YEAR, "/year"));
            assert_eq!(refused(|b| b.year = i64::MAX).await, is(rules::YEAR, "/year"));
            for at in ["2027-01-01", "2025-12-31", "gestern", "2026-02-30", "9999-12-31"] {
                let mut wrong = request(&town);
                wrong.as_of = Some(at.to_owned());
                let problem = service::make(&h.kit, &h.office, wrong).await.err().ok_or("refused")?;
                assert_eq!(problem.errors[0].rule, rules::AS_OF, "{at}");
            }
            assert_eq!(refused(|b| b.lang = Some("fr".into())).await, is(rules::LANGUAGE, "/lang"));
            assert_eq!(refused(|b| drop(b.texts.insert("a/b".into(), "x".into()))).await, is(rules::UNKNOWN_TEXT, "/texts/a~1b"));
            assert_eq!(refused(|b| drop(b.texts.insert("problems".into(), "x\u{7}".into()))).await, is(rules::TEXT, "/texts/problems"));
            assert_eq!(refused(|b| drop(b.texts.insert("problems".into(), "长".repeat(4_001)))).await, is(rules::TEXT, "/texts/problems"));
            let firm = ReportBody { org_id: h.plant.org_id.clone(), ..request(&town) };
            assert_eq!(service::make(&h.kit, &h.office, firm).await.err().ok_or("a firm")?.errors[0].rule, rules::UNIT);
            let today = ReportBody { as_of: Some("2026-03-02".into()), ..request(&town) };
            assert_eq!(service::make(&h.kit, &h.office, today).await?.summary.as_of, format_instant(h.kit.clock.now()));
            assert!(h.kit.clock.now() >= START);
            let query = PreviewQuery { template: "yearly_summary".into(), org_id: town, year: 2026, as_of: None, lang: Some("en".into()) };
            let preview = service::preview(&h.kit, &h.office, query).await?;
            assert!(preview.title.contains("yearly summary"), "{}", preview.title);
            assert_eq!(store::list(&h.kit, &h.office, ReportQuery::default()).await?.total, Some(1), "a preview is not kept");
            Ok(())
        }
    }
}
