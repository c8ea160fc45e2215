//! Rule ids of reports; their texts are in `data/rules/reports.json`.

domain::rule_ids! {
    /// An unknown template.
    TEMPLATE = "RPT-001";
    /// A year outside of the platform's time.
    YEAR = "RPT-002";
    /// Data as of a time that cannot be.
    AS_OF = "RPT-003";
    /// An organisation that makes no such report.
    UNIT = "RPT-004";
    /// A text that the template does not have.
    UNKNOWN_TEXT = "RPT-005";
    /// A text that is too long or holds control characters.
    TEXT = "RPT-006";
    /// A file format that is not offered.
    FORMAT = "RPT-007";
    /// A language that is not offered.
    LANGUAGE = "RPT-008";
}
