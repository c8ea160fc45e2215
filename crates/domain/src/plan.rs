//! Filing of a management plan. A firm drafts and revises; only the authority says that a plan is filed. What was
//! filed stays in force until the next revision is filed, so a firm cannot raise its own quota.

/// How a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filing {
    /// Drafted or revised; what was filed before, if anything, is in force.
    Draft,
    /// What it says is filed and in force.
    Filed,
}

/// A plan as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<L> {
    /// How it stands.
    pub filing: Filing,
    /// The lines in force.
    pub filed: Option<L>,
}

/// What a plan becomes when somebody saves it with these lines.
///
/// The authority's word counts as it is given: filing puts the lines in force, taking a filed plan back to a draft
/// ends its force, and a draft may be worked on without touching what is filed. A firm's word never counts: its
/// lines are a draft unless they are what is filed already.
pub fn save<L: Clone + PartialEq>(
    by_authority: bool,
    asked: Filing,
    lines: &L,
    before: Option<&Kept<L>>,
) -> Kept<L> {
    let filed = before.and_then(|kept| kept.filed.clone());
    match (by_authority, asked) {
        (true, Filing::Filed) => Kept { filing: Filing::Filed, filed: Some(lines.clone()) },
        (true, Filing::Draft) if before.is_some_and(|kept| kept.filing == Filing::Filed) => {
            Kept { filing: Filing::Draft, filed: None }
        }
        (true, Filing::Draft) => Kept { filing: Filing::Draft, filed },
        (false, _) if filed.as_ref() == Some(lines) => Kept { filing: Filing::Filed, filed },
        (false, _) => Kept { filing: Filing::Draft, filed },
    }
}

#[cfg(test)]
mod tests {
    use super::Filing::{Draft, Filed};
    use super::*;

    fn kept(filing: Filing, filed: Option<i64>) -> Kept<i64> {
        Kept { filing, filed }
    }

    #[test]
    fn a_firm_drafts_and_the_authority_files() {
        assert_eq!(save(false, Filed, &10, None), kept(Draft, None), "a firm files nothing");
        let drafted = kept(Draft, None);
        assert_eq!(save(true, Filed, &10, Some(&drafted)), kept(Filed, Some(10)));
        let filed = kept(Filed, Some(10));
        assert_eq!(save(false, Filed, &99, Some(&filed)), kept(Draft, Some(10)), "more does not count yet");
        assert_eq!(save(false, Filed, &5, Some(&filed)), kept(Draft, Some(10)), "nor does less");
        assert_eq!(save(false, Draft, &10, Some(&filed)), filed, "nothing is revised");
        let revised = kept(Draft, Some(10));
        assert_eq!(save(false, Draft, &10, Some(&revised)), filed, "the revision was taken back");
        assert_eq!(save(true, Draft, &98, Some(&revised)), kept(Draft, Some(10)));
        assert_eq!(save(true, Filed, &99, Some(&revised)), kept(Filed, Some(99)));
        assert_eq!(save(true, Draft, &10, Some(&filed)), kept(Draft, None), "the filing is withdrawn");
        assert_eq!(save(false, Filed, &10, Some(&kept(Draft, None))), kept(Draft, None));
    }
}
