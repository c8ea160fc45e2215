//! Which permission guards which operation: the expectation of the access test, written beside the code and not read
//! from it. A route without an entry here fails the test.

use domain::access::{Permission as P, Role, Scope, widest};
use serde_json::{Value, json};

use crate::support::PASSWORD;

/// Who may call an operation.
#[derive(Clone, Copy)]
pub enum Guard {
    /// Everybody, without a session.
    Public,
    /// Everybody with a session.
    Session,
    /// Whoever holds this permission.
    Needs(P),
    /// Whoever holds one of these.
    Any(&'static [P]),
    /// Whoever holds the first and one of the others.
    Both(P, &'static [P]),
}

impl Guard {
    /// How far roles reach; `None` when they are refused. `hold` answers for one permission.
    pub fn reach(self, hold: &dyn Fn(P) -> Option<Scope>) -> Option<Scope> {
        match self {
            Guard::Public | Guard::Session => Some(Scope::City),
            Guard::Needs(p) => hold(p),
            Guard::Any(all) => all.iter().filter_map(|p| hold(*p)).max(),
            Guard::Both(first, others) => {
                let other = others.iter().filter_map(|p| hold(*p)).max()?;
                hold(first).map(|scope| scope.min(other))
            }
        }
    }

    /// The reach of several roles.
    pub fn of_roles(self, roles: &[Role]) -> Option<Scope> {
        self.reach(&|p| widest(roles, p))
    }
}

/// What stands in the path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Object {
    /// Nothing that belongs to somebody.
    None,
    /// An account.
    Account,
    /// A delegation.
    Delegation,
    /// A site, as an example of the registers.
    Site,
    /// A container of waste.
    Lot,
    /// The same by its 37-digit code.
    Container,
    /// A manifest.
    Manifest,
    /// Something that the played city has none of: whoever may ask hears that there is none.
    Unknown,
}

/// One expectation.
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub guard: Guard,
    pub object: Object,
    /// Body in place of a sample of the schema.
    pub body: Option<Value>,
    /// Query of the request.
    pub query: &'static str,
}

fn op(method: &'static str, path: &'static str, guard: Guard) -> Operation {
    Operation { method, path, guard, object: Object::None, body: None, query: "" }
}

impl Operation {
    fn on(mut self, object: Object) -> Self {
        self.object = object;
        self
    }
    fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
    fn query(mut self, query: &'static str) -> Self {
        self.query = query;
        self
    }
    /// Ends, renews or locks the caller's session, so each call needs its own.
    pub fn spends_session(&self) -> bool {
        matches!(self.path, "/api/session" | "/api/me/password") || self.path.starts_with("/api/me/totp")
    }
}

const WRITES: &[P] = &[P::RegistryWriteCity, P::RegistryWriteOwn];

/// Every operation of the API.
pub fn all() -> Vec<Operation> {
    use Guard::{Any, Both, Needs, Public, Session};
    let reason = || json!({"reason": "访问测试"});
    let sign = |step: &str| json!({"step": step, "version": 99_999, "content_hash": "0".repeat(64), "password": PASSWORD});
    let mut list = vec![
        op("POST", "/api/session", Public).body(json!({"login": "clerk", "password": PASSWORD})),
        op("DELETE", "/api/session", Public),
        op("GET", "/api/me", Session),
        op("POST", "/api/me/password", Session).body(json!({"current": PASSWORD, "new": "x"})),
        op("POST", "/api/me/totp", Session).body(json!({"password": PASSWORD})),
        op("POST", "/api/me/totp/confirm", Session).body(json!({"code": "000000"})),
        op("DELETE", "/api/me/totp", Session).body(json!({"password": PASSWORD})),
        op("GET", "/api/demo/accounts", Public),
        op("GET", "/api/accounts", Needs(P::AccountRead)),
        op("POST", "/api/accounts", Needs(P::AccountAdmin))
            .body(json!({"login": "x", "name": "", "org_id": "x", "roles": ["clerk"]})),
        op("GET", "/api/accounts/{id}", Needs(P::AccountRead)).on(Object::Account),
        op("PUT", "/api/accounts/{id}", Needs(P::AccountAdmin))
            .on(Object::Account)
            .body(json!({"name": "x", "roles": ["clerk"], "status": "active"})),
        op("POST", "/api/accounts/{id}/reset", Needs(P::AccountAdmin)).on(Object::Account),
        op("GET", "/api/delegations", Needs(P::DelegationManage)),
        op("POST", "/api/delegations", Needs(P::DelegationManage))
            .body(json!({"agent_org_id": "x", "client_org_id": "@own_org",
            "scope": ["catalogue_read"], "valid_from": "2026-03-01", "valid_to": "2026-03-02", "reason": "x"})),
        op("POST", "/api/delegations/{id}/revoke", Needs(P::DelegationManage))
            .on(Object::Delegation)
            .body(json!({"reason": ""})),
        op("GET", "/api/access/matrix", Needs(P::CatalogueRead)),
        op("GET", "/api/audit", Needs(P::AuditRead)),
        op("GET", "/api/proof/key", Public),
        op("GET", "/api/proof/checkpoint", Public),
        op("GET", "/api/proof/checkpoints", Needs(P::CatalogueRead)),
        op("GET", "/api/proof/inclusion", Needs(P::ProofRead)).query("position=0"),
        op("GET", "/api/proof/consistency", Needs(P::ProofRead)).query("from=1"),
        op("GET", "/api/events", Needs(P::ProofRead)),
        op("GET", "/api/events/{position}", Needs(P::ProofRead)),
        op("GET", "/api/workbench", Needs(P::WorkbenchRead)),
    ];
    for path in [
        "/api/catalogue/waste-codes",
        "/api/catalogue/waste-codes/{code}",
        "/api/catalogue/editions",
        "/api/catalogue/exemptions",
        "/api/catalogue/methods",
        "/api/catalogue/options",
        "/api/catalogue/divisions",
        "/api/catalogue/citations",
        "/api/calendar/{year}",
    ] {
        list.push(op("GET", path, Needs(P::CatalogueRead)));
    }
    list.extend([
        op("GET", "/api/registry", Session),
        op("GET", "/api/registry/{entity}", Needs(P::RegistryRead)),
        op("POST", "/api/registry/{entity}", Any(WRITES)).body(json!({"org_id": "@own_org"})),
        op("GET", "/api/registry/{entity}/{id}", Needs(P::RegistryRead)).on(Object::Site),
        op("PUT", "/api/registry/{entity}/{id}", Any(WRITES))
            .on(Object::Site)
            .body(json!({"org_id": "@own_org"})),
        op("POST", "/api/registry/{entity}/{id}/deactivate", Any(WRITES)).on(Object::Site).body(reason()),
        op("POST", "/api/registry/{entity}/{id}/activate", Any(WRITES)).on(Object::Site).body(reason()),
        op("POST", "/api/registry/{entity}/{id}/erase-personal", Any(WRITES)).on(Object::Site).body(reason()),
        op("GET", "/api/registry/{entity}/template", Needs(P::ImportRun)),
        op("GET", "/api/registry/{entity}/export", Both(P::ExportRun, &[P::RegistryRead])),
        op("POST", "/api/registry/{entity}/import", Both(P::ImportRun, WRITES)),
    ]);
    list.extend([
        op("GET", "/api/ledger/lots", Needs(P::StockRead)),
        op("GET", "/api/ledger/lots/{id}", Needs(P::StockRead)).on(Object::Lot),
        op("GET", "/api/ledger/lots/by-code/{container_code}", Needs(P::StockRead)).on(Object::Container),
        op("GET", "/api/ledger/lots/{id}/label.pdf", Needs(P::StockRead)).on(Object::Lot),
        op("GET", "/api/ledger/lots/{id}/trace", Needs(P::TraceRead)).on(Object::Lot),
        op("GET", "/api/ledger/stock", Needs(P::StockRead)),
        op("GET", "/api/ledger/entries", Needs(P::StockRead)),
        op("GET", "/api/ledger/balance", Needs(P::StockRead)),
        op("GET", "/api/ledger/registers/{table}", Needs(P::StockRead)),
        op("POST", "/api/ledger/generations", Needs(P::GenerationWrite)),
        op("POST", "/api/ledger/storage-ins", Needs(P::StorageWrite)),
        op("POST", "/api/ledger/storage-outs", Needs(P::StorageWrite)),
        op("POST", "/api/ledger/storage-outs/undo", Needs(P::StorageWrite)),
        op("POST", "/api/ledger/repackings", Needs(P::StorageWrite)),
        op("POST", "/api/ledger/treatments", Needs(P::TreatmentWrite)),
        op("POST", "/api/ledger/adjustments", Needs(P::StorageWrite)),
    ]);
    list.extend([
        op("GET", "/api/manifests", Needs(P::ManifestRead)),
        op("POST", "/api/manifests", Needs(P::ManifestDraft)),
        op("GET", "/api/manifests/options", Needs(P::DirectoryRead)),
        op("GET", "/api/manifests/options/carrier", Needs(P::ManifestCarrierWrite)),
        op("GET", "/api/manifests/{id}", Needs(P::ManifestRead)).on(Object::Manifest),
        op("PUT", "/api/manifests/{id}", Needs(P::ManifestDraft)).on(Object::Manifest),
        op("PUT", "/api/manifests/{id}/carrier-part", Needs(P::ManifestCarrierWrite)).on(Object::Manifest),
        op("PUT", "/api/manifests/{id}/receiver-part", Needs(P::ManifestReceiverWrite)).on(Object::Manifest),
        op("POST", "/api/manifests/{id}/check", Needs(P::ManifestRead))
            .on(Object::Manifest)
            .body(json!({"step": "consignor"})),
        op("POST", "/api/manifests/{id}/sign", Needs(P::ManifestSignConsignor))
            .on(Object::Manifest)
            .body(sign("consignor")),
        op("POST", "/api/manifests/{id}/sign", Needs(P::ManifestSignCarrier))
            .on(Object::Manifest)
            .body(sign("carrier")),
        op("POST", "/api/manifests/{id}/sign", Needs(P::ManifestArrive))
            .on(Object::Manifest)
            .body(sign("arrival")),
        op("POST", "/api/manifests/{id}/sign", Needs(P::ManifestSignReceiver))
            .on(Object::Manifest)
            .body(sign("receiver")),
        op("POST", "/api/manifests/{id}/sign", Needs(P::ManifestReturn))
            .on(Object::Manifest)
            .body(sign("return")),
        op("POST", "/api/manifests/{id}/void", Needs(P::ManifestVoid))
            .on(Object::Manifest)
            .body(json!({"reason": "x", "version": 99_999, "password": PASSWORD})),
        op("GET", "/api/manifests/{id}/history", Needs(P::ManifestRead)).on(Object::Manifest),
        op("GET", "/api/manifests/{id}/waybill", Needs(P::ManifestRead)).on(Object::Manifest),
        op("GET", "/api/manifests/{id}/document.pdf", Needs(P::ManifestRead)).on(Object::Manifest),
        op("GET", "/api/manifests/{id}/waybill.pdf", Needs(P::ManifestRead)).on(Object::Manifest),
        op("GET", "/api/attest/{code}", Public),
    ]);
    list.extend(live());
    list.extend(programme());
    list.extend(city());
    list
}

/// The four lists and their evidence.
fn programme() -> Vec<Operation> {
    use Guard::{Any, Both, Needs, Session};
    vec![
        op("POST", "/api/evidence", Any(&[P::ProgrammeReport, P::IndicatorFill])).query("name=x.pdf"),
        op("GET", "/api/evidence/{sha256}", Session).on(Object::Unknown),
        op("GET", "/api/programme/items", Needs(P::ProgrammeRead)),
        op("POST", "/api/programme/items", Needs(P::ProgrammeWrite)),
        op("GET", "/api/programme/items/{id}", Needs(P::ProgrammeRead)).on(Object::Unknown),
        op("PUT", "/api/programme/items/{id}", Needs(P::ProgrammeWrite)).on(Object::Unknown),
        op("POST", "/api/programme/items/{id}/progress", Needs(P::ProgrammeReport)).on(Object::Unknown),
        op("GET", "/api/programme/clauses", Needs(P::ProgrammeRead)),
        op("GET", "/api/programme/summary", Needs(P::ProgrammeRead)),
        op("GET", "/api/programme/options", Needs(P::ProgrammeRead)),
        op("GET", "/api/programme/export", Both(P::ExportRun, &[P::ProgrammeRead])),
        op("POST", "/api/programme/import", Needs(P::ProgrammeWrite)),
    ]
}

/// The city on one screen, and the search.
fn city() -> Vec<Operation> {
    use Guard::Needs;
    vec![
        op("GET", "/api/city/screen", Needs(P::CityRead)),
        op("GET", "/api/city/towns", Needs(P::CityRead)),
        op("GET", "/api/search", Needs(P::WorkbenchRead)).query("q=a"),
    ]
}

/// The live part.
fn live() -> Vec<Operation> {
    use Guard::{Any, Both, Needs, Session};
    const EVIDENCE: &[P] = &[P::TripReport, P::WarningVerify, P::WarningAppeal, P::VideoEventWrite];
    vec![
        op("GET", "/api/me/signing-keys", Session),
        op("POST", "/api/me/signing-keys", Session)
            .body(json!({"name": "x", "public_key": "x", "password": PASSWORD})),
        op("DELETE", "/api/me/signing-keys/{id}", Session).on(Object::Unknown),
        op("GET", "/api/live/base", Any(&[P::LiveRead, P::RegistryWriteCity])),
        op("GET", "/api/live/places", Needs(P::LiveRead)),
        op("GET", "/api/live/vehicles", Needs(P::LiveRead)),
        op("GET", "/api/live/events", Needs(P::LiveRead)).query("once=true"),
        op("GET", "/api/live/vehicles/{vehicle_id}/track", Needs(P::LiveRead))
            .on(Object::Unknown)
            .query("from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z"),
        op("GET", "/api/manifests/{id}/track", Needs(P::ManifestRead)).on(Object::Manifest),
        op("GET", "/api/trip/today", Needs(P::ManifestRead)),
        op("GET", "/api/live/devices", Needs(P::DeviceHealthRead)),
        op("GET", "/api/live/quarantine", Needs(P::DeviceHealthRead)),
        op("POST", "/api/photos", Any(EVIDENCE)),
        op("GET", "/api/photos/{sha256}", Session).on(Object::Unknown),
        op("GET", "/api/manifests/{id}/reports", Needs(P::ManifestRead)).on(Object::Manifest),
        op("POST", "/api/manifests/{id}/reports", Needs(P::TripReport))
            .on(Object::Manifest)
            .body(json!({"kind": "other", "note": "", "occurred_at": "2026-03-01T00:00:00Z"})),
        op("GET", "/api/warnings", Needs(P::WarningRead)),
        op("GET", "/api/warnings/summary", Needs(P::WarningRead)),
        op("GET", "/api/warnings/export", Both(P::ExportRun, &[P::WarningRead])),
        op("GET", "/api/warnings/assignees", Needs(P::WarningAssign)),
        op("GET", "/api/warning-rules", Needs(P::WarningRead)),
        op("GET", "/api/warnings/{id}", Needs(P::WarningRead)).on(Object::Unknown),
        op("POST", "/api/warnings/{id}/assign", Needs(P::WarningAssign))
            .on(Object::Unknown)
            .body(json!({"account_id": "x", "note": "x"})),
        op("POST", "/api/warnings/{id}/verify", Needs(P::WarningVerify))
            .on(Object::Unknown)
            .body(json!({"finding": "unclear", "note": "x"})),
        op("POST", "/api/warnings/{id}/close", Needs(P::WarningClose))
            .on(Object::Unknown)
            .body(json!({"outcome": "resolved", "note": "x"})),
        op("POST", "/api/warnings/{id}/appeal", Needs(P::WarningAppeal)).on(Object::Unknown),
        op("POST", "/api/warnings/{id}/decide", Needs(P::WarningClose)).on(Object::Unknown),
        op("GET", "/api/checks", Needs(P::RoadsideCheck)),
        op("POST", "/api/checks", Needs(P::RoadsideCheck)),
        op("GET", "/api/checks/{id}", Needs(P::RoadsideCheck)).on(Object::Unknown),
        op("GET", "/api/checks/{id}/paper.pdf", Needs(P::RoadsideCheck)).on(Object::Unknown),
        op("GET", "/api/cameras/completeness", Needs(P::RegistryRead)),
        op("GET", "/api/video-events", Any(&[P::VideoVerify, P::VideoEventWrite])),
        op("POST", "/api/video-events", Needs(P::VideoEventWrite)),
        op("POST", "/api/video-events/{id}/verify", Needs(P::VideoVerify)).on(Object::Unknown),
        op("GET", "/api/indicators", Needs(P::IndicatorRead)),
        op("GET", "/api/indicators/names", Needs(P::IndicatorRead)),
        op("GET", "/api/indicators/values", Needs(P::IndicatorRead)),
        op("GET", "/api/indicators/{key}", Needs(P::IndicatorRead)).on(Object::Unknown),
        op("GET", "/api/indicators/{key}/towns", Needs(P::IndicatorRead)).on(Object::Unknown),
        op("GET", "/api/indicators/{key}/series", Needs(P::IndicatorRead)).on(Object::Unknown),
        op("GET", "/api/indicators/{key}/rows", Needs(P::IndicatorRead)).on(Object::Unknown),
        op("GET", "/api/indicators/values/{id}", Needs(P::IndicatorRead)).on(Object::Unknown),
        op("POST", "/api/indicators/{key}/values", Needs(P::IndicatorFill))
            .on(Object::Unknown)
            .body(json!({"period": "2025", "value": "1"})),
        op("POST", "/api/indicators/values/{id}/review", Needs(P::IndicatorReview)).on(Object::Unknown),
        op("POST", "/api/indicators/values/{id}/approve", Needs(P::IndicatorApprove)).on(Object::Unknown),
        op("POST", "/api/indicators/values/{id}/return", Needs(P::IndicatorFill)).on(Object::Unknown),
        op("POST", "/api/indicators/formula-check", Needs(P::IndicatorDefine))
            .body(json!({"key": "c11", "formula": "hw_generated"})),
        op("POST", "/api/indicators/{key}/definitions", Needs(P::IndicatorDefine))
            .on(Object::Unknown)
            .body(json!({"valid_from": "2025-01", "words_zh": "x", "words_en": "x", "reason": "x"})),
        op("PUT", "/api/indicators/{key}/targets/{year}", Needs(P::IndicatorDefine))
            .on(Object::Unknown)
            .body(json!({"value": null, "note": "x"})),
        op("GET", "/api/reports", Needs(P::ReportMake)),
        op("POST", "/api/reports", Needs(P::ReportMake))
            .body(json!({"template": "yearly_summary", "org_id": "@own_org", "year": 2025})),
        op("GET", "/api/reports/options", Needs(P::ReportMake)),
        op("GET", "/api/reports/preview", Needs(P::ReportMake))
            .query("template=yearly_summary&org_id=x&year=2025"),
        op("GET", "/api/reports/{id}", Needs(P::ReportMake)).on(Object::Unknown),
        op("GET", "/api/reports/{id}/file", Needs(P::ReportMake)).on(Object::Unknown).query("format=pdf"),
    ]
}
