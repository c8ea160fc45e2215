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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::kit::{Lang, texts};

    #[test]
    fn every_rule_has_its_texts_and_every_text_its_rule() {
        let written: BTreeSet<&str> =
            texts().rules.keys().map(String::as_str).filter(|id| id.starts_with("HW-TR-")).collect();
        let coded: BTreeSet<&str> = domain::manifest::rules::ALL.iter().chain(super::ALL).copied().collect();
        assert_eq!(written, coded);
    }

    #[test]
    fn every_word_of_the_document_is_in_both_languages() {
        use domain::manifest::{Opinion, RulePack, Status, Step};
        let fields = RulePack::current().fields.iter().map(|rule| rule.path);
        let words = Status::ALL.iter().map(|s| s.as_str()).chain(Step::ALL.iter().map(|s| s.as_str()));
        for word in words.chain(Opinion::ALL.iter().map(|o| o.as_str())).chain(fields) {
            for lang in Lang::ALL {
                let known = texts().words.get(word).is_some_and(|w| w.contains_key(lang.tag()));
                assert!(known, "data/texts/words.json lacks {word} ({})", lang.tag());
            }
        }
    }
}
