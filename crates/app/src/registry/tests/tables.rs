//! Import and export: all or nothing, errors with row and column, a round trip that changes nothing.

use db::{Sql, params};
use domain::access::Role;

use super::{Outcome, demo_city, dispatcher, entity, inspector, manager, migrations, system};
use crate::kit::testing::{TENANT, caller};
use crate::kit::{Code, Kit, Problem};
use crate::registry::list::{self, ListQuery};
use crate::registry::table::export::{self, Format};
use crate::registry::table::import::{ImportReport, import};

fn places(problem: &Problem) -> Vec<String> {
    problem.errors.iter().map(|e| format!("{} {}", e.rule, e.path)).collect()
}

async fn total(kit: &Kit, register: &'static str) -> Outcome<i64> {
    Ok(list::list(kit, &system(), entity(register), &ListQuery::default()).await?.total.unwrap_or(-1))
}

const VEHICLES: &str =
    "owner_credit_code,车牌号,plate_colour,transport_cert_no,valid_to,核定载质量（吨）,vehicle_kind\n";

fn report(rows: i64, created: i64, updated: i64, unchanged: i64) -> ImportReport {
    ImportReport { rows, created, updated, unchanged, dry_run: false }
}

db::both! { migrations = migrations();
    fn a_good_table_is_imported_and_a_dry_run_writes_nothing(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = dispatcher(&keys, "carrier-a");
        let csv = format!("{VEHICLES},苏BD9981,黄色,演示证81,2027-01-01,12.5,van\n,苏BD9982,yellow,演示证82,2027-01-01,8,\n,苏B·D9901,黄色,改证,2027-01-01,15,厢式货车\n");
        let vehicles = entity("vehicles");
        let dry = import(&kit, &own, vehicles, csv.clone().into_bytes(), true).await?;
        assert_eq!(dry, ImportReport { dry_run: true, ..report(3, 2, 1, 0) });
        assert_eq!(total(&kit, "vehicles").await?, 8);
        assert_eq!(import(&kit, &own, vehicles, csv.clone().into_bytes(), false).await?, report(3, 2, 1, 0));
        assert_eq!(total(&kit, "vehicles").await?, 10);
        assert_eq!(import(&kit, &own, vehicles, csv.into_bytes(), false).await?, report(3, 0, 0, 3));
        let load = kit.db.read(|s| Box::pin(async move {
            s.query_one("select load_g from vehicle where tenant_id = $1 and plate = $2", &params![TENANT, "苏BD9981"]).await?.get::<i64>("load_g")
        })).await?;
        assert_eq!(load, 12_500_000);
        Ok(())
    }

    fn one_bad_row_stops_all_and_every_error_has_its_cell(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = dispatcher(&keys, "carrier-a");
        let foreign = "91320281142243508K";
        let csv = format!("{VEHICLES},苏BD9981,黄色,证,2027-01-01,12.5,van\n,苏B12,黄色,证,2027-13-01,12.5,van\n,苏BD9983,粉色,,2027-01-01,重,van\n{foreign},苏BD9984,黄色,证,2027-01-01,1,van\n,苏BD9981,黄色,证,2027-01-01,12.5,van\n");
        let problem = import(&kit, &own, entity("vehicles"), csv.into_bytes(), false).await.expect_err("bad");
        // What can be told without the database comes first.
        assert_eq!(places(&problem), ["REG-210 /rows/4/columns/load_t", "REG-205 /rows/6/columns/plate"]);
        let csv = format!("{VEHICLES},苏BD9981,黄色,证,2027-01-01,12.5,van\n,苏B12,黄色,证,2027-13-01,12.5,van\n,苏BD9983,粉色,,2027-01-01,3,van\n{foreign},苏BD9984,黄色,证,2027-01-01,1,van\n");
        let problem = import(&kit, &own, entity("vehicles"), csv.into_bytes(), false).await.expect_err("bad");
        assert_eq!(places(&problem), [
            "REQ-131 /rows/3/columns/plate", "REQ-301 /rows/3/columns/valid_to", "REQ-132 /rows/4/columns/plate_colour",
            "REG-001 /rows/4/columns/transport_cert_no", "REG-206 /rows/5/columns/owner_credit_code",
        ]);
        assert_eq!(problem.code, Code::ValidationFailed);
        assert_eq!(total(&kit, "vehicles").await?, 8, "nothing was written");
        Ok(())
    }

    fn lines_are_rows_with_the_same_key(db) {
        let (kit, keys) = demo_city(db).await?;
        let head = "场所名称,年度,备案状态,废物代码,预计产生量（吨）,预计转移量（吨）\n";
        let csv = format!("{head}澄江第一电镀厂（主厂区）,2027,草稿,336-054-17,10,10\n澄江第一电镀厂（主厂区）,2027,草稿,336-062-17,5.25,5\n");
        let own = manager(&keys, "plating");
        assert_eq!(import(&kit, &own, entity("plans"), csv.into_bytes(), false).await?, report(2, 1, 0, 0));
        let csv = format!("{head}澄江第一电镀厂（主厂区）,2028,draft,336-054-17,10,10\n澄江第一电镀厂（主厂区）,2028,filed,336-999-17,5.25,5\n");
        let problem = import(&kit, &own, entity("plans"), csv.into_bytes(), false).await.expect_err("conflict");
        assert_eq!(places(&problem), ["REG-205 /rows/3/columns/status"]);
        let csv = format!("{head}澄江第一电镀厂（主厂区）,2028,draft,336-054-17,10,10\n澄江第一电镀厂（主厂区）,2028,draft,336-999-17,5.25,5\n");
        let problem = import(&kit, &own, entity("plans"), csv.into_bytes(), false).await.expect_err("unknown code");
        assert_eq!(places(&problem), ["REG-102 /rows/3/columns/waste_code"]);
        Ok(())
    }

    fn what_is_exported_imports_without_a_change(db) {
        let (kit, keys) = demo_city(db).await?;
        for register in ["sites", "facilities", "licences", "vehicles", "plans"] {
            for format in ["xlsx", "csv"] {
                let query = ListQuery { format: Some(format.into()), ..ListQuery::default() };
                let file = export::export(&kit, &system(), entity(register), &query).await?;
                let again = import(&kit, &system(), entity(register), file.bytes, true).await
                    .map_err(|p| format!("{register} {format}: {:?}", places(&p)))?;
                assert_eq!((again.created, again.updated), (0, 0), "{register} {format}");
                assert!(again.unchanged > 0);
            }
        }
        // The own organisation's file holds its people whole, and so comes back unchanged, too.
        let own = dispatcher(&keys, "carrier-a");
        let file = export::export(&kit, &own, entity("crew"), &ListQuery::default()).await?;
        let again = import(&kit, &own, entity("crew"), file.bytes, true).await?;
        assert_eq!((again.rows, again.unchanged), (4, 4));
        // Others get it masked.
        let csv = ListQuery { format: Some("csv".into()), ..ListQuery::default() };
        let file = export::export(&kit, &inspector(&keys, None), entity("crew"), &csv).await?;
        let text = String::from_utf8(file.bytes)?;
        assert!(text.contains("****") && !text.contains("0510-0000"));
        let audits = kit.db.read(|s| Box::pin(async move {
            s.query_one("select count(*) as n from audit_entry where tenant_id = $1 and kind = 'audit.exported'", &params![TENANT]).await?.get::<i64>("n")
        })).await?;
        assert_eq!(audits, 12);
        Ok(())
    }

    fn a_template_is_a_table_without_rows(db) {
        let (kit, keys) = demo_city(db).await?;
        for entity in crate::registry::entities::ENTITIES {
            for format in [Format::Xlsx, Format::Csv] {
                let file = export::template(&kit, &system(), entity, format)?;
                let problem = import(&kit, &system(), entity, file.bytes, false).await.expect_err("no rows");
                assert_eq!(places(&problem), ["REG-204 "], "{}", entity.key);
            }
        }
        let driver = caller(&keys.orgs["carrier-a"], &[], &[Role::Driver]);
        assert_eq!(export::template(&kit, &driver, entity("crew"), Format::Csv).err().map(|p| p.code), Some(Code::Forbidden));
        Ok(())
    }

    fn a_broken_file_is_told_and_nothing_happens(db) {
        let (kit, _keys) = demo_city(db).await?;
        let ctx = system();
        let cases: [(&[u8], &str); 7] = [
            (b"", "REG-201.empty_file "),
            (b"PK\x03\x04 not a workbook", "REG-201.not_a_workbook "),
            (&[0xD0, 0xCF, 0x11, 0xE0, 1, 2, 3], "REG-201.not_a_workbook "),
            ("plate,plate\n1,2\n".as_bytes(), "REG-201.duplicate_header /rows/1/columns/B"),
            ("plate\n\"open".as_bytes(), "REG-201.open_quote /rows/2"),
            (b"plate\n\xff\xff\xff\n", "REG-201.encoding /rows/2"),
            ("plate,colour of the sky\n1,2\n".as_bytes(), "REG-202 /rows/1/columns/colour of the sky"),
        ];
        for (bytes, expected) in cases {
            let problem = import(&kit, &ctx, entity("vehicles"), bytes.to_vec(), false).await.expect_err("broken");
            assert_eq!(places(&problem).first().map(String::as_str), Some(expected));
            assert!(problem.errors[0].body(crate::kit::Lang::En).message != problem.errors[0].rule, "has words");
        }
        Ok(())
    }
}
