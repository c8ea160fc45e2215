//! Ids of the transfer rules. Texts, severity and citations are in `data/rules/transfer.json`; tests are
//! named by these ids.

crate::rule_ids! {
    /// A field that this signature requires is empty.
    REQUIRED = "HW-TR-001";
    /// A field sealed by an earlier signature would change.
    SEALED = "HW-TR-002";
    /// The rule pack on the document is unknown to this version.
    UNKNOWN_PACK = "HW-TR-003";
    /// The step is not possible in this status (order of signatures).
    OUT_OF_ORDER = "HW-TR-004";
    /// Another party must take this step.
    WRONG_PARTY = "HW-TR-005";
    /// The version or hash signed is not the one that stands.
    STALE = "HW-TR-006";
    /// A part cannot be edited in this status.
    PART_CLOSED = "HW-TR-007";
    /// Voiding is possible before departure only.
    VOID_AFTER_DEPARTURE = "HW-TR-008";
    /// A reason must be given.
    REASON_NEEDED = "HW-TR-009";
    /// A text, list or number is beyond its limit.
    TOO_LARGE = "HW-TR-010";
    /// A time lies in the future or before the step that it must follow.
    TIME_ORDER = "HW-TR-011";
    /// A driver signs only documents on which they are the driver.
    NOT_THE_DRIVER = "HW-TR-012";
    /// The draft exists already, or there is no document.
    NO_DOCUMENT = "HW-TR-013";

    /// No filed management plan for this site and year (Art. 10 (二), 14).
    NO_PLAN = "HW-TR-101";
    /// The plan does not contain the code (Art. 14).
    PLAN_CODE = "HW-TR-102";
    /// The plan's transfer quota is exceeded (Art. 14).
    PLAN_QUOTA = "HW-TR-103";
    /// The waste code is unknown or not in force on the day.
    WASTE_CODE = "HW-TR-104";
    /// The use or disposal method is unknown.
    METHOD_UNKNOWN = "HW-TR-105";
    /// Consignor and receiver are the same organisation.
    SAME_PARTY = "HW-TR-106";
    /// A party is not active in the registry or is not what the role needs (Art. 10 (一)).
    PARTY_UNFIT = "HW-TR-107";
    /// Dangerous-goods class and UN number are not determined (Art. 13).
    DANGEROUS_GOODS = "HW-TR-108";

    /// The receiver has no licence that is valid on the day (Art. 10 (一)).
    NO_LICENCE = "HW-TR-201";
    /// The licence does not cover the code.
    LICENCE_CODE = "HW-TR-202";
    /// The licence does not allow the method.
    LICENCE_METHOD = "HW-TR-203";
    /// The licensed yearly quantity is exceeded: warning up to 120 %.
    LICENCE_FULL = "HW-TR-204";
    /// 120 % of the licensed yearly quantity is exceeded (国务院令第408号).
    LICENCE_OVER = "HW-TR-205";

    /// The carrier has no valid dangerous-goods licence (Art. 13).
    CARRIER_UNQUALIFIED = "HW-TR-301";
    /// The vehicle is not the carrier's or unknown (Art. 13).
    VEHICLE_FOREIGN = "HW-TR-302";
    /// The vehicle's certificate is not valid on the day (Art. 13).
    VEHICLE_EXPIRED = "HW-TR-303";
    /// The driver or escort is not the carrier's or unknown (Art. 13).
    CREW_FOREIGN = "HW-TR-304";
    /// The qualification of driver or escort is not valid on the day (Art. 13).
    CREW_EXPIRED = "HW-TR-305";
    /// No escort is named.
    NO_ESCORT = "HW-TR-306";
    /// Load beyond the vehicle's.
    OVERLOAD = "HW-TR-307";
    /// Incompatible wastes on one vehicle (configured).
    INCOMPATIBLE = "HW-TR-308";
    /// The claimed exemption of transport does not cover the code.
    EXEMPTION_UNKNOWN = "HW-TR-309";
    /// Transport is exempt: the condition must be kept.
    EXEMPTION_CLAIMED = "HW-TR-310";

    /// No cross-province approval for these parties and the code (Art. 21).
    NO_APPROVAL = "HW-TR-401";
    /// The approval is not valid on the day (Art. 27).
    APPROVAL_EXPIRED = "HW-TR-402";
    /// The approved quantity is exceeded (Art. 28 (一)).
    APPROVAL_QUOTA = "HW-TR-403";

    /// The container is unknown or not held by the consignor (Art. 10 (三)).
    LOT_FOREIGN = "HW-TR-501";
    /// The container is not in stock, or taken out for something else.
    LOT_NOT_READY = "HW-TR-502";
    /// The container is on another open document (Art. 13).
    LOT_TAKEN = "HW-TR-503";
    /// The container holds another waste than the line says (Art. 13).
    LOT_CODE = "HW-TR-504";
    /// The mass of the container is not what the ledger says (Art. 10 (三)).
    LOT_MASS = "HW-TR-505";
    /// The container is listed twice.
    LOT_TWICE = "HW-TR-506";
    /// The line's mass is not the sum of its containers.
    LINE_SUM = "HW-TR-507";
    /// The line's number of containers is not what it lists.
    LINE_COUNT = "HW-TR-508";
    /// The container stands at another site of the consignor.
    LOT_SITE = "HW-TR-509";
    /// Line numbers do not run from 1.
    LINE_NUMBERS = "HW-TR-510";

    /// The receiver's part does not list exactly the containers sent (Art. 12 (一)).
    RECEIVED_SET = "HW-TR-601";
    /// Opinion and decisions contradict each other.
    OPINION = "HW-TR-602";
    /// An accepted container without weight, or a refused one with weight.
    RECEIVED_MASS = "HW-TR-603";
    /// The weight differs by more than the configured tolerance.
    WEIGHT_DIFFERS = "HW-TR-604";
    /// A major discrepancy: tell the consignor and report (Art. 18).
    DISCREPANCY = "HW-TR-605";
    /// Confirmed later than five working days after arrival (Art. 18).
    CONFIRMED_LATE = "HW-TR-606";
    /// The working-day calendar does not cover the due date.
    DUE_UNKNOWN = "HW-TR-607";
    /// The storage facility is not the receiver's.
    FACILITY_FOREIGN = "HW-TR-608";

    /// Place and time of the hand-over must be given (Art. 17).
    HANDOVER_DATA = "HW-TR-701";
    /// The next carrier is the present one.
    HANDOVER_SAME = "HW-TR-702";
    /// A hand-over waits for the next carrier.
    HANDOVER_OPEN = "HW-TR-703";
    /// The number authority's range is used up.
    NO_NUMBER = "HW-TR-704";
}
