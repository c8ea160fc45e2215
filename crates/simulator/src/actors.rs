//! The people of the demonstration as callers of services: what a signed-in session would be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::kit::{Lang, OpContext, Problem};
use domain::access::{OrgKind, Role};

/// One account.
#[derive(Clone, Debug)]
pub struct Who {
    /// Key of the organisation.
    pub org: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// The person's name.
    pub name: String,
    /// The caller.
    pub ctx: Arc<OpContext>,
}

/// What makes an actor.
pub struct NewActor<'a> {
    /// Login.
    pub login: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// Key of the organisation.
    pub org: &'a str,
    /// Its id.
    pub org_id: &'a str,
    /// Its kinds.
    pub kinds: &'a [OrgKind],
    /// Town, for a town office.
    pub town: Option<String>,
    /// Roles.
    pub roles: &'a [Role],
    /// Account.
    pub account_id: String,
    /// Person.
    pub person_id: String,
}

/// All accounts of the demonstration.
#[derive(Clone, Debug, Default)]
pub struct Actors {
    by_login: BTreeMap<String, Who>,
    /// Logins of an organisation, sorted.
    by_org: BTreeMap<String, BTreeSet<String>>,
    /// Login of an account.
    by_account: BTreeMap<String, String>,
}

impl Actors {
    /// Adds an account.
    pub fn add(&mut self, tenant: &str, new: NewActor<'_>) {
        let NewActor { login, name, org, org_id, kinds, town, roles, account_id, person_id } = new;
        let ctx = OpContext {
            account_id,
            person_id,
            org_id: org_id.to_owned(),
            org_kinds: kinds.to_vec(),
            town_code: town,
            roles: roles.to_vec(),
            second_factor: true,
            lang: Lang::Zh,
            trace_id: "simulation".to_owned(),
            ..OpContext::nobody(tenant)
        };
        self.by_org.entry(org.to_owned()).or_default().insert(login.to_owned());
        self.by_account.insert(ctx.account_id.clone(), login.to_owned());
        self.by_login.insert(
            login.to_owned(),
            Who { org: org.to_owned(), roles: roles.to_vec(), name: name.to_owned(), ctx: Arc::new(ctx) },
        );
    }

    /// The caller with this role in this organisation.
    ///
    /// # Errors
    /// 500 when the data of the demonstration has nobody of the kind.
    pub fn of(&self, org: &str, role: Role) -> Result<&Arc<OpContext>, Problem> {
        let logins = self.by_org.get(org).into_iter().flatten();
        let mut found = logins.filter_map(|l| self.by_login.get(l)).filter(|w| w.roles.contains(&role));
        found.next().map(|w| &w.ctx).ok_or_else(|| {
            tracing::error!(org, role = role.as_str(), "the demonstration has no such account");
            Problem::internal()
        })
    }

    /// The name behind an account; empty for an account that is not ours.
    pub fn name(&self, account_id: &str) -> &str {
        let login = self.by_account.get(account_id);
        login.and_then(|l| self.by_login.get(l)).map_or("", |w| w.name.as_str())
    }

    /// The caller with this login.
    pub fn login(&self, login: &str) -> Option<&Who> {
        self.by_login.get(login)
    }
}
