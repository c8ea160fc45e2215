//! The routes: shapes, versions, uploads, and that the OpenAPI document tells all parameters.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Outcome, demo_city, dispatcher, manager, migrations, system};
use crate::kit::{Kit, Lang, OpContext};
use crate::registry::router;

async fn call(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    request: Request<Body>,
) -> Outcome<(StatusCode, Option<String>, Value)> {
    let (app, _) = router().split_for_parts();
    let mut request = request;
    request.extensions_mut().insert(Arc::clone(ctx));
    let response = app.with_state(Arc::clone(kit)).oneshot(request).await?;
    let response = crate::kit::problem::render(response, Lang::En, "test");
    let status = response.status();
    let etag = response.headers().get(header::ETAG).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let bytes = to_bytes(response.into_body(), 32 << 20).await?;
    Ok((status, etag, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
}

fn get(uri: &str) -> Outcome<Request<Body>> {
    Ok(Request::get(uri).body(Body::empty())?)
}

fn send(method: &str, uri: &str, version: Option<i64>, body: &Value) -> Outcome<Request<Body>> {
    let mut request =
        Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, "application/json");
    if let Some(version) = version {
        request = request.header(header::IF_MATCH, format!("\"{version}\""));
    }
    Ok(request.body(Body::from(body.to_string()))?)
}

fn upload(uri: &str, content: &[u8]) -> Outcome<Request<Body>> {
    let mut body =
        b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\n".to_vec();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    Ok(Request::post(uri)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX")
        .body(Body::from(body))?)
}

db::both! { migrations = migrations();
    fn a_row_lives_through_the_routes(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = manager(&keys, "plating");
        let body = json!({"name": "二厂区", "division_code": "320281004"});
        let (status, etag, made) = call(&kit, &own, send("POST", "/registry/sites", None, &body)?).await?;
        assert_eq!((status, etag.as_deref()), (StatusCode::CREATED, Some("\"1\"")));
        assert_eq!(made["org"]["id"], keys.orgs["plating"].as_str());
        let uri = format!("/registry/sites/{}", made["id"].as_str().unwrap_or_default());
        let (status, ..) = call(&kit, &own, send("PUT", &uri, None, &body)?).await?;
        assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
        let changed = json!({"name": "二分厂", "division_code": "320281004"});
        let (status, etag, _) = call(&kit, &own, send("PUT", &uri, Some(1), &changed)?).await?;
        assert_eq!((status, etag.as_deref()), (StatusCode::OK, Some("\"2\"")));
        let (status, ..) = call(&kit, &own, send("PUT", &uri, Some(1), &body)?).await?;
        assert_eq!(status, StatusCode::PRECONDITION_FAILED);
        let (status, _, problem) = call(&kit, &own, send("PUT", &uri, Some(2), &json!({"name": ""}))?).await?;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"][0]["path"], "/name");
        assert!(problem["errors"][0]["messages"]["zh-CN"].as_str().is_some_and(|m| m.contains("必填")));
        let (status, ..) = call(&kit, &own, send("POST", &format!("{uri}/deactivate"), Some(2), &json!({"reason": "合并"}))?).await?;
        assert_eq!(status, StatusCode::OK);
        let (status, _, record) = call(&kit, &own, get(&uri)?).await?;
        assert_eq!((status, record["status"].as_str()), (StatusCode::OK, Some("inactive")));
        assert_eq!(record["related"]["facilities"], 0);
        let (status, ..) = call(&kit, &own, get("/registry/planets")?).await?;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _, problem) = call(&kit, &own, get("/registry/sites?colour=red")?).await?;
        assert_eq!((status, problem["errors"][0]["rule"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("REQ-QUERY")));
        Ok(())
    }

    fn an_upload_is_imported_or_refused(db) {
        let (kit, keys) = demo_city(db).await?;
        let own = dispatcher(&keys, "carrier-a");
        let csv = "plate,plate_colour,transport_cert_no,valid_to,load_t\n苏BD9981,黄色,证,2027-01-01,12.5\n";
        let (status, _, answer) = call(&kit, &own, upload("/registry/vehicles/import?dry_run=true", csv.as_bytes())?).await?;
        assert_eq!((status, &answer["created"], &answer["dry_run"], &answer["errors"]), (StatusCode::OK, &json!(1), &json!(true), &json!([])));
        let (status, _, problem) = call(&kit, &own, upload("/registry/vehicles/import", b"plate\n1\n")?).await?;
        assert_eq!((status, problem["errors"][0]["rule"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("REG-203")));
        let large = vec![b'x'; (11 << 20) + 1];
        let (status, ..) = call(&kit, &own, upload("/registry/vehicles/import", &large)?).await?;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let (status, ..) = call(&kit, &own, send("POST", "/registry/vehicles/import", None, &json!({}))?).await?;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let (status, _, answer) = call(&kit, &own, get("/registry")?).await?;
        assert_eq!(status, StatusCode::OK);
        let vehicles = answer.as_array().and_then(|a| a.iter().find(|e| e["entity"] == "vehicles")).cloned().unwrap_or_default();
        assert_eq!(vehicles["permissions"], json!({"read": true, "write": true, "import": true, "export": true}));
        Ok(())
    }

    fn the_catalogue_answers(db) {
        let (kit, _keys) = demo_city(db).await?;
        let ctx = system();
        let (_, _, found) = call(&kit, &ctx, get("/catalogue/waste-codes?q=90004149")?).await?;
        assert_eq!((&found["total"], &found["items"][0]["code"], &found["in_force_imported"]), (&json!(1), &json!("900-041-49"), &json!(false)));
        let (_, _, found) = call(&kit, &ctx, get("/catalogue/waste-codes?category=HW17&limit=5")?).await?;
        assert_eq!(found["items"].as_array().map(Vec::len), Some(5));
        for (uri, status) in [
            ("/catalogue/waste-codes/900-041-49", 200), ("/catalogue/waste-codes/900-998-49", 404), ("/catalogue/waste-codes/x", 422),
            ("/catalogue/waste-codes?limit=0", 422), ("/catalogue/waste-codes?on=2026-02-30", 422), ("/catalogue/editions", 200),
            ("/catalogue/exemptions?code=900-052-31&stage=transport", 200), ("/catalogue/exemptions?code=1", 422), ("/catalogue/methods", 200),
            ("/catalogue/options", 200), ("/catalogue/divisions", 200), ("/catalogue/divisions?level=village&town=320281001", 200),
            ("/catalogue/divisions?level=planet", 422), ("/catalogue/citations", 200), ("/calendar/2026", 200), ("/calendar/2031", 404),
        ] {
            let (found, ..) = call(&kit, &ctx, get(uri)?).await?;
            assert_eq!(found.as_u16(), status, "{uri}");
        }
        let nobody = Arc::new(OpContext::nobody(crate::kit::testing::TENANT));
        let (status, ..) = call(&kit, &nobody, get("/catalogue/methods")?).await?;
        assert_eq!(status, StatusCode::FORBIDDEN);
        Ok(())
    }
}

#[test]
fn the_interface_description_names_every_parameter() {
    let (_, api) = router().split_for_parts();
    let api = serde_json::to_value(&api).expect("the description is JSON");
    let names = |path: &str| -> Vec<String> {
        let list = api["paths"][path]["get"]["parameters"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> =
            list.iter().filter_map(|p| p["name"].as_str().map(str::to_owned)).collect();
        names.sort();
        names
    };
    let list = names("/registry/{entity}");
    for wanted in ["entity", "limit", "cursor", "sort", "q", "org_id", "status", "valid_until"] {
        assert_eq!(list.iter().filter(|n| *n == wanted).count(), 1, "{wanted}: {list:?}");
    }
    assert_eq!(names("/catalogue/divisions"), ["level", "town"]);
    assert_eq!(names("/registry/{entity}/template"), ["entity", "format"]);
}
