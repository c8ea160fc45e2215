//! Rule ids of the ledger. Their words, citations and remedies are in `data/rules/ledger.json`.

crate::rule_ids! {
    /// No such lot in this organisation.
    LOT_UNKNOWN = "LED-001";
    /// The same lot is named twice.
    LOT_TWICE = "LED-002";
    /// The lot is a product or an end node, not waste.
    LOT_NOT_WASTE = "LED-003";
    /// The lot's status does not allow this.
    LOT_STATUS = "LED-004";
    /// The event would lie in the future.
    FUTURE = "LED-005";
    /// The event would lie before the lot's previous event.
    BEFORE_PREVIOUS = "LED-006";
    /// The event lies further back than back-filling is allowed.
    BACKFILL = "LED-007";
    /// Nothing was named.
    EMPTY = "LED-008";
    /// Too many things in one command.
    TOO_MANY = "LED-009";
    /// The lot belongs to a manifest.
    ON_MANIFEST = "LED-010";
    /// More mass than the lot still has.
    OVERDRAWN = "LED-011";
    /// The lots lie on different sites.
    SITES_DIFFER = "LED-012";
    /// A quantity leaves the range of the ledger.
    OVERFLOW = "LED-013";
    /// A free text is too long.
    TEXT_LENGTH = "LED-014";

    /// The code is not in the catalogue.
    CODE_UNLISTED = "LED-020";
    /// The catalogue edition in force is not imported; an earlier one answered.
    EDITION_NOT_IMPORTED = "LED-021";
    /// No hazard property is given.
    TRAITS_MISSING = "LED-022";
    /// The hazard properties differ from the catalogue's.
    TRAITS_DIFFER = "LED-023";
    /// Gross minus tare is not the net mass.
    GROSS_TARE = "LED-024";
    /// Heavier than the container can plausibly hold.
    DENSITY = "LED-025";
    /// The internal name is missing.
    NAME_MISSING = "LED-026";
    /// Bulk without container is one quantity.
    BULK_ONE = "LED-027";

    /// No such facility in this organisation.
    FACILITY_UNKNOWN = "LED-030";
    /// The facility is not for this.
    FACILITY_USE = "LED-031";
    /// The facility is out of use.
    FACILITY_INACTIVE = "LED-032";
    /// The facility does not take this code.
    FACILITY_CODE = "LED-033";
    /// The facility's capacity would be exceeded.
    FACILITY_CAPACITY = "LED-034";
    /// A storage point may hold three tonnes at any time.
    STORAGE_POINT = "LED-035";
    /// Wastes that must not meet.
    INCOMPATIBLE = "LED-036";
    /// The facility lies on another site.
    FACILITY_SITE = "LED-038";
    /// A licensed operator has stored it for more than a year.
    LICENSED_YEAR = "LED-039";
    /// The configured storage term has passed.
    STORAGE_TERM = "LED-040";
    /// Medical waste has been stored for more than two days.
    MEDICAL_TERM = "LED-041";

    /// Different codes are never merged.
    MERGE_CODES = "LED-050";
    /// Different hazard properties are never merged.
    MERGE_TRAITS = "LED-051";
    /// Different physical forms are never merged.
    MERGE_FORMS = "LED-052";
    /// Outputs do not add up to inputs.
    REPACK_SUM = "LED-053";
    /// A storage facility must be named for the new containers.
    REPACK_FACILITY = "LED-054";

    /// The method does not go with the kind of facility.
    METHOD_FACILITY = "LED-061";
    /// Inputs and outputs of a treatment do not add up.
    TREAT_SUM = "LED-062";
    /// Finished before it began.
    TREAT_TIMES = "LED-063";
    /// The lot was taken out of storage for another purpose.
    PURPOSE = "LED-064";

    /// A correction needs a reason.
    REASON_MISSING = "LED-070";
    /// The correction changes nothing.
    NO_CHANGE = "LED-071";
    /// A mass may not be negative.
    NEGATIVE = "LED-072";

    /// The lot is not on this manifest.
    NOT_ON_MANIFEST = "LED-080";

    /// No such site in this organisation.
    SITE_UNKNOWN = "LED-090";
    /// The method code is not in the code table.
    METHOD_UNKNOWN = "LED-091";
    /// Bulk waste and end nodes have no label.
    NO_LABEL = "LED-092";
    /// The organisation has no social credit code, so no label can be numbered.
    NO_CREDIT_CODE = "LED-093";
    /// Too many rows for one file.
    TOO_MANY_ROWS = "LED-094";
    /// Both months of a period must be given.
    PERIOD_MISSING = "LED-095";
}
