//! The embedded data holds what it claims, and descriptors, tables and words agree.

use std::collections::BTreeSet;

use super::migrations;
use crate::kit::texts;
use crate::registry::catalogue::catalogue;
use crate::registry::demo::DemoData;
use crate::registry::entities::ENTITIES;
use crate::registry::entity::Kind;
use crate::registry::profile::{cities, profile};
use crate::registry::{facts, model, rules, table};

#[test]
fn the_2021_catalogue_is_whole_and_the_2025_edition_is_said_to_be_missing() {
    let c = catalogue();
    assert_eq!(c.wastes.len(), 467);
    let codes: BTreeSet<_> = c.wastes.iter().map(|w| &w.code).collect();
    let categories: BTreeSet<_> = c.wastes.iter().map(|w| &w.category).collect();
    assert_eq!((codes.len(), categories.len()), (467, 46));
    for w in &c.wastes {
        let parsed: domain::codes::WasteCode = w.code.parse().expect("a valid code");
        assert_eq!(parsed.to_string(), w.code);
        assert_eq!(format!("HW{}", &w.code[8..]), w.category, "{}", w.code);
        assert!(w.traits.iter().all(|t| c.choice("traits", t).is_some()), "{}", w.code);
        assert!(!w.description.is_empty() && !w.industry.is_empty());
    }
    assert!(c.in_force_is_imported("2024-12-31"));
    assert!(!c.in_force_is_imported("2025-01-01"));
    assert_eq!(c.edition_on("2026-03-02").map(|e| e.edition.as_str()), Some("2025"));
    assert!(c.edition_on("2020-12-31").is_none());
}

#[test]
fn the_pure_rules_get_the_same_tables() {
    use domain::catalogue::{EditionStatus, Lookup, Stage};
    use jiff::civil::date;
    let wastes = facts::wastes();
    assert_eq!(wastes.entries().count(), 467);
    assert!(matches!(wastes.status(date(2024, 6, 1)), EditionStatus::InForce(_)));
    assert!(matches!(wastes.status(date(2026, 3, 2)), EditionStatus::NotImported { used: Some(_), .. }));
    let code = "900-052-31".parse().expect("a code");
    assert!(matches!(wastes.find(code, date(2026, 3, 2)), Lookup::ListedEarlier(..)));
    assert!(wastes.exemptions(code, Stage::Transport, date(2024, 6, 1)).iter().any(|x| x.no == 18));
    let calendar = facts::work_calendar("cn");
    for (year, days) in catalogue().calendars.iter().map(|((_, y), c)| (*y, c.working_days)) {
        let year = i16::try_from(year).expect("a year");
        let counted = calendar.working_days_between(date(year, 1, 1), date(year, 12, 31)).expect("covered");
        assert_eq!(i64::from(counted), days, "{year}: New Year's Day is no working day");
    }
    assert!(calendar.is_working_day(date(2030, 1, 7)).is_err(), "not covered, not guessed");
    assert!(facts::work_calendar("atlantis").is_working_day(date(2026, 3, 2)).is_err());
}

#[test]
fn all_32_exemptions_are_rules() {
    let c = catalogue();
    let numbers: BTreeSet<_> = c.exemptions.iter().map(|x| x.no).collect();
    assert_eq!(numbers, (1..=32).collect());
    let ids: BTreeSet<_> = c.exemptions.iter().map(|x| &x.id).collect();
    assert_eq!(ids.len(), c.exemptions.len());
    for x in &c.exemptions {
        assert!(["all", "collect", "transport", "use", "dispose"].contains(&x.stage.as_str()), "{}", x.id);
        assert!(x.matcher.codes.iter().all(|code| c.waste(code).is_some()), "{}", x.id);
        let m = &x.matcher;
        assert!(
            !m.codes.is_empty() || !m.categories.is_empty() || m.note.is_some() || m.all_codes,
            "{}",
            x.id
        );
        for text in [&x.waste, &x.condition, &x.effect] {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", x.id);
        }
    }
    let battery: Vec<_> = c.exemptions_for("900-052-31", Some("transport")).map(|x| x.no).collect();
    assert_eq!(battery, [18]);
    assert!(c.exemptions_for("841-001-01", Some("collect")).any(|x| x.no == 2), "by category");
    assert!(c.exemptions_for("900-041-49", Some("transport")).any(|x| x.no == 24), "all stages");
    assert!(c.exemptions_for("336-054-17", Some("use")).all(|x| x.no == 32));
}

#[test]
fn every_rule_id_has_words_and_every_word_a_rule() {
    let coded: BTreeSet<String> = rules::ALL
        .iter()
        .filter(|id| **id != rules::FILE)
        .map(|id| (*id).to_owned())
        .chain(rules::FILE_CODES.iter().map(|code| format!("{}.{code}", rules::FILE)))
        .collect();
    let written: BTreeSet<String> =
        texts().rules.keys().filter(|id| id.starts_with("REG-")).cloned().collect();
    assert_eq!(coded, written);
    for id in &written {
        let entry = &texts().rules[id];
        for text in [&entry.zh, &entry.en] {
            assert!(!text.message.is_empty() && !text.remedy.is_empty(), "{id}");
        }
        for citation in &entry.citations {
            assert!(texts().citations.contains_key(citation), "{id} cites {citation}");
        }
    }
}

#[test]
fn every_column_of_a_table_has_a_title_of_its_own() {
    for entity in ENTITIES {
        let words = &table::texts()[entity.key].fields;
        for field in entity.fields {
            assert!(words.contains_key(field.key), "{}: {}", entity.key, field.key);
            if let Kind::Lines(inner) = field.kind {
                assert!(inner.iter().all(|f| words.contains_key(f.key)), "{}: lines", entity.key);
            }
        }
        let columns = table::columns(entity);
        for column in &columns {
            assert!(words.contains_key(&column.key), "{}: {}", entity.key, column.key);
        }
        let titles: BTreeSet<_> = columns.iter().flat_map(|c| c.names(entity)).collect();
        assert_eq!(titles.len(), columns.len() * 3, "{}: two columns share a title", entity.key);
        let lists = entity.fields.iter().filter_map(|f| match f.kind {
            Kind::Choice(list) | Kind::Choices(list) => Some(list),
            _ => None,
        });
        for list in lists {
            assert!(!catalogue().list(list).is_empty(), "{}: no list {list}", entity.key);
        }
    }
    for kind in catalogue().list("org_kinds") {
        assert!(domain::access::OrgKind::parse(&kind.code).is_some(), "{}", kind.code);
    }
}

#[test]
fn the_city_is_data() {
    for key in cities() {
        let city = profile(&key).expect("a listed city loads");
        assert!(!city.organisations.is_empty());
        assert!(
            city.organisations.iter().any(|o| o.kinds.iter().any(|k| k == "platform")),
            "{key}: no platform"
        );
    }
    assert!(profile("../jiangyin").is_none() && profile("").is_none() && profile("atlantis").is_none());
    let city = profile("jiangyin").expect("the reference city");
    let listed = |word: &str| city.organisations.iter().filter(|o| o.listed == word).collect::<Vec<_>>();
    let annex = listed("annex");
    assert_eq!(annex.iter().filter(|o| o.kinds.iter().any(|k| k == "town")).count(), 18);
    assert_eq!(annex.iter().filter(|o| o.kinds.iter().any(|k| k == "department")).count(), 29);
    assert_eq!(annex.iter().filter_map(|o| o.annex_no).collect::<BTreeSet<_>>(), (1..=47).collect());
    assert_eq!(listed("tasks_only").len(), 2);
    assert_eq!(city.organisations.iter().filter(|o| o.lead_key.is_some()).count(), 4);
    assert_eq!(city.towns.len(), 21);
    assert_eq!(city.towns.iter().map(|t| t.villages.len()).sum::<usize>(), 282);
    let all: BTreeSet<_> = city.towns.iter().flat_map(|t| t.villages.iter().map(|v| &v.code)).collect();
    assert_eq!(all.len(), 282);
    assert!(city.has_division("320281001") && city.has_division("320281"));
    assert!(!city.has_division("320281999") && !city.has_division("320282001"));
    assert_eq!(city.divisions("village", Some("320281404")).len(), 1);
}

#[test]
fn the_demonstration_is_consistent() {
    let city = profile("jiangyin").expect("the reference city");
    let demo = DemoData::of(&city).expect("it has one");
    assert_eq!(demo.organisations.len(), 20);
    assert!(demo.organisations.iter().all(|o| o["name"].as_str().is_some_and(|n| n.starts_with("演示"))));
    let keys = |rows: &[serde_json::Value]| -> BTreeSet<String> {
        rows.iter().filter_map(|r| r["key"].as_str().map(str::to_owned)).collect()
    };
    let (orgs, sites, facilities, crew) =
        (keys(&demo.organisations), keys(&demo.sites), keys(&demo.facilities), keys(&demo.crew));
    for s in &demo.streams {
        assert!(orgs.contains(&s.org) && sites.contains(&s.site), "{} {}", s.org, s.waste_code);
        assert!(facilities.contains(&s.generating_facility) && facilities.contains(&s.storage_facility));
        assert!(catalogue().waste(&s.waste_code).is_some(), "{}", s.waste_code);
        assert!(s.form.parse::<domain::codes::WasteForm>().is_ok(), "{}", s.form);
        assert!(s.packaging.parse::<domain::codes::ContainerKind>().is_ok(), "{}", s.packaging);
        assert!(s.receiver.as_ref().is_none_or(|r| orgs.contains(r)));
        assert!(s.carrier.as_ref().is_none_or(|c| orgs.contains(c)));
        assert!(s.method_code.as_deref().is_none_or(|m| catalogue().method(m).is_some()));
    }
    let logins: BTreeSet<_> = demo.accounts.iter().map(|a| &a.login).collect();
    assert_eq!(logins.len(), demo.accounts.len());
    for a in &demo.accounts {
        let kinds: Vec<domain::access::OrgKind> = demo
            .organisations
            .iter()
            .filter(|o| o["key"] == a.org.as_str())
            .flat_map(|o| o["kinds"].as_array().into_iter().flatten())
            .filter_map(|k| domain::access::OrgKind::parse(k.as_str().unwrap_or_default()))
            .chain(
                city.organisations
                    .iter()
                    .filter(|o| o.key == a.org)
                    .flat_map(|o| o.kinds.iter().filter_map(|k| domain::access::OrgKind::parse(k))),
            )
            .collect();
        assert!(domain::access::check_roles(&kinds, &a.roles, "").is_empty(), "{}", a.login);
        assert!(a.crew.as_ref().is_none_or(|c| crew.contains(c)), "{}", a.login);
        assert!(!a.show || a.hint.is_some(), "{}", a.login);
    }
    let shown: BTreeSet<_> =
        demo.accounts.iter().filter(|a| a.show).flat_map(|a| a.roles.iter().copied()).collect();
    assert_eq!(shown.len(), domain::access::Role::ALL.len(), "a demonstration account for every role");
    for d in &demo.delegations {
        assert!(orgs.contains(&d.agent) && orgs.contains(&d.client));
        assert!(domain::access::DelegationScope::new(&d.scope, "").is_ok());
    }
}

#[test]
fn a_licence_line_covers_its_codes_and_categories_only() {
    let line = model::LicenceLine {
        no: 0,
        codes: vec!["HW17".into(), "900-041-49".into()],
        yearly_quantity_g: 1,
        methods: vec![],
    };
    assert!(line.covers("336-054-17") && line.covers("900-041-49"));
    assert!(!line.covers("900-039-49") && !line.covers("") && !line.covers("HW17"));
}

db::both! { migrations = migrations();
    /// A column without a field would never be filled, a field without a column would fail at run time.
    fn descriptors_and_tables_agree(db) {
        db.read(|s| Box::pin(async move {
            for entity in ENTITIES {
                let mut wanted: BTreeSet<&str> = entity.fields.iter().map(|f| f.column).collect();
                wanted.extend(["tenant_id", "id", "version", "status", "updated_at"]);
                wanted.extend(entity.division().map(|_| "town_code"));
                // A row of nulls tells the columns of a table on both engines.
                let sql = format!("select x.* from (select 1 as one) y left join {} x on x.tenant_id = 'none'", entity.table);
                let rows = db::Sql::query(s, &sql, &[]).await?;
                let found: BTreeSet<&str> = rows[0].names().collect();
                assert_eq!(found, wanted, "{}", entity.table);
            }
            for (table, columns) in [
                (model::Org::TABLE, model::Org::COLUMNS),
                (model::Site::TABLE, model::Site::COLUMNS),
                (model::Facility::TABLE, model::Facility::COLUMNS),
                (model::Licence::TABLE, model::Licence::COLUMNS),
                (model::Vehicle::TABLE, model::Vehicle::COLUMNS),
                (model::Crew::TABLE, model::Crew::COLUMNS),
                (model::Plan::TABLE, model::Plan::COLUMNS),
                (model::Approval::TABLE, model::Approval::COLUMNS),
            ] {
                let sql = format!("select {} from {table} where tenant_id = 'none'", columns.join(", "));
                db::Sql::query(s, &sql, &[]).await?;
            }
            Ok::<_, db::DbError>(())
        })).await?;
        Ok(())
    }
}
