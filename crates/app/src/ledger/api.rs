//! HTTP of the ledger: thin handlers that call the use cases.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::balance::{self, Balance, BalanceQuery};
use super::commands;
use super::entries::{self, EntryQuery, EntryView};
use super::history::{self, LotDetail};
use super::label::{self, LabelQuery};
use super::list::{self, LotQuery};
use super::model::{
    AdjustmentInput, CommandAnswer, GenerationInput, LotView, RepackInput, StorageInInput, StorageOutInput,
    TreatmentInput, UndoInput,
};
use super::registers::{self, Register, RegisterPage, RegisterQuery};
use super::stock::{self, Stock, StockQuery};
use super::trace::{self, TraceQuery, TraceView};
use crate::kit::{Ctx, Json, Kit, Page, Path, Problem, Query, State, download, with_etag};

/// Routes of the ledger.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(get_lots))
        .routes(routes!(get_lot))
        .routes(routes!(get_lot_by_code))
        .routes(routes!(get_label))
        .routes(routes!(get_trace))
        .routes(routes!(get_stock))
        .routes(routes!(get_entries))
        .routes(routes!(get_balance))
        .routes(routes!(get_register))
        .routes(routes!(post_generation))
        .routes(routes!(post_storage_in))
        .routes(routes!(post_storage_out))
        .routes(routes!(post_storage_out_undo))
        .routes(routes!(post_repacking))
        .routes(routes!(post_treatment))
        .routes(routes!(post_adjustment))
}

fn made(answer: CommandAnswer) -> Response {
    (axum::http::StatusCode::CREATED, axum::Json(answer)).into_response()
}

/// A list of lots.
#[utoipa::path(get, path = "/ledger/lots", tag = "ledger", params(LotQuery), responses((status = 200, body = Page<LotView>)))]
async fn get_lots(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<LotQuery>,
) -> Result<Json<Page<LotView>>, Problem> {
    list::list(&kit, &ctx, &query).await.map(Json)
}

/// A lot with its history.
#[utoipa::path(get, path = "/ledger/lots/{id}", tag = "ledger", params(("id" = String, Path)), responses((status = 200, body = LotDetail)))]
async fn get_lot(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let detail = history::get(&kit, &ctx, id).await?;
    Ok(with_etag(detail.lot.version, detail))
}

/// The lot that a scanned container code points to.
#[utoipa::path(get, path = "/ledger/lots/by-code/{container_code}", tag = "ledger", params(("container_code" = String, Path)), responses((status = 200, body = LotView)))]
async fn get_lot_by_code(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let lot = list::by_code(&kit, &ctx, &code).await?;
    Ok(with_etag(lot.version, lot))
}

/// The container's label.
#[utoipa::path(get, path = "/ledger/lots/{id}/label.pdf", tag = "ledger", params(("id" = String, Path), LabelQuery), responses((status = 200, content_type = "application/pdf")))]
async fn get_label(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Query(query): Query<LabelQuery>,
) -> Result<Response, Problem> {
    let label = label::label(&kit, &ctx, id, &query).await?;
    Ok(download(label.bytes, "application/pdf", &label.file_name, true))
}

/// Where the lot came from and what became of it.
#[utoipa::path(get, path = "/ledger/lots/{id}/trace", tag = "ledger", params(("id" = String, Path), TraceQuery), responses((status = 200, body = TraceView)))]
async fn get_trace(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Query(query): Query<TraceQuery>,
) -> Result<Json<TraceView>, Problem> {
    trace::trace(&kit, &ctx, id, &query).await.map(Json)
}

/// Stock at this moment.
#[utoipa::path(get, path = "/ledger/stock", tag = "ledger", params(StockQuery), responses((status = 200, body = Stock)))]
async fn get_stock(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<StockQuery>,
) -> Result<Json<Stock>, Problem> {
    stock::stock(&kit, &ctx, &query).await.map(Json)
}

/// Entries of the balance.
#[utoipa::path(get, path = "/ledger/entries", tag = "ledger", params(EntryQuery), responses((status = 200, body = Page<EntryView>)))]
async fn get_entries(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<EntryQuery>,
) -> Result<Json<Page<EntryView>>, Problem> {
    entries::list(&kit, &ctx, &query).await.map(Json)
}

/// The mass balance of a period.
#[utoipa::path(get, path = "/ledger/balance", tag = "ledger", params(BalanceQuery), responses((status = 200, body = Balance)))]
async fn get_balance(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(query): Query<BalanceQuery>,
) -> Result<Json<Balance>, Problem> {
    balance::balance(&kit, &ctx, &query).await.map(Json)
}

/// A register of HJ 1259-2022: b1 to b5, as rows or as a file.
#[utoipa::path(get, path = "/ledger/registers/{table}", tag = "ledger", params(("table" = String, Path), RegisterQuery), responses((status = 200, content((RegisterPage = "application/json"), (Vec<u8> = "application/octet-stream")))))]
async fn get_register(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(table): Path<String>,
    Query(query): Query<RegisterQuery>,
) -> Result<Response, Problem> {
    Ok(match registers::register(&kit, &ctx, &table, &query).await? {
        Register::Page(page) => axum::Json(page).into_response(),
        Register::File { bytes, content_type, name } => download(bytes, content_type, &name, false),
    })
}

/// Generation, with packing, weighing, label and storage in one go.
#[utoipa::path(post, path = "/ledger/generations", tag = "ledger", request_body = GenerationInput, responses((status = 201, body = CommandAnswer)))]
async fn post_generation(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<GenerationInput>,
) -> Result<Response, Problem> {
    commands::generate(&kit, &ctx, input).await.map(made)
}

/// Into storage.
#[utoipa::path(post, path = "/ledger/storage-ins", tag = "ledger", request_body = StorageInInput, responses((status = 201, body = CommandAnswer)))]
async fn post_storage_in(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<StorageInInput>,
) -> Result<Response, Problem> {
    commands::store_in(&kit, &ctx, input).await.map(made)
}

/// Out of storage for a purpose.
#[utoipa::path(post, path = "/ledger/storage-outs", tag = "ledger", request_body = StorageOutInput, responses((status = 201, body = CommandAnswer)))]
async fn post_storage_out(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<StorageOutInput>,
) -> Result<Response, Problem> {
    commands::store_out(&kit, &ctx, input).await.map(made)
}

/// Taking out is undone.
#[utoipa::path(post, path = "/ledger/storage-outs/undo", tag = "ledger", request_body = UndoInput, responses((status = 201, body = CommandAnswer)))]
async fn post_storage_out_undo(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<UndoInput>,
) -> Result<Response, Problem> {
    commands::undo_store_out(&kit, &ctx, input).await.map(made)
}

/// Splits and merges.
#[utoipa::path(post, path = "/ledger/repackings", tag = "ledger", request_body = RepackInput, responses((status = 201, body = CommandAnswer)))]
async fn post_repacking(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<RepackInput>,
) -> Result<Response, Problem> {
    commands::repack(&kit, &ctx, input).await.map(made)
}

/// Use or disposal.
#[utoipa::path(post, path = "/ledger/treatments", tag = "ledger", request_body = TreatmentInput, responses((status = 201, body = CommandAnswer)))]
async fn post_treatment(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<TreatmentInput>,
) -> Result<Response, Problem> {
    commands::treat(&kit, &ctx, input).await.map(made)
}

/// A weight correction.
#[utoipa::path(post, path = "/ledger/adjustments", tag = "ledger", request_body = AdjustmentInput, responses((status = 201, body = CommandAnswer)))]
async fn post_adjustment(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(input): Json<AdjustmentInput>,
) -> Result<Response, Problem> {
    commands::adjust(&kit, &ctx, input).await.map(made)
}
