//! Who asks, for whom, with which rights: the first argument of every service function. A permission is
//! asked for with [`OpContext::require`], and the reach that it answers must go into the query.

use std::sync::Arc;

use domain::access::{DelegationScope, OrgKind, Permission, Role, Scope, delegated, widest};

use super::problem::{Code, Problem};
use super::texts::Lang;

/// A client that the actor's organisation acts for.
#[derive(Clone, Debug, PartialEq)]
pub struct ActingFor {
    /// The delegation's id.
    pub delegation_id: String,
    /// The client organisation.
    pub org_id: String,
    /// What the client allowed.
    pub scope: DelegationScope,
}

/// The caller of an operation.
#[derive(Clone, Debug)]
pub struct OpContext {
    /// The city.
    pub tenant: String,
    /// Account that is signed in.
    pub account_id: String,
    /// The person behind it.
    pub person_id: String,
    /// The account's own organisation.
    pub org_id: String,
    /// What the organisation is.
    pub org_kinds: Vec<OrgKind>,
    /// Town that a town office is responsible for.
    pub town_code: Option<String>,
    /// Roles of the account.
    pub roles: Vec<Role>,
    /// The client, when acting under a delegation.
    pub acting_for: Option<ActingFor>,
    /// The session proved a second factor.
    pub second_factor: bool,
    /// Language of answers.
    pub lang: Lang,
    /// Number of this request in the logs.
    pub trace_id: String,
    /// The caller's idempotency key.
    pub idempotency_key: Option<String>,
    /// Stated purpose of a read of personal data.
    pub purpose: Option<String>,
    /// Address that the request came from.
    pub ip: Option<String>,
}

/// How far a permission reaches, with the ids to put into the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole city.
    City,
    /// Organisations and sites of one town.
    Town(String),
    /// One organisation.
    Org(String),
    /// Documents on which the organisation is a party.
    Party(String),
    /// Documents assigned to this person of this organisation.
    Assigned {
        /// The organisation.
        org_id: String,
        /// The account of the person.
        account_id: String,
    },
}

impl Reach {
    /// Adds the reach as a condition on an owning organisation's column (`town_column` is the column with
    /// the town of the organisation or site, never its division: that may be a village).
    pub fn filter(&self, filter: &mut super::filter::Filter, org_column: &str, town_column: &str) {
        match self {
            Reach::City => {}
            Reach::Town(code) => {
                filter.and(&format!("{town_column} = ?"), [db::Value::from(code.as_str())]);
            }
            Reach::Org(id) | Reach::Party(id) | Reach::Assigned { org_id: id, .. } => {
                filter.and(&format!("{org_column} = ?"), [db::Value::from(id.as_str())]);
            }
        }
    }

    /// Whether an object of this organisation and town lies within reach.
    pub fn covers(&self, org_id: &str, town_code: Option<&str>) -> bool {
        match self {
            Reach::City => true,
            Reach::Town(code) => town_code == Some(code.as_str()),
            Reach::Org(id) | Reach::Party(id) | Reach::Assigned { org_id: id, .. } => id == org_id,
        }
    }
}

impl OpContext {
    /// The house itself, for first start, imports from the command line and demonstrations: may do what
    /// the system and security administrators may. Its actor id is `system`.
    pub fn system(tenant: &str) -> Arc<Self> {
        Arc::new(Self {
            account_id: "system".to_owned(),
            person_id: "system".to_owned(),
            roles: vec![Role::SystemAdmin, Role::SecurityAdmin],
            ..Self::nobody(tenant)
        })
    }

    /// Nobody in particular: a caller before sign-in, without any right. Its actor id is `anonymous`.
    pub fn nobody(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            account_id: "anonymous".to_owned(),
            person_id: String::new(),
            org_id: String::new(),
            org_kinds: Vec::new(),
            town_code: None,
            roles: Vec::new(),
            acting_for: None,
            second_factor: false,
            lang: Lang::default(),
            trace_id: String::new(),
            idempotency_key: None,
            purpose: None,
            ip: None,
        }
    }

    /// The organisation on whose behalf the caller acts: the client under a delegation, else the own one.
    pub fn acting_org(&self) -> &str {
        self.acting_for.as_ref().map_or(self.org_id.as_str(), |a| a.org_id.as_str())
    }

    /// The client's id for the event, when acting under a delegation.
    pub fn on_behalf_of(&self) -> Option<String> {
        self.acting_for.as_ref().map(|a| a.org_id.clone())
    }

    /// Asks for a permission and answers how far it reaches.
    ///
    /// # Errors
    /// 403 with rule `ID-PERMISSION` when no role grants it, or the delegation does not include it.
    pub fn require(&self, permission: Permission) -> Result<Reach, Problem> {
        let refuse = || Problem::forbidden("ID-PERMISSION", [("permission", permission.as_str().to_owned())]);
        if let Some(client) = &self.acting_for {
            // An agent's rights are the client's grant, and never reach beyond the client.
            let scope = delegated(&self.roles, &client.scope, permission).ok_or_else(refuse)?;
            return Ok(match scope {
                Scope::Org => Reach::Org(client.org_id.clone()),
                Scope::Assigned => {
                    Reach::Assigned { org_id: client.org_id.clone(), account_id: self.account_id.clone() }
                }
                _ => Reach::Party(client.org_id.clone()),
            });
        }
        let scope = widest(&self.roles, permission).ok_or_else(refuse)?;
        Ok(match scope {
            Scope::City => Reach::City,
            Scope::Town => Reach::Town(self.town_code.clone().ok_or_else(refuse)?),
            Scope::Org => Reach::Org(self.org_id.clone()),
            Scope::Party => Reach::Party(self.org_id.clone()),
            Scope::Assigned => {
                Reach::Assigned { org_id: self.org_id.clone(), account_id: self.account_id.clone() }
            }
        })
    }

    /// Whether the permission is held at all.
    pub fn may(&self, permission: Permission) -> bool {
        self.require(permission).is_ok()
    }

    /// Requires the permission for objects of one organisation.
    ///
    /// # Errors
    /// 403 without the permission; 404 when the organisation is out of reach (its existence is not told).
    pub fn require_for(
        &self,
        permission: Permission,
        org_id: &str,
        town_code: Option<&str>,
    ) -> Result<(), Problem> {
        if self.require(permission)?.covers(org_id, town_code) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// Takes the context out of a request's extensions, or says that nobody is signed in.
    pub fn of(extensions: &axum::http::Extensions) -> Result<Arc<OpContext>, Problem> {
        extensions.get::<Arc<OpContext>>().cloned().ok_or_else(|| Problem::new(Code::Unauthenticated))
    }
}
