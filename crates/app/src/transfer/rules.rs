//! Ids of the problems that only the service can meet: what a request names does not exist. The rules of the
//! document are in `domain::manifest::rules`.

domain::rule_ids! {
    /// A site, receiver, carrier, vehicle, person or facility that the request names does not exist.
    UNKNOWN_REF = "HW-TR-801";
    /// A step word that no signature has.
    UNKNOWN_STEP = "HW-TR-802";
    /// A word that is not one of a list.
    UNKNOWN_WORD = "HW-TR-803";
    /// An attestation code that is not one of ours.
    BAD_ATTESTATION = "HW-TR-804";
    /// There is no such leg.
    UNKNOWN_LEG = "HW-TR-805";
}
