//! The people of the demonstration as callers of services: what a signed-in session would be.

use std::collections::BTreeMap;
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
    /// The caller.
    pub ctx: Arc<OpContext>,
}

/// All accounts of the demonstration.
#[derive(Clone, Debug, Default)]
pub struct Actors(BTreeMap<String, Who>);

impl Actors {
    /// Adds an account.
    #[expect(clippy::too_many_arguments, reason = "one line a field of the caller; a builder would only be longer")]
    pub fn add(&mut self, tenant: &str, login: &str, org: &str, org_id: &str, kinds: &[OrgKind], town: Option<String>, roles: &[Role], ids: (String, String)) {
        let (account_id, person_id) = ids;
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
        self.0.insert(login.to_owned(), Who { org: org.to_owned(), roles: roles.to_vec(), ctx: Arc::new(ctx) });
    }

    /// The caller with this role in this organisation.
    ///
    /// # Errors
    /// 500 when the data of the demonstration has nobody of the kind.
    pub fn of(&self, org: &str, role: Role) -> Result<&Arc<OpContext>, Problem> {
        self.0.values().find(|w| w.org == org && w.roles.contains(&role)).map(|w| &w.ctx).ok_or_else(|| {
            tracing::error!(org, role = role.as_str(), "the demonstration has no such account");
            Problem::internal()
        })
    }

    /// The caller with this login.
    pub fn login(&self, login: &str) -> Option<&Who> {
        self.0.get(login)
    }
}
