//! Rule ids of the one screen; their texts are in `data/rules/city.json`.

domain::rule_ids! {
    /// A period that is none, or two at once.
    PERIOD = "CITY-001";
    /// A word that is not offered.
    WORD = "CITY-002";
}
