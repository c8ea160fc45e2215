//! The registers as data. Adding a field: a [`Field`] here, a column in `migrations`, a title in
//! `data/texts/registry.json`, and nothing else; a test compares the three.

use super::entity::CodeKind::{Credit, Division, Facility, Gb28181, Industry, Plate, Terminal, Waste};
use super::entity::Kind::{
    Bool, Choice, Choices, Code, Date, Degrees, Integer, Lines, Mass, Methods, Ref, Shape, Text, WasteCodes,
};
use super::entity::{Entity, Field, Owner};

const fn f(key: &'static str, kind: super::entity::Kind) -> Field {
    Field::new(key, kind)
}

/// A line of a licence: which codes, how much a year, by which methods. `no` comes back as it was sent; a new
/// line has none.
pub const LICENCE_LINE: &[Field] = &[
    f(super::lines::NO, Integer(0, i64::MAX)).internal(),
    f("codes", WasteCodes(true)).required(),
    f("yearly_quantity_g", Mass).required(),
    f("methods", Methods),
];

/// A line of a management plan.
pub const PLAN_LINE: &[Field] = &[
    f("waste_code", Code(Waste)).required(),
    f("internal_name", Text(100)),
    f("expected_generation_g", Mass).required(),
    f("transfer_quota_g", Mass).required(),
    f("facility_id", Ref("facilities")),
];

/// A line of a cross-province approval.
pub const APPROVAL_LINE: &[Field] =
    &[f("waste_code", Code(Waste)).required(), f("quantity_g", Mass).required()];

/// Every register, owners before what they own.
pub static ENTITIES: &[Entity] = &[
    Entity {
        key: "orgs",
        table: "org",
        owner: Owner::Itself,
        own_write: false,
        directory: true,
        fields: &[
            f("name", Text(100)).required().public(),
            f("short_name", Text(60)).public(),
            f("name_en", Text(150)).public(),
            f("kinds", Choices("org_kinds")).required().public(),
            f("credit_code", Code(Credit)).unique().public(),
            f("division_code", Code(Division)).required().public(),
            f("industry_code", Code(Industry)),
            f("address", Text(200)).public(),
            f("contact_name", Text(60)).personal(),
            f("contact_phone", Text(30)).personal(),
            f("dangerous_goods_licence_no", Text(60)).public(),
            f("dangerous_goods_valid_to", Date).public(),
            f("parent_id", Ref("orgs")).public().internal(),
            f("lead_org_id", Ref("orgs")).public().internal(),
            f("overlay", Bool).public().internal(),
            f("listed", Text(20)).public().internal(),
            f("annex_no", Integer(1, 9999)).public().internal(),
            f("note", Text(500)).public(),
            f("profile_key", Text(60)).unique().public().internal(),
        ],
        natural_key: &["credit_code"],
        title: "name",
    },
    Entity {
        key: "sites",
        table: "site",
        owner: Owner::Org("org_id"),
        own_write: true,
        directory: false,
        fields: &[
            f("org_id", Ref("orgs")).required().fixed(),
            f("name", Text(100)).required(),
            f("division_code", Code(Division)).required(),
            f("address", Text(200)),
            f("longitude_e6", Degrees(73_000_000, 136_000_000)),
            f("latitude_e6", Degrees(3_000_000, 54_000_000)),
            f("management_tier", Choice("management_tiers")),
        ],
        natural_key: &["org_id", "name"],
        title: "name",
    },
    Entity {
        key: "facilities",
        table: "facility",
        owner: Owner::Site,
        own_write: true,
        directory: false,
        fields: &[
            f("site_id", Ref("sites")).required().fixed(),
            f("code", Code(Facility)).required().fixed(),
            f("name", Text(100)).required(),
            f("kind", Choice("facility_kinds")).required(),
            f("facility_type", Choice("facility_types")).required(),
            f("capacity_g", Mass),
            f("accepts", WasteCodes(true)),
            f("storage_limit_days", Integer(1, 3650)),
        ],
        natural_key: &["site_id", "code"],
        title: "name",
    },
    Entity {
        key: "licences",
        table: "licence",
        owner: Owner::Org("org_id"),
        own_write: false,
        directory: true,
        fields: &[
            f("org_id", Ref("orgs")).required().fixed().public(),
            f("number", Text(60)).required().unique().public(),
            f("kind", Choice("licence_modes")).required().public(),
            f("issued_on", Date).public(),
            f("valid_from", Date).required().public(),
            f("valid_to", Date).required().public(),
            f("issuer", Text(100)).public(),
            f("lines", Lines(LICENCE_LINE)).required().public(),
        ],
        natural_key: &["number"],
        title: "number",
    },
    Entity {
        key: "vehicles",
        table: "vehicle",
        owner: Owner::Org("org_id"),
        own_write: true,
        directory: false,
        fields: &[
            f("org_id", Ref("orgs")).required().fixed(),
            f("plate", Code(Plate)).required().unique(),
            f("plate_colour", Choice("plate_colours")).required(),
            f("transport_cert_no", Text(60)).required(),
            f("valid_to", Date).required(),
            f("load_g", Mass).required(),
            f("vehicle_kind", Choice("vehicle_kinds")),
        ],
        natural_key: &["plate"],
        title: "plate",
    },
    Entity {
        key: "crew",
        table: "crew",
        owner: Owner::Org("org_id"),
        own_write: true,
        directory: false,
        fields: &[
            f("org_id", Ref("orgs")).required().fixed(),
            f("name", Text(60)).required().personal(),
            f("phone", Text(30)).required().personal(),
            f("duty", Choice("crew_duties")).required(),
            f("cert_no", Text(60)).required().personal(),
            f("valid_to", Date).required(),
            f("account_id", Text(60)),
        ],
        natural_key: &["org_id", "cert_no"],
        title: "name",
    },
    Entity {
        key: "plans",
        table: "plan",
        owner: Owner::Site,
        own_write: true,
        directory: false,
        fields: &[
            f("site_id", Ref("sites")).required().fixed(),
            f("year", Integer(2000, 2100)).required().fixed(),
            f("filing_no", Text(60)).authority(),
            f("filed_on", Date).authority(),
            f("status", Choice("plan_status")).column("filing_status").authority(),
            f("lines", Lines(PLAN_LINE)).required(),
            f(super::filing::FILED_LINES, Lines(PLAN_LINE)).internal(),
        ],
        natural_key: &["site_id", "year"],
        title: "year",
    },
    Entity {
        key: "approvals",
        table: "approval",
        owner: Owner::Org("consignor_org_id"),
        own_write: false,
        directory: false,
        fields: &[
            f("consignor_org_id", Ref("orgs")).required().fixed(),
            f("receiver_org_id", Ref("orgs")).required().fixed(),
            f("number", Text(60)).required().unique(),
            f("approved_by", Text(100)).required(),
            f("valid_from", Date).required(),
            f("valid_to", Date).required(),
            f("lines", Lines(APPROVAL_LINE)).required(),
        ],
        natural_key: &["number"],
        title: "number",
    },
    Entity {
        key: "devices",
        table: "device",
        owner: Owner::Org("org_id"),
        own_write: true,
        directory: false,
        fields: &[
            f("org_id", Ref("orgs")).required().fixed(),
            f("terminal_number", Code(Terminal)).required().unique().fixed(),
            f("vehicle_id", Ref("vehicles")),
            f("protocol", Choice("device_protocols")).required(),
            f("datum", Choice("datums")).required(),
            f("maker", Text(60)),
            f("model", Text(60)),
            f("note", Text(300)),
        ],
        natural_key: &["terminal_number"],
        title: "terminal_number",
    },
    Entity {
        key: "zones",
        table: "zone",
        owner: Owner::Org("org_id"),
        own_write: false,
        directory: true,
        fields: &[
            f("org_id", Ref("orgs")).required().fixed().public(),
            f("name", Text(100)).required().public(),
            f("kind", Choice("zone_kinds")).required().public(),
            f("shape", Shape).required().public(),
            f("valid_from", Date).public(),
            f("valid_to", Date).public(),
            f("note", Text(300)).public(),
        ],
        natural_key: &["name"],
        title: "name",
    },
    Entity {
        key: "cameras",
        table: "camera",
        owner: Owner::Site,
        own_write: true,
        directory: false,
        fields: &[
            f("site_id", Ref("sites")).required().fixed(),
            f("name", Text(100)).required(),
            f("point", Choice("camera_points")).required(),
            f("gb28181_id", Code(Gb28181)).unique(),
            f("stream_url", Text(300)),
            f("replay_url", Text(300)),
            f("note", Text(300)),
        ],
        natural_key: &["site_id", "name"],
        title: "name",
    },
];
