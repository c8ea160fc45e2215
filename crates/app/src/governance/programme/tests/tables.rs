//! The lists as workbooks: a round trip changes nothing, and what contradicts itself is told by row and column.

use db::{Sql, params};
use documents::table::{Limits, read_xlsx};

use super::{city, coded, department, office};
use crate::governance::programme::export::export;
use crate::governance::programme::import::import;
use crate::governance::programme::list::ItemQuery;
use crate::kit::Problem;
use crate::kit::testing::TENANT;
use crate::registry::table::import::ImportReport;

fn places(problem: &Problem) -> Vec<String> {
    problem.errors.iter().map(|e| format!("{} {}", e.rule, e.path)).collect()
}

fn done(rows: i64, created: i64, updated: i64, unchanged: i64) -> ImportReport {
    ImportReport { rows, created, updated, unchanged, dry_run: false }
}

db::both! { migrations = crate::migrations();
    fn a_round_trip_changes_nothing(db) {
        let (kit, keys) = city(db).await?;
        let office = office(&keys);
        let (bytes, name) = export(&kit, &office, ItemQuery::default()).await?;
        assert_eq!(name, "programme-2026-03-02.xlsx");
        let sheet = read_xlsx(&bytes, &Limits::default())?.into_iter().next().ok_or("no sheet")?;
        let rows = i64::try_from(sheet.rows.len())?;
        let report = import(&kit, &office, bytes.clone(), false).await?;
        assert_eq!(report, done(rows, 0, 0, rows));
        assert!(import(&kit, &department(&keys, "dept:ecology"), bytes, false).await.is_err(), "the office only");
        Ok(())
    }

    fn values_in_several_rows_are_one_item_and_a_dry_run_writes_nothing(db) {
        let (kit, keys) = city(db).await?;
        let office = office(&keys);
        let csv = "清单,条款,标题,编号,牵头单位,责任单位,落实镇街园,开始日期,完成日期,计量单位,总量,年份,镇街园,目标值\n\
                   项目,2.3.4a,建设厨余处理设施,P-90,城管局,住房和城乡建设局、江阴生态环境局,,2024-01-01,2025-12-31,吨/日,300,2024,,100\n\
                   项目,2.3.4a,建设厨余处理设施,P-90,城管局,住房和城乡建设局、江阴生态环境局,,2024-01-01,2025-12-31,吨/日,300,2025,,200\n\
                   项目,2.3.4a,建设厨余处理设施,P-90,城管局,住房和城乡建设局、江阴生态环境局,,2024-01-01,2025-12-31,吨/日,300,2025,澄江街道,150\n\
                   项目,2.3.4a,建设厨余处理设施,P-90,城管局,住房和城乡建设局、江阴生态环境局,,2024-01-01,2025-12-31,吨/日,300,2025,华士镇,50\n\
                   责任,4.2,按月调度,,专项工作组,,全部,2024-01-01,,,,,,\n";
        let dry = import(&kit, &office, csv.into(), true).await?;
        assert_eq!(dry, ImportReport { dry_run: true, ..done(5, 2, 0, 0) });
        assert!(coded(&kit, &office, "P-90").await.is_err());
        assert_eq!(import(&kit, &office, csv.into(), false).await?, done(5, 2, 0, 0));
        let item = coded(&kit, &office, "P-90").await?;
        assert_eq!(item.summary.lead.as_ref().map(|l| l.name.as_str()), Some("城管局"));
        assert_eq!((item.summary.joint.len(), item.shares.len()), (2, 4));
        assert!(coded(&kit, &office, "R-13").await?.summary.all_towns, "the next number of its list");
        Ok(())
    }

    fn contradictions_are_told_by_row_and_column_and_nothing_is_written(db) {
        let (kit, keys) = city(db).await?;
        let office = office(&keys);
        let csv = "list,clause,title_zh,code,lead,starts_on,due_on,unit,total,year,town,value\n\
                   task,2.1.1,日期矛盾,T-90,,2025-06-01,2024-06-01,,,,,\n\
                   project,2.1.1,不合计,P-90,,2024-01-01,2025-12-31,tonne,30,2024,,10\n\
                   project,2.1.1,不合计,P-90,,2024-01-01,2025-12-31,tonne,30,2025,,15\n\
                   project,2.1.1,单位不明,P-91,dept:nobody,2024-01-01,2025-12-31,barrel,,2025,,1\n\
                   task,2.1.1,期外,T-91,,2024-01-01,2027-01-01,,,,,\n\
                   task,9.9,没有条款,T-92,,一月,,,,,,\n\
                   project,2.1.1,镇不合计,P-92,,2024-01-01,2025-12-31,piece,,2025,,5\n\
                   project,2.1.1,镇不合计,P-92,,2024-01-01,2025-12-31,piece,,2025,320281001,4\n\
                   task,2.1.1,好的,T-93,,2024-01-01,2025-12-31,,,,,\n";
        let refused = import(&kit, &office, csv.into(), false).await.err().ok_or("it was taken")?;
        let expected = [
            "PRG-008 /rows/2/columns/starts_on",
            "PRG-013 /rows/3/columns/total",
            "PRG-004 /rows/5/columns/lead",
            "PRG-010 /rows/5/columns/unit",
            "PRG-009 /rows/6/columns/due_on",
            "PRG-040 /rows/7/columns/starts_on",
            "PRG-003 /rows/7/columns/clause",
            "PRG-012 /rows/8/columns/value",
        ];
        assert_eq!(places(&refused), expected);
        let left = kit.db.read::<i64, Problem, _>(|s| Box::pin(async move {
            let sql = "select count(*) as n from programme_item where tenant_id = $1 and code = 'T-93'";
            Ok(s.query_one(sql, &params![TENANT]).await?.get("n")?)
        })).await?;
        assert_eq!(left, 0, "all rows or none");
        let twice = "list,clause,title_zh,code\ntask,2.1.1,甲,T-90\ntask,2.1.1,乙,T-90\n";
        let refused = import(&kit, &office, twice.into(), false).await.err().ok_or("it was taken")?;
        assert_eq!(places(&refused), ["PRG-019 /rows/3/columns/title_zh"]);
        let number = "list,clause,title_zh,code,unit,year,value\ntask,2.1.1,甲,T-90,吨,2025年,x\n";
        let refused = import(&kit, &office, number.into(), false).await.err().ok_or("it was taken")?;
        assert_eq!(places(&refused), ["PRG-041 /rows/2/columns/year"]);
        Ok(())
    }
}
