//! What the signed-in person sees and changes about the own account: who I am, password, second factor.

use std::sync::Arc;

use db::{DbError, Sql, params};
use domain::access::Permission;
use serde::Deserialize;

use super::model::{DemoAccount, DemoAccounts, FactorView, Me, MeCity, MeFactor, MeOrg, Named, Notice};
use super::session::{Session, Sessions, Token};
use super::{delegations, demo, password, reauth, rules, sign_in, store, totp};
use crate::kit::{Code, Kit, OpContext, Problem, audit, data};

#[derive(Deserialize)]
struct Words {
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
}

/// The city's names, from its profile; the key itself when there is no profile.
fn city(kit: &Kit) -> MeCity {
    #[derive(Deserialize)]
    struct Profile {
        name: Words,
    }
    let path = format!("cities/{}/profile.json", kit.settings.profile);
    let name =
        data::file(&path).and_then(|bytes| serde_json::from_slice::<Profile>(&bytes).ok()).map(|p| p.name);
    let (zh, en) =
        name.map_or_else(|| (kit.settings.profile.clone(), kit.settings.profile.clone()), |n| (n.zh, n.en));
    MeCity {
        tenant_id: kit.settings.tenant.clone(),
        name_zh: zh,
        name_en: en,
        zone: kit.settings.zone.clone(),
    }
}

/// A notice of `data/texts/notices.json`.
fn notice(id: &str) -> Option<Notice> {
    #[derive(Deserialize)]
    struct Text {
        severity: String,
        #[serde(flatten)]
        words: Words,
    }
    let all: std::collections::BTreeMap<String, Text> = data::json("texts/notices.json");
    all.into_iter().find(|(key, _)| key == id).map(|(id, t)| Notice {
        id,
        severity: t.severity,
        zh: t.words.zh,
        en: t.words.en,
    })
}

fn notices(kit: &Kit) -> Vec<Notice> {
    let mut ids = Vec::new();
    if kit.settings.demo {
        ids.push("demo");
    }
    if !kit.settings.session.require_second_factor {
        ids.push("second_factor_off");
    }
    if !edition_in_force_is_imported(kit) {
        ids.push("catalogue_2025_missing");
    }
    ids.into_iter().filter_map(notice).collect()
}

/// Whether the edition of the waste catalogue that is in force today is among the code tables.
fn edition_in_force_is_imported(kit: &Kit) -> bool {
    #[derive(Deserialize)]
    struct File {
        editions: Vec<Edition>,
    }
    #[derive(Deserialize)]
    struct Edition {
        valid_from: String,
        valid_to: Option<String>,
        imported: bool,
    }
    let Ok(today) = delegations::today(kit).map(|d| d.to_string()) else { return true };
    let Some(file) = data::file("codes/editions.json").and_then(|b| serde_json::from_slice::<File>(&b).ok())
    else {
        return true;
    };
    let in_force =
        |e: &&Edition| e.valid_from <= today && e.valid_to.as_deref().is_none_or(|to| today.as_str() <= to);
    file.editions.iter().filter(in_force).all(|e| e.imported)
}

/// Who is signed in.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn me(kit: &Arc<Kit>, ctx: &Arc<OpContext>, session: &Session) -> Result<Me, Problem> {
    let delegations = delegations::clients(kit, ctx).await?;
    let acting_for = ctx.acting_for.as_ref().map(|a| {
        let name = delegations.iter().find(|d| d.client.id == a.org_id).map(|d| d.client.name.clone());
        Named { id: a.org_id.clone(), name: name.unwrap_or_default() }
    });
    Ok(Me {
        account_id: ctx.account_id.clone(),
        person: Named { id: ctx.person_id.clone(), name: session.person_name.clone() },
        org: MeOrg { id: ctx.org_id.clone(), name: session.org_name.clone(), kinds: ctx.org_kinds.clone() },
        roles: ctx.roles.clone(),
        permissions: Permission::ALL.iter().copied().filter(|p| ctx.may(*p)).collect(),
        second_factor: MeFactor { required: session.factor_required, enabled: session.factor_enabled },
        must_change_password: session.must_change,
        delegations,
        acting_for,
        city: city(kit),
        demo: kit.settings.demo,
        notices: notices(kit),
    })
}

/// Changes the own password; every session ends and the caller gets a new one.
///
/// # Errors
/// 401 for a wrong present password, 422 for a new one that is too weak.
pub async fn change_password(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    session: &Session,
    current: &str,
    new: &str,
) -> Result<Token, Problem> {
    reauth::prove_password(kit, ctx, current).await?;
    let mut found = password::check(new, &session.login, "/new");
    if current == new {
        found.push(domain::Violation::error(rules::PASSWORD_SAME, "/new"));
    }
    if !found.is_empty() {
        return Err(super::accounts::invalid(found));
    }
    let hash = password::hash(kit, new).await?;
    sign_in::renew(kit, session, ctx.second_factor, move |mut w| {
        Box::pin(async move {
            let (id, now) = (w.ctx.account_id.clone(), w.now);
            store::set_credential(w.tx, &id, &hash, false, now).await?;
            audit::record(&mut w, audit::Entry::new("audit.password_changed", "account", id)).await.map(drop)
        })
    })
    .await
}

/// Makes a new second factor; it counts only after [`confirm_factor`].
///
/// # Errors
/// 401 for a wrong password, 409 when one is set up already.
pub async fn new_factor(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    session: &Session,
    password: &str,
) -> Result<FactorView, Problem> {
    // A session left open must not bind somebody else's telephone to the account.
    reauth::prove_password(kit, ctx, password).await?;
    let mut secret = [0u8; totp::SECRET_BYTES];
    kit.ids.fill(&mut secret);
    let (id, now) = (ctx.account_id.clone(), kit.clock.now());
    kit.db
        .write(&ctx.tenant, move |tx| {
            Box::pin(async move {
                let tenant = tx.tenant().to_owned();
                if store::factor(tx, &tenant, &id).await?.is_some_and(|f| f.confirmed) {
                    return Err(Problem::rule(Code::Conflict, rules::FACTOR_EXISTS, []));
                }
                Ok::<_, Problem>(store::set_factor(tx, &id, &secret, now).await?)
            })
        })
        .await?;
    let uri = totp::uri(&secret, &format!("无废 {}", city(kit).name_zh), &session.login);
    let qr_svg = totp::qr_svg(&uri).ok_or_else(Problem::internal)?;
    Ok(FactorView { secret: totp::base32(&secret), uri, qr_svg })
}

/// Confirms the new second factor with a code of it; the session is renewed as one with two factors.
///
/// # Errors
/// 409 without a new one, 422 for a wrong code.
pub async fn confirm_factor(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    session: &Session,
    code: &str,
) -> Result<Token, Problem> {
    let (tenant, id) = (ctx.tenant.clone(), ctx.account_id.clone());
    let factor = kit
        .db
        .read(move |sql| Box::pin(async move { store::factor(sql, &tenant, &id).await }))
        .await
        .map_err(|e: DbError| Problem::from(e))?;
    let factor =
        factor.filter(|f| !f.confirmed).ok_or_else(|| Problem::rule(Code::Conflict, rules::NO_FACTOR, []))?;
    let step = totp::step_of(&factor.secret, code, kit.clock.now())
        .ok_or_else(|| Problem::field("/code", rules::CODE_WRONG, []))?;
    sign_in::renew(kit, session, true, move |mut w| {
        Box::pin(async move {
            let id = w.ctx.account_id.clone();
            if !store::take_step(w.tx, &id, step).await? {
                return Err(Problem::field("/code", rules::CODE_WRONG, []));
            }
            audit::record(&mut w, audit::Entry::new("audit.second_factor_enabled", "account", id))
                .await
                .map(drop)
        })
    })
    .await
}

/// Takes the own second factor away.
///
/// # Errors
/// 401 for a wrong password, 409 when a role demands it or there is none.
pub async fn drop_factor(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    session: &Session,
    password: &str,
) -> Result<Token, Problem> {
    reauth::prove_password(kit, ctx, password).await?;
    if session.factor_required {
        return Err(Problem::rule(Code::Conflict, rules::FACTOR_KEEP, []));
    }
    if !session.factor_enabled {
        return Err(Problem::rule(Code::Conflict, rules::NO_FACTOR, []));
    }
    let token = sign_in::renew(kit, session, false, move |mut w| {
        Box::pin(async move {
            let id = w.ctx.account_id.clone();
            store::drop_factor(w.tx, &id).await?;
            audit::record(&mut w, audit::Entry::new("audit.second_factor_disabled", "account", id))
                .await
                .map(drop)
        })
    })
    .await?;
    kit.parts.get::<Sessions>().forget();
    Ok(token)
}

/// The accounts that a demonstration offers.
///
/// # Errors
/// 404 when this is none.
pub async fn demo_accounts(kit: &Arc<Kit>) -> Result<DemoAccounts, Problem> {
    if !kit.settings.demo {
        return Err(Problem::not_found());
    }
    let tenant = kit.settings.tenant.clone();
    let accounts = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let rows = sql
                    .query(
                        "select d.login, d.role, d.hint_zh, d.hint_en, a.name, o.name as org_name from demo_account d \
                         join account a on a.tenant_id = d.tenant_id and a.login = d.login \
                         join org o on o.tenant_id = a.tenant_id and o.id = a.org_id \
                         where d.tenant_id = $1 order by d.sort, d.login",
                        &params![tenant],
                    )
                    .await?;
                rows.iter()
                    .map(|r| {
                        Ok(DemoAccount {
                            login: r.get("login")?,
                            role: r.get("role")?,
                            person: r.get::<Option<String>>("name")?.unwrap_or_default(),
                            org: r.get("org_name")?,
                            hint_zh: r.get("hint_zh")?,
                            hint_en: r.get("hint_en")?,
                        })
                    })
                    .collect::<Result<Vec<_>, DbError>>()
            })
        })
        .await
        .map_err(|e: DbError| Problem::from(e))?;
    Ok(DemoAccounts { password: demo::PASSWORD.to_owned(), accounts })
}
