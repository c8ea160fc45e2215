//! HTTP of the transfer context: thin handlers that call the services. A signature's password is checked here,
//! before the writer's queue.

use std::sync::Arc;

use axum::response::Response;
use domain::access::Permission;
use domain::manifest::Step;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::attest::{self, AttestView};
use super::model::{
    CarrierBody, CheckBody, DraftBody, LegQuery, ManifestQuery, ReceiverBody, SignBody, VoidBody, Written,
};
use super::options::{self, CarrierOptions, PartyOptions};
use super::read::{self, CheckView, HistoryEntry};
use super::sign::{self, Request};
use super::view::{ManifestSummary, ManifestView};
use super::waybill_view::WaybillView;
use super::{draft, list, paper, parts};
use crate::identity;
use crate::identity::signing_keys::KeyProof;
use crate::kit::{
    Ctx, IfMatch, Json, Kit, OpContext, Page, Path, Problem, Query, State, created, download, with_etag,
};

/// Routes of the transfer context.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_list, post_manifest))
        .routes(routes!(get_party_options))
        .routes(routes!(get_carrier_options))
        .routes(routes!(get_manifest, put_manifest))
        .routes(routes!(put_carrier_part))
        .routes(routes!(put_receiver_part))
        .routes(routes!(post_check))
        .routes(routes!(post_sign))
        .routes(routes!(post_void))
        .routes(routes!(get_history))
        .routes(routes!(get_waybill))
        .routes(routes!(get_document_pdf))
        .routes(routes!(get_waybill_pdf))
        .routes(routes!(get_attest))
}

/// Who may write a document but not read it would get no answer: such a caller is refused before anything
/// happens. No role is like that, a delegation could be.
fn may_read(ctx: &OpContext) -> Result<(), Problem> {
    ctx.require(Permission::ManifestRead).map(drop)
}

async fn answer(kit: &Arc<Kit>, ctx: &Arc<OpContext>, written: Written) -> Result<Response, Problem> {
    let view = read::get(kit, ctx, &written.id).await?;
    Ok(with_etag(view.summary.version, view))
}

/// A list of manifests.
#[utoipa::path(get, path = "/manifests", tag = "transfer", params(ManifestQuery), responses((status = 200, body = Page<ManifestSummary>)))]
async fn get_list(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<ManifestQuery>,
) -> Result<Json<Page<ManifestSummary>>, Problem> {
    list::list(&kit, &ctx, query).await.map(Json)
}

/// Makes a manifest.
#[utoipa::path(post, path = "/manifests", tag = "transfer", request_body = DraftBody, responses((status = 201, body = ManifestView)))]
async fn post_manifest(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<DraftBody>,
) -> Result<Response, Problem> {
    may_read(&ctx)?;
    let written = draft::create(&kit, &ctx, body).await?;
    let view = read::get(&kit, &ctx, &written.id).await?;
    Ok(created(view.summary.version, view))
}

/// Carriers, receivers and own sites for the consignor's form.
#[utoipa::path(get, path = "/manifests/options", tag = "transfer", responses((status = 200, body = PartyOptions)))]
async fn get_party_options(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<PartyOptions>, Problem> {
    options::parties(&kit, &ctx).await.map(Json)
}

/// Own vehicles and crew for the carrier's form.
#[utoipa::path(get, path = "/manifests/options/carrier", tag = "transfer", responses((status = 200, body = CarrierOptions)))]
async fn get_carrier_options(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<CarrierOptions>, Problem> {
    options::carrier(&kit, &ctx).await.map(Json)
}

/// A manifest. Officials get personal data masked unless they state a purpose; that reading is recorded.
#[utoipa::path(get, path = "/manifests/{id}", tag = "transfer", params(("id" = String, Path)), responses((status = 200, body = ManifestView)))]
async fn get_manifest(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = read::get(&kit, &ctx, &id).await?;
    Ok(with_etag(view.summary.version, view))
}

/// Changes the consignor's part of a draft.
#[utoipa::path(put, path = "/manifests/{id}", tag = "transfer", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = DraftBody, responses((status = 200, body = ManifestView)))]
async fn put_manifest(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<DraftBody>,
) -> Result<Response, Problem> {
    may_read(&ctx)?;
    let written = draft::edit(&kit, &ctx, &id, version, body).await?;
    answer(&kit, &ctx, written).await
}

/// Fills the open leg.
#[utoipa::path(put, path = "/manifests/{id}/carrier-part", tag = "transfer", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = CarrierBody, responses((status = 200, body = ManifestView)))]
async fn put_carrier_part(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<CarrierBody>,
) -> Result<Response, Problem> {
    may_read(&ctx)?;
    let written = parts::edit_carrier(&kit, &ctx, &id, version, body).await?;
    answer(&kit, &ctx, written).await
}

/// Fills the receiver's part.
#[utoipa::path(put, path = "/manifests/{id}/receiver-part", tag = "transfer", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = ReceiverBody, responses((status = 200, body = ManifestView)))]
async fn put_receiver_part(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<ReceiverBody>,
) -> Result<Response, Problem> {
    may_read(&ctx)?;
    let written = parts::edit_receiver(&kit, &ctx, &id, version, body).await?;
    answer(&kit, &ctx, written).await
}

/// What a signature would meet, without signing.
#[utoipa::path(post, path = "/manifests/{id}/check", tag = "transfer", params(("id" = String, Path)), request_body = CheckBody, responses((status = 200, body = CheckView)))]
async fn post_check(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<CheckBody>,
) -> Result<Json<CheckView>, Problem> {
    read::check_step(&kit, &ctx, &id, body.step.as_deref()).await.map(Json)
}

/// Signs a step: the caller proves again who they are, over the version and hash displayed.
#[utoipa::path(post, path = "/manifests/{id}/sign", tag = "transfer", params(("id" = String, Path)), request_body = SignBody, responses((status = 200, body = ManifestView)))]
async fn post_sign(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<SignBody>,
) -> Result<Response, Problem> {
    let step = read::parse_step(&body.step, "/step")?;
    if step == Step::Void {
        // Voiding has its own route, because it needs a reason.
        return Err(Problem::violations(vec![domain::Violation::error(
            domain::manifest::rules::REASON_NEEDED,
            "/reason",
        )]));
    }
    let how = match (&body.key, &body.password) {
        (Some(key), None) => {
            // What is not in the signed text must not ride on the signature.
            let data = &body.data;
            let extra = [&data.carrier_org_id, &data.place, &data.at, &data.received_at];
            let other_time = data.arrived_at.as_deref().is_some_and(|at| at != key.signed_at);
            if extra.iter().any(|f| f.is_some()) || other_time {
                let rule = identity::rules::KEY_SIGNATURE;
                return Err(Problem::violations(vec![domain::Violation::error(rule, "/data")]));
            }
            let once = ctx.idempotency_key.as_deref().unwrap_or_default();
            How::Key(key, sign::key_text(&id, step, body.version, &body.content_hash, &key.signed_at, once))
        }
        (None, Some(password)) => How::Password(password, body.totp.as_deref()),
        _ => {
            let rule = identity::rules::PROOF_NEEDED;
            return Err(Problem::violations(vec![domain::Violation::error(rule, "/password")]));
        }
    };
    let request = Request {
        step,
        version: body.version,
        content_hash: Some(body.content_hash),
        data: body.data.clone(),
        reason: String::new(),
    };
    signed(&kit, &ctx, &id, request, how).await
}

/// How the caller proves who they are.
enum How<'a> {
    /// Password, and one-time code.
    Password(&'a str, Option<&'a str>),
    /// A key of the own device, with the text that it signed.
    Key(&'a KeyProof, String),
}

/// Answers a repetition as the first time; otherwise lets the caller prove who they are, and signs.
async fn signed(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    request: Request,
    how: How<'_>,
) -> Result<Response, Problem> {
    may_read(ctx)?;
    if let Some(written) = sign::earlier(kit, ctx, id, &request).await? {
        return answer(kit, ctx, written).await;
    }
    let proof = match how {
        How::Password(password, totp) => identity::reauthenticate(kit, ctx, password, totp).await?,
        How::Key(key, text) => identity::signing_keys::verify(kit, ctx, key, text).await?,
    };
    let written = sign::sign(kit, ctx, id, request, proof).await?;
    answer(kit, ctx, written).await
}

/// Gives a document up before departure.
#[utoipa::path(post, path = "/manifests/{id}/void", tag = "transfer", params(("id" = String, Path)), request_body = VoidBody, responses((status = 200, body = ManifestView)))]
async fn post_void(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<VoidBody>,
) -> Result<Response, Problem> {
    let request = Request {
        step: Step::Void,
        version: body.version,
        content_hash: None,
        data: Default::default(),
        reason: body.reason,
    };
    signed(&kit, &ctx, &id, request, How::Password(&body.password, body.totp.as_deref())).await
}

/// Everything that happened to a manifest, with its place in the journal.
#[utoipa::path(get, path = "/manifests/{id}/history", tag = "transfer", params(("id" = String, Path)), responses((status = 200, body = Vec<HistoryEntry>)))]
async fn get_history(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Json<Vec<HistoryEntry>>, Problem> {
    read::history(&kit, &ctx, &id).await.map(Json)
}

/// The dangerous-goods waybill of a leg, filled from the manifest.
#[utoipa::path(get, path = "/manifests/{id}/waybill", tag = "transfer", params(("id" = String, Path), LegQuery), responses((status = 200, body = WaybillView)))]
async fn get_waybill(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Query(query): Query<LegQuery>,
) -> Result<Json<WaybillView>, Problem> {
    let (_, bill) = read::waybill_of(&kit, &ctx, &id, query.leg).await?;
    Ok(Json(bill.into()))
}

/// The manifest as PDF; its QR code attests version and content at issue.
#[utoipa::path(get, path = "/manifests/{id}/document.pdf", tag = "transfer", params(("id" = String, Path)), responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn get_document_pdf(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let paper = paper::manifest(&kit, &ctx, &id).await?;
    Ok(download(paper.bytes, "application/pdf", &paper.file_name, true))
}

/// The waybill of a leg as PDF.
#[utoipa::path(get, path = "/manifests/{id}/waybill.pdf", tag = "transfer", params(("id" = String, Path), LegQuery), responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn get_waybill_pdf(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Query(query): Query<LegQuery>,
) -> Result<Response, Problem> {
    let paper = paper::waybill(&kit, &ctx, &id, query.leg).await?;
    Ok(download(paper.bytes, "application/pdf", &paper.file_name, true))
}

/// Checks the code of a printed document. Public: no session is needed.
#[utoipa::path(get, path = "/attest/{code}", tag = "transfer", params(("code" = String, Path)), responses((status = 200, body = AttestView)), security(()))]
async fn get_attest(
    axum::extract::State(kit): State,
    Path(code): Path<String>,
) -> Result<Json<AttestView>, Problem> {
    attest::verify(&kit, &code).await.map(Json)
}
