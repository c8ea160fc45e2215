//! HTTP of identity: thin handlers that call the services. Problem answers are documented for all operations in
//! one place, where the server puts the OpenAPI document together.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::access::{Permission, Role, policy};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{
    AccessMatrix, AccountBody, AccountFilter, AccountView, AuditFilter, AuditView, CodeBody, ConfirmBody,
    CreatedAccount, DelegationBody, DelegationView, DemoAccounts, FactorView, IdOnly, Me, NewAccountBody,
    PasswordBody, ReasonBody, ResetView, SignInBody,
};
use super::session::{self, Session, Token};
use super::signing_keys::{self, NewSigningKey, SigningKeyView};
use super::{accounts, audit_log, delegations, me, sign_in};
use crate::kit::{
    Ctx, IfMatch, Json, Kit, OpContext, Page, PageQuery, Path, Problem, Query, RequestInfo, State, created,
    with_etag,
};

/// Routes of identity.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default()
        .routes(routes!(post_session, delete_session))
        .routes(routes!(get_me))
        .routes(routes!(post_password))
        .routes(routes!(post_totp, delete_totp))
        .routes(routes!(post_totp_confirm))
        .routes(routes!(get_signing_keys, post_signing_key))
        .routes(routes!(delete_signing_key))
        .routes(routes!(get_demo_accounts))
        .routes(routes!(get_accounts, post_accounts))
        .routes(routes!(get_account, put_account))
        .routes(routes!(post_account_reset))
        .routes(routes!(get_delegations, post_delegations))
        .routes(routes!(post_delegation_revoke))
        .routes(routes!(get_access_matrix))
        .routes(routes!(get_audit))
}

fn with_cookie(cookie: String, response: impl IntoResponse) -> Response {
    ([(SET_COOKIE, cookie)], response).into_response()
}

fn no_content(kit: &Kit, token: &Token) -> Response {
    with_cookie(token.cookie(kit), StatusCode::NO_CONTENT)
}

/// Sign in.
///
/// Answers who is signed in and sets the session cookie. `second_factor_required` (401) asks for `totp`.
#[utoipa::path(post, path = "/session", tag = "identity", request_body = SignInBody, responses((status = 200, body = Me)), security(()))]
async fn post_session(
    axum::extract::State(kit): State,
    Extension(info): Extension<RequestInfo>,
    headers: HeaderMap,
    Json(body): Json<SignInBody>,
) -> Result<Response, Problem> {
    let old = session::token_in(&headers).map(str::to_owned);
    let token = sign_in::sign_in(&kit, &info, body, old).await?;
    let session = session::resolve(&kit, token.text()).await?.ok_or_else(Problem::internal)?;
    let ctx = Arc::new(OpContext { lang: info.lang, ..session.base.clone() });
    let body = me::me(&kit, &ctx, &session).await?;
    Ok(with_cookie(token.cookie(&kit), axum::Json(body)))
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "identity", responses((status = 204)), security(()))]
async fn delete_session(
    axum::extract::State(kit): State,
    ctx: Option<Extension<Arc<OpContext>>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = session::token_in(&headers) {
        sign_in::sign_out(&kit, ctx.map(|c| c.0), token).await?;
    }
    Ok(with_cookie(session::no_cookie(&kit), StatusCode::NO_CONTENT))
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", tag = "identity", responses((status = 200, body = Me)))]
async fn get_me(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Extension(session): Extension<Arc<Session>>,
) -> Result<Json<Me>, Problem> {
    me::me(&kit, &ctx, &session).await.map(Json)
}

/// Change the own password.
#[utoipa::path(post, path = "/me/password", tag = "identity", request_body = PasswordBody, responses((status = 204)))]
async fn post_password(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Extension(session): Extension<Arc<Session>>,
    Json(body): Json<PasswordBody>,
) -> Result<Response, Problem> {
    let token = me::change_password(&kit, &ctx, &session, &body.current, &body.new).await?;
    Ok(no_content(&kit, &token))
}

/// Make a new second factor.
#[utoipa::path(post, path = "/me/totp", tag = "identity", request_body = ConfirmBody, responses((status = 200, body = FactorView)))]
async fn post_totp(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Extension(session): Extension<Arc<Session>>,
    Json(body): Json<ConfirmBody>,
) -> Result<Json<FactorView>, Problem> {
    me::new_factor(&kit, &ctx, &session, &body.password).await.map(Json)
}

/// Confirm the new second factor.
#[utoipa::path(post, path = "/me/totp/confirm", tag = "identity", request_body = CodeBody, responses((status = 204)))]
async fn post_totp_confirm(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Extension(session): Extension<Arc<Session>>,
    Json(body): Json<CodeBody>,
) -> Result<Response, Problem> {
    let token = me::confirm_factor(&kit, &ctx, &session, &body.code).await?;
    Ok(no_content(&kit, &token))
}

/// The own signing keys.
#[utoipa::path(get, path = "/me/signing-keys", tag = "identity", responses((status = 200, body = Vec<SigningKeyView>)))]
async fn get_signing_keys(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
) -> Result<Json<Vec<SigningKeyView>>, Problem> {
    signing_keys::list(&kit, &ctx).await.map(Json)
}

/// Enrol a key of the own device, with which its person can sign without a network.
#[utoipa::path(post, path = "/me/signing-keys", tag = "identity", request_body = NewSigningKey, responses((status = 201, body = SigningKeyView)))]
async fn post_signing_key(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<NewSigningKey>,
) -> Result<Response, Problem> {
    let view = signing_keys::enrol(&kit, &ctx, body).await?;
    Ok((StatusCode::CREATED, axum::Json(view)).into_response())
}

/// Revoke an own key.
#[utoipa::path(delete, path = "/me/signing-keys/{id}", tag = "identity", params(("id" = String, Path)), responses((status = 204)))]
async fn delete_signing_key(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    signing_keys::revoke(&kit, &ctx, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the second factor away.
#[utoipa::path(delete, path = "/me/totp", tag = "identity", request_body = ConfirmBody, responses((status = 204)))]
async fn delete_totp(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Extension(session): Extension<Arc<Session>>,
    Json(body): Json<ConfirmBody>,
) -> Result<Response, Problem> {
    let token = me::drop_factor(&kit, &ctx, &session, &body.password).await?;
    Ok(no_content(&kit, &token))
}

/// Accounts of the demonstration; 404 when this is none.
#[utoipa::path(get, path = "/demo/accounts", tag = "identity", responses((status = 200, body = DemoAccounts)), security(()))]
async fn get_demo_accounts(axum::extract::State(kit): State) -> Result<Json<DemoAccounts>, Problem> {
    me::demo_accounts(&kit).await.map(Json)
}

/// List accounts.
#[utoipa::path(get, path = "/accounts", tag = "identity", params(PageQuery, AccountFilter), responses((status = 200, body = Page<AccountView>)))]
async fn get_accounts(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(page): Query<PageQuery>,
    Query(filter): Query<AccountFilter>,
) -> Result<Json<Page<AccountView>>, Problem> {
    accounts::list(&kit, &ctx, &page, &filter).await.map(Json)
}

/// Make an account.
#[utoipa::path(post, path = "/accounts", tag = "identity", request_body = NewAccountBody, responses((status = 201, body = CreatedAccount)))]
async fn post_accounts(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<NewAccountBody>,
) -> Result<Response, Problem> {
    ctx.require(Permission::AccountAdmin)?;
    let (account, initial_password) = accounts::create_from(&kit, &ctx, body).await?;
    Ok(created(account.version, CreatedAccount { account, initial_password }))
}

/// One account.
#[utoipa::path(get, path = "/accounts/{id}", tag = "identity", params(("id" = String, Path)), responses((status = 200, body = AccountView)))]
async fn get_account(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = accounts::get(&kit, &ctx, &id).await?;
    Ok(with_etag(account.version, account))
}

/// Change an account.
#[utoipa::path(put, path = "/accounts/{id}", tag = "identity", params(("id" = String, Path), ("If-Match" = String, Header)), request_body = AccountBody, responses((status = 200, body = AccountView)))]
async fn put_account(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    IfMatch(version): IfMatch,
    Json(body): Json<AccountBody>,
) -> Result<Response, Problem> {
    let account = accounts::change(&kit, &ctx, &id, version, body).await?;
    Ok(with_etag(account.version, account))
}

/// Give an account a new one-time password and take its second factor away.
#[utoipa::path(post, path = "/accounts/{id}/reset", tag = "identity", params(("id" = String, Path)), responses((status = 200, body = ResetView)))]
async fn post_account_reset(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
) -> Result<Json<ResetView>, Problem> {
    accounts::reset(&kit, &ctx, &id).await.map(|initial_password| Json(ResetView { initial_password }))
}

/// List delegations.
#[utoipa::path(get, path = "/delegations", tag = "identity", params(PageQuery), responses((status = 200, body = Page<DelegationView>)))]
async fn get_delegations(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DelegationView>>, Problem> {
    delegations::list(&kit, &ctx, &page).await.map(Json)
}

/// Grant a delegation.
#[utoipa::path(post, path = "/delegations", tag = "identity", request_body = DelegationBody, responses((status = 201, body = DelegationView)))]
async fn post_delegations(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Json(body): Json<DelegationBody>,
) -> Result<Response, Problem> {
    let view = delegations::grant(&kit, &ctx, body).await?;
    Ok(created(view.version, view))
}

/// Revoke a delegation.
#[utoipa::path(post, path = "/delegations/{id}/revoke", tag = "identity", params(("id" = String, Path)), request_body = ReasonBody, responses((status = 200, body = DelegationView)))]
async fn post_delegation_revoke(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Path(id): Path<String>,
    Json(body): Json<ReasonBody>,
) -> Result<Response, Problem> {
    let view = delegations::revoke(&kit, &ctx, &id, &body.reason).await?;
    Ok(with_etag(view.version, view))
}

/// The access policy as a table.
#[utoipa::path(get, path = "/access/matrix", tag = "identity", responses((status = 200, body = AccessMatrix)))]
async fn get_access_matrix(Ctx(ctx): Ctx) -> Result<Json<AccessMatrix>, Problem> {
    ctx.require(Permission::CatalogueRead)?;
    let cells = Role::ALL
        .iter()
        .map(|role| {
            let row: BTreeMap<String, String> = Permission::ALL
                .iter()
                .filter_map(|p| {
                    policy(*role, *p).map(|scope| (p.as_str().to_owned(), scope.as_str().to_owned()))
                })
                .collect();
            (role.as_str().to_owned(), row)
        })
        .collect();
    Ok(Json(AccessMatrix {
        roles: Role::ALL.iter().map(|r| IdOnly { id: r.as_str().to_owned() }).collect(),
        permissions: Permission::ALL.iter().map(|p| IdOnly { id: p.as_str().to_owned() }).collect(),
        cells,
    }))
}

/// The audit log.
#[utoipa::path(get, path = "/audit", tag = "identity", params(PageQuery, AuditFilter), responses((status = 200, body = Page<AuditView>)))]
async fn get_audit(
    axum::extract::State(kit): State,
    Ctx(ctx): Ctx,
    Query(page): Query<PageQuery>,
    Query(filter): Query<AuditFilter>,
) -> Result<Json<Page<AuditView>>, Problem> {
    audit_log::list(&kit, &ctx, &page, &filter).await.map(Json)
}
