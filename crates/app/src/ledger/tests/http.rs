//! The routes: what a browser or another system sends and gets.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Outcome<Value> {
        Ok(serde_json::from_slice(&self.bytes)?)
    }
}

/// Sends a request as a signed-in caller.
async fn ask(
    h: &House,
    ctx: &Arc<OpContext>,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Outcome<Answer> {
    let (routes, _) = crate::ledger::router().split_for_parts();
    let app: axum::Router = routes.layer(axum::Extension(Arc::clone(ctx))).with_state(Arc::clone(&h.kit));
    let mut request = Request::builder().method(method).uri(path);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |b| Body::from(b.to_string()));
    let response = app.oneshot(request.body(body)?).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, bytes: to_bytes(response.into_body(), usize::MAX).await?.to_vec() })
}

db::both! { migrations = crate::migrations();
    fn the_routes_speak_json_and_pdf(db) {
        let h = House::new(db).await?;
        let body = json!({
            "site_id": h.site("plating-1"), "generating_facility_id": h.facility("plating-1-MF0001"),
            "waste_code": "90004149", "internal_name": "沾染废包装", "form": "solid", "traits": ["T", "In"],
            "packaging": "bag", "capacity_ml": 80_000, "containers": [{"mass_g": 12_500, "gross_g": 13_000, "tare_g": 500}],
            "occurred_at": h.now(), "storage_facility_id": h.facility("plating-1-TS001"),
        });
        let made = ask(&h, &h.plating, "POST", "/ledger/generations", Some(body.clone())).await?;
        assert_eq!(made.status, StatusCode::CREATED);
        let made = made.json()?;
        // The catalogue in force is not imported: said with the answer, in words.
        assert_eq!(made["warnings"][0]["rule"], "LED-021");
        assert!(made["warnings"][0]["message"].as_str().is_some_and(|m| m.contains("2025")));
        let (id, code) = (made["lots"][0]["id"].as_str().ok_or("no id")?, made["lots"][0]["container_code"].as_str().ok_or("no code")?);
        let scanned = ask(&h, &h.plating, "GET", &format!("/ledger/lots/by-code/{code}"), None).await?;
        assert_eq!((scanned.status, scanned.headers[header::ETAG].to_str()?), (StatusCode::OK, "\"1\""));
        assert_eq!(scanned.json()?["waste_code"], "900-041-49");
        let detail = ask(&h, &h.plating, "GET", &format!("/ledger/lots/{id}"), None).await?.json()?;
        assert_eq!((&detail["events"][0]["kind"], &detail["mass_g"]), (&json!("waste.generated"), &json!(12_500)));
        let label = ask(&h, &h.plating, "GET", &format!("/ledger/lots/{id}/label.pdf?size=150"), None).await?;
        assert_eq!(label.headers[header::CONTENT_TYPE], "application/pdf");
        assert!(label.bytes.starts_with(b"%PDF"));
        for path in ["/ledger/stock", "/ledger/entries", "/ledger/balance?from=2026-03&to=2026-03",
            "/ledger/registers/b1?from=2026-03&to=2026-03", "/ledger/lots?status=stored&limit=1"] {
            let answer = ask(&h, &h.office, "GET", path, None).await?;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
        }
        let trace = ask(&h, &h.plating, "GET", &format!("/ledger/lots/{id}/trace"), None).await?.json()?;
        assert_eq!(trace["sums"], json!({"root_g": 12_500, "origins_g": 12_500, "ends_g": 12_500, "remaining_g": 12_500}));
        // What does not fit.
        let mut wrong = body.clone();
        wrong["containers"][0]["mass_g"] = json!(12.5);
        assert_eq!(ask(&h, &h.plating, "POST", "/ledger/generations", Some(wrong)).await?.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut extra = body;
        extra["lot_ids"] = json!([]);
        assert_eq!(ask(&h, &h.plating, "POST", "/ledger/generations", Some(extra)).await?.status, StatusCode::UNPROCESSABLE_ENTITY);
        for (path, status) in [
            ("/ledger/lots/by-code/nonsense", StatusCode::UNPROCESSABLE_ENTITY),
            ("/ledger/lots/nobody", StatusCode::NOT_FOUND),
            ("/ledger/lots?colour=red", StatusCode::UNPROCESSABLE_ENTITY),
            ("/ledger/balance", StatusCode::UNPROCESSABLE_ENTITY),
            ("/ledger/registers/b7?from=2026-03&to=2026-03", StatusCode::NOT_FOUND),
        ] {
            assert_eq!(ask(&h, &h.plating, "GET", path, None).await?.status, status, "{path}");
        }
        Ok(())
    }
}
