//! What a register is: a table of typed fields. One mechanism lists, checks, saves, imports and exports
//! all registers from these descriptors. It holds no rows and decides nothing about a caller's rights
//! beyond naming who owns a row and who may write it.

use super::entities::ENTITIES;

/// How a field is stored, checked and shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Free text up to so many characters.
    Text(usize),
    /// A code that `domain::codes` checks and writes in its canonical form.
    Code(CodeKind),
    /// Whole number within bounds.
    Integer(i64, i64),
    /// Mass in grams (tonnes in tables).
    Mass,
    /// Civil date `YYYY-MM-DD`.
    Date,
    /// Yes or no.
    Bool,
    /// One word of a list of `codes/options.json`.
    Choice(&'static str),
    /// Several words of such a list, at least one.
    Choices(&'static str),
    /// Eight-digit waste codes, and category codes `HWnn` when `true`.
    WasteCodes(bool),
    /// Codes of use and disposal.
    Methods,
    /// Id of a row of another register.
    Ref(&'static str),
    /// Longitude or latitude in micro-degrees within bounds.
    Degrees(i64, i64),
    /// An area on the map: a circle or a GeoJSON polygon, as JSON.
    Shape,
    /// Rows inside the row.
    Lines(&'static [Field]),
}

/// A code with a check of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CodeKind {
    /// GB 32100 social credit code.
    Credit,
    /// Town-level division of the city profile, or the city's own code.
    Division,
    /// HJ 608 facility code.
    Facility,
    /// Vehicle plate.
    Plate,
    /// Eight-digit waste code in the imported catalogue.
    Waste,
    /// GB/T 4754 industry code, four digits.
    Industry,
    /// Number of a JT/T 808 terminal, up to 12 digits, or 20 since the 2019 edition; kept without zeros in front.
    Terminal,
    /// GB/T 28181 device identity, 20 digits.
    Gb28181,
}

/// One field of a register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Name in the API and, unless `column` says otherwise, in the table.
    pub key: &'static str,
    /// Column of the table.
    pub column: &'static str,
    /// Type.
    pub kind: Kind,
    /// Must be given.
    pub required: bool,
    /// Personal data: kept apart, masked, erasable.
    pub personal: bool,
    /// No two rows share it.
    pub unique: bool,
    /// Cannot change once the row exists.
    pub fixed: bool,
    /// Part of the public directory.
    pub public: bool,
    /// Set by the city profile or the house itself, never by a request.
    pub internal: bool,
    /// Only the authority says it; its owner sees it.
    pub authority: bool,
}

impl Field {
    /// An optional field.
    pub const fn new(key: &'static str, kind: Kind) -> Self {
        Self {
            key,
            column: key,
            kind,
            required: false,
            personal: false,
            unique: false,
            fixed: false,
            public: false,
            internal: false,
            authority: false,
        }
    }
    /// Must be given.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// Personal data.
    pub const fn personal(mut self) -> Self {
        self.personal = true;
        self
    }
    /// No two rows share it.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
    /// Cannot change.
    pub const fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }
    /// Part of the public directory.
    pub const fn public(mut self) -> Self {
        self.public = true;
        self
    }
    /// Set by the city profile or the house itself.
    pub const fn internal(mut self) -> Self {
        self.internal = true;
        self
    }
    /// Only the authority says it.
    pub const fn authority(mut self) -> Self {
        self.authority = true;
        self
    }
    /// Stored under another name.
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }
    /// Whether the column holds an integer.
    pub const fn is_integer(&self) -> bool {
        matches!(self.kind, Kind::Integer(..) | Kind::Mass | Kind::Degrees(..))
    }
    /// Whether the column holds JSON.
    pub const fn is_json(&self) -> bool {
        matches!(
            self.kind,
            Kind::Choices(_) | Kind::WasteCodes(_) | Kind::Methods | Kind::Shape | Kind::Lines(_)
        )
    }
    /// Type name in `GET /registry`.
    pub const fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) | Kind::Code(_) => "text",
            Kind::Integer(..) => "integer",
            Kind::Mass => "mass_t",
            Kind::Date => "date",
            Kind::Bool => "bool",
            Kind::Choice(_) => "enum",
            Kind::Ref(_) => "ref",
            Kind::Degrees(..) => "coordinates",
            Kind::Shape => "shape",
            Kind::Choices(_) | Kind::WasteCodes(_) | Kind::Methods | Kind::Lines(_) => "list",
        }
    }
}

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The row is an organisation.
    Itself,
    /// The column names the organisation.
    Org(&'static str),
    /// The row lies at a site (`site_id`), which names the organisation.
    Site,
}

/// A register.
#[derive(Debug)]
pub struct Entity {
    /// Name in the API.
    pub key: &'static str,
    /// Table, and subject type of its events.
    pub table: &'static str,
    /// Whose its rows are.
    pub owner: Owner,
    /// The owning organisation may write; otherwise only the city's administrator.
    pub own_write: bool,
    /// Every signed-in person may see the public fields.
    pub directory: bool,
    /// Fields in order of forms and tables.
    pub fields: &'static [Field],
    /// Fields whose values identify a row in a file, after the owner.
    pub natural_key: &'static [&'static str],
    /// Field that names a row for people.
    pub title: &'static str,
}

impl Entity {
    /// The register of this API name.
    pub fn of(key: &str) -> Option<&'static Entity> {
        ENTITIES.iter().find(|e| e.key == key)
    }

    /// The register of this table.
    pub fn of_table(table: &str) -> Option<&'static Entity> {
        ENTITIES.iter().find(|e| e.table == table)
    }

    /// A field by its key.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.key == key)
    }

    /// `from …` with the joins that lead to the owner; the row is `t`, the organisation `o`.
    pub fn from_clause(&self) -> String {
        let table = self.table;
        match self.owner {
            Owner::Itself => format!("from {table} t"),
            Owner::Org(column) => {
                format!("from {table} t join org o on o.tenant_id = t.tenant_id and o.id = t.{column}")
            }
            Owner::Site => format!(
                "from {table} t join site s on s.tenant_id = t.tenant_id and s.id = t.site_id \
                 join org o on o.tenant_id = s.tenant_id and o.id = s.org_id"
            ),
        }
    }

    /// Column with the owner's id.
    pub fn org_column(&self) -> &'static str {
        match self.owner {
            Owner::Itself => "t.id",
            Owner::Org("consignor_org_id") => "t.consignor_org_id",
            Owner::Org(_) => "t.org_id",
            Owner::Site => "s.org_id",
        }
    }

    /// Column with the owner's name.
    pub fn org_name_column(&self) -> &'static str {
        if self.owner == Owner::Itself { "t.name" } else { "o.name" }
    }

    /// Column with the town that the row belongs to.
    pub fn town_column(&self) -> &'static str {
        match self.owner {
            Owner::Itself => "t.town_code",
            Owner::Site => "s.town_code",
            Owner::Org(_) if self.key == "sites" => "t.town_code",
            Owner::Org(_) => "o.town_code",
        }
    }

    /// The field with the division, for registers whose rows lie in one: `town_code` beside it follows from it.
    pub fn division(&self) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.kind == Kind::Code(CodeKind::Division))
    }

    /// `select …` of a whole row with its owner.
    pub fn select_clause(&self) -> String {
        let mut sql = format!(
            "select t.id, t.version, t.status, t.updated_at, {} as owner_id, {} as owner_name, {} as owner_town",
            self.org_column(),
            self.org_name_column(),
            self.town_column()
        );
        for field in self.fields {
            sql.push_str(", t.");
            sql.push_str(field.column);
        }
        sql.push(' ');
        sql.push_str(&self.from_clause());
        sql
    }
}
