//! Rule ids of the search; their texts are in `data/rules/search.json`.

domain::rule_ids! {
    /// Nothing to look for, or too much.
    WORDS = "SEA-001";
    /// People of others are looked for with a stated purpose.
    PURPOSE = "SEA-002";
}
