//! Rule ids of the registers. The words are in `data/rules/registry.json`.

domain::rule_ids! {
    /// A required field is missing.
    REQUIRED = "REG-001";
    /// The register has no such field.
    UNKNOWN_FIELD = "REG-002";
    /// The value has another type.
    TYPE = "REG-003";
    /// The text is too long.
    TOO_LONG = "REG-004";
    /// Not a word of the list.
    CHOICE = "REG-005";
    /// The row referred to does not exist.
    REF_MISSING = "REG-006";
    /// Another row has this value.
    DUPLICATE = "REG-007";
    /// The row referred to is not active.
    REF_INACTIVE = "REG-008";
    /// A number outside its bounds.
    RANGE = "REG-009";
    /// A control character.
    CONTROL = "REG-010";
    /// A field that cannot change.
    FIXED = "REG-011";
    /// A field that only the city profile sets.
    INTERNAL = "REG-012";
    /// Too many items.
    TOO_MANY = "REG-013";
    /// The value occurs twice in the list.
    REPEATED = "REG-014";
    /// The row is not active.
    NOT_ACTIVE = "REG-015";
    /// A reason is required.
    REASON = "REG-016";
    /// Other active rows still depend on it.
    IN_USE = "REG-017";
    /// There is nothing to erase.
    NOTHING_TO_ERASE = "REG-018";
    /// The end lies before the start.
    DATES = "REG-101";
    /// A waste code that the imported catalogue does not have.
    WASTE_UNKNOWN = "REG-102";
    /// A method code that the table does not have.
    METHOD_UNKNOWN = "REG-103";
    /// A division outside the city.
    DIVISION_UNKNOWN = "REG-104";
    /// Firms need a social credit code.
    CREDIT_NEEDED = "REG-105";
    /// Facility kind, type and code prefix do not go together.
    FACILITY_TYPE = "REG-106";
    /// A storage point holds at most so much.
    POINT_CAPACITY = "REG-107";
    /// Longitude and latitude come together.
    COORDINATES = "REG-108";
    /// A filed plan needs number and date.
    FILING = "REG-109";
    /// A licence runs longer than its kind allows.
    LICENCE_TERM = "REG-110";
    /// Consignor and receiver are one.
    SAME_PARTIES = "REG-111";
    /// A storage facility without capacity.
    CAPACITY_NEEDED = "REG-112";
    /// Use or disposal needs a method; collection has none.
    METHOD_NEEDED = "REG-113";
    /// An approval runs at most twelve months.
    APPROVAL_TERM = "REG-114";
    /// The industry code is not four digits.
    INDUSTRY = "REG-115";
    /// A phone number with other characters than digits, +, - and spaces.
    PHONE = "REG-116";
    /// The plan's line names a facility of another site.
    FOREIGN_FACILITY = "REG-117";
    /// An area that cannot be drawn.
    SHAPE = "REG-118";
    /// The number of a terminal has up to 20 digits.
    TERMINAL = "REG-119";
    /// A GB/T 28181 identity has 20 digits.
    GB28181 = "REG-120";
    /// A terminal sits in a vehicle of its own carrier.
    FOREIGN_VEHICLE = "REG-121";
    /// A line claims a number that the stored row does not have.
    LINE_UNKNOWN = "REG-125";
    /// A field that only the authority fills in.
    AUTHORITY = "REG-126";
    /// The file cannot be read as a table.
    FILE = "REG-201";
    /// A column of the file is unknown.
    COLUMN_UNKNOWN = "REG-202";
    /// A required column is missing.
    COLUMN_MISSING = "REG-203";
    /// The file has no rows.
    EMPTY = "REG-204";
    /// Two rows of the file describe the same thing differently.
    CONFLICTING_ROWS = "REG-205";
    /// The organisation or site named by the row is unknown.
    OWNER_UNKNOWN = "REG-206";
    /// The file goes beyond a limit.
    LIMIT = "REG-207";
    /// The upload has no file.
    NO_FILE = "REG-208";
    /// The format is not one of those offered.
    FORMAT = "REG-209";
    /// A mass in a table is not a number of tonnes.
    TONNES = "REG-210";
    /// No working-day calendar for the year.
    CALENDAR = "REG-301";
}

/// What can be wrong with a file: the rule id is `REG-201.` and one of these (see `documents::table`).
pub const FILE_CODES: &[&str] = &[
    "empty_file",
    "not_a_workbook",
    "encrypted",
    "damaged",
    "too_large_file",
    "too_large_unpacked",
    "too_many_sheets",
    "too_many_rows",
    "too_many_columns",
    "cell_too_long",
    "too_much_text",
    "encoding",
    "open_quote",
    "duplicate_header",
    "beyond_header",
    "error_cell",
    "number_too_long",
    "bad_value",
];
