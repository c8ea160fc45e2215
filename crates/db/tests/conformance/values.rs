//! Types, nulls, parameters, errors.

use db::{Constraint, DbError, Sql, Value, params};

use crate::support::{CITY, TABLES, put};

db::both! { migrations = TABLES;

    fn every_type_and_null_survive(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            let sql = "insert into thing (tenant_id, id, n, flag, data, note) values ($1, $2, $3, $4, $5, $6)";
            tx.exec(sql, &params![CITY, "full", i64::MAX, true, vec![0_u8, 255], "废 \u{1F600} '\""]).await?;
            tx.exec(sql, &params![CITY, "empty", None::<i64>, None::<bool>, None::<Vec<u8>>, None::<&str>]).await?;
            tx.exec(sql, &params![CITY, "zero", 0_i64, false, Vec::new(), ""]).await?;
            Ok(())
        })).await?;
        db.read::<_, DbError, _>(|s| Box::pin(async move {
            let rows = s.query("select * from thing where tenant_id = $1 order by id", &params![CITY]).await?;
            assert_eq!(rows.len(), 3);
            assert_eq!(rows[0].get::<Option<i64>>("n")?, None);
            assert_eq!(rows[0].get::<Option<bool>>("flag")?, None);
            assert_eq!(rows[0].get::<Option<Vec<u8>>>("data")?, None);
            assert_eq!(rows[0].get::<Option<String>>("note")?, None);
            assert_eq!(rows[1].get::<i64>("n")?, i64::MAX);
            assert!(rows[1].get::<bool>("flag")?);
            assert_eq!(rows[1].get::<Vec<u8>>("data")?, [0, 255]);
            assert_eq!(rows[1].text("note")?, "废 \u{1F600} '\"");
            assert_eq!(rows[2].get::<Option<i64>>("n")?, Some(0));
            assert!(!rows[2].get::<bool>("flag")?);
            assert_eq!(rows[2].get::<Vec<u8>>("data")?, Vec::<u8>::new());
            assert_eq!(rows[2].get::<String>("note")?, "");
            let error = rows[2].get::<i64>("note").map_err(|e| e.to_string());
            assert_eq!(error, Err("column note of thing: expected integer, found text".to_owned()));
            assert!(rows[2].get::<i64>("nothing").is_err());
            assert!(rows[0].get::<i64>("n").is_err());
            Ok(())
        })).await?;
        Ok(())
    }

    fn parameters_go_by_number_and_are_counted(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            let sql = "insert into thing (tenant_id, n, id, note) values ($2, $3, $1, $1)";
            tx.exec(sql, &params!["x", CITY, 7_i64]).await?;
            let row = tx.query_one("select n, note from thing where id = $2 and tenant_id = $1", &params![CITY, "x"]).await?;
            assert_eq!((row.get::<i64>("n")?, row.get::<String>("note")?), (7, "x".to_owned()));
            Ok(())
        })).await?;
        for params in [params![CITY], params![CITY, "x", "y"]] {
            let got = db.read::<_, DbError, _>(move |s| Box::pin(async move {
                s.query("select n from thing where tenant_id = $1 and id = $2", &params).await
            })).await;
            assert!(matches!(got, Err(DbError::Statement(_))), "{got:?}");
        }
        let nul = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { put(tx, "a\0b", 1).await })).await;
        assert!(matches!(nul, Err(DbError::Invalid(_))), "{nul:?}");
        Ok(())
    }

    fn constraints_are_told_apart(db) {
        let statements = [
            ("insert into thing (tenant_id, id, n) values ('city', 'a', 1), ('city', 'a', 2)", Constraint::Unique),
            ("insert into thing (tenant_id, id, n) values ('city', 'a', -1)", Constraint::Check),
            ("insert into thing (tenant_id, n) values ('city', 1)", Constraint::NotNull),
            ("insert into part (tenant_id, id, thing_id) values ('city', 'a', 'none')", Constraint::ForeignKey),
        ];
        for (sql, wanted) in statements {
            let got = db.write::<_, DbError, _>(CITY, move |tx| Box::pin(async move { tx.exec(sql, &[]).await })).await;
            assert!(matches!(&got, Err(DbError::Constraint { kind, .. }) if *kind == wanted), "{sql}: {got:?}");
        }
        let wrong = db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move { tx.exec("selekt", &[]).await })).await;
        assert!(matches!(wrong, Err(DbError::Statement(_))), "{wrong:?}");
        Ok(())
    }

    fn portable_statements(db) {
        db.write::<_, DbError, _>(CITY, |tx| Box::pin(async move {
            for (i, id) in ["b", "B", "a", "é", "锅", "_"].iter().enumerate() {
                put(tx, id, i as i64).await?;
            }
            let upsert = "insert into thing (tenant_id, id, n) values ($1, $2, $3) \
                 on conflict (tenant_id, id) do update set n = thing.n + excluded.n returning n";
            assert_eq!(tx.query_one(upsert, &params![CITY, "a", 40_i64]).await?.get::<i64>("n")?, 42);
            let sum = "select cast(coalesce(sum(n), 0) as bigint) as total, count(*) as rows_found from thing where tenant_id = $1";
            let row = tx.query_one(sum, &params![CITY]).await?;
            assert_eq!((row.get::<i64>("total")?, row.get::<i64>("rows_found")?), (55, 6));
            // Byte order on both engines, whatever the server's locale.
            let page = "select id from thing where (tenant_id, id) > ($1, $2) order by tenant_id, id limit $3";
            let rows = tx.query(page, &params![CITY, "B", 4_i64]).await?;
            let ids: Vec<String> = rows.iter().map(|r| r.get("id")).collect::<Result<_, _>>()?;
            assert_eq!(ids, ["_", "a", "b", "é"]);
            Ok(())
        })).await?;
        Ok(())
    }

    fn nothing_found_is_no_error_but_for_query_one(db) {
        db.read::<_, DbError, _>(|s| Box::pin(async move {
            let sql = "select id from thing where tenant_id = $1";
            assert!(s.query_opt(sql, &params![CITY]).await?.is_none());
            let one = s.query_one(sql, &params![CITY]).await;
            assert!(matches!(one, Err(DbError::NoRow(_))), "{one:?}");
            Ok(())
        })).await?;
        Ok(())
    }

    fn floats_are_refused(db) {
        let got = db.read::<_, DbError, _>(|s| Box::pin(async move {
            s.query("select 1.5 as x", &[]).await
        })).await;
        assert!(matches!(&got, Err(DbError::Statement(e)) if e.contains('x')), "{got:?}");
        Ok(())
    }

    fn readers_cannot_write(db) {
        let got = db.read::<_, DbError, _>(|s| Box::pin(async move {
            s.query("insert into thing (tenant_id, id) values ('city', 'x') returning id", &[]).await
        })).await;
        assert!(got.is_err());
        let left = db.read::<_, DbError, _>(|s| Box::pin(async move { s.query("select id from thing", &[]).await })).await?;
        assert!(left.is_empty());
        Ok(())
    }
}

#[test]
fn values_convert() {
    assert_eq!(
        params![None::<String>, Some(3_i64), "a"],
        [Value::Null, Value::Int(3), Value::Text("a".into())]
    );
}
