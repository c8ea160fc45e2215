//! Lines of an operating licence keep their number through amendments, because documents in flight and the
//! year's used quantity are booked by it. This module only says which number a line gets.

/// What identifies a line of a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineKey<'a> {
    /// Its number, where it is known.
    pub no: Option<i64>,
    /// Codes and categories.
    pub codes: &'a [String],
    /// Methods.
    pub methods: &'a [String],
}

/// Numbers apart that the lines of one version can take; a licence has fewer lines than that.
const PER_VERSION: i64 = 1_000;

/// The numbers of the lines of the licence's next `version`.
///
/// A line that says its number keeps it. One without a number is the former line with the same codes and
/// methods, or else the only one with the same codes; otherwise it is new. A new number is made of the version,
/// so that the number of a line that was taken out never comes back.
///
/// # Errors
/// Positions of lines that claim a number which the former licence does not have, or which is claimed twice.
pub fn number_lines(
    version: i64,
    before: &[LineKey<'_>],
    after: &[LineKey<'_>],
) -> Result<Vec<i64>, Vec<usize>> {
    let mut numbers: Vec<Option<i64>> = vec![None; after.len()];
    let mut wrong = Vec::new();
    for (index, (place, line)) in numbers.iter_mut().zip(after).enumerate() {
        let Some(no) = line.no else { continue };
        let known = before.iter().any(|old| old.no == Some(no));
        let twice = after.iter().take(index).any(|other| other.no == Some(no));
        if known && !twice {
            *place = Some(no);
        } else {
            wrong.push(index);
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    for with_methods in [true, false] {
        for (index, line) in after.iter().enumerate() {
            if numbers.get(index).is_none_or(Option::is_some) {
                continue;
            }
            let mut fitting = before.iter().filter_map(|old| {
                let same = same(old.codes, line.codes) && (!with_methods || same(old.methods, line.methods));
                old.no.filter(|no| same && !numbers.contains(&Some(*no)))
            });
            // Two former lines with the same codes: guessing would book on the wrong one.
            let (first, second) = (fitting.next(), fitting.next());
            if let (Some(no), None, Some(place)) = (first, second, numbers.get_mut(index)) {
                *place = Some(no);
            }
        }
    }
    let fresh = (0_i64..).map(|index| version.saturating_mul(PER_VERSION).saturating_add(index));
    Ok(numbers.into_iter().zip(fresh).map(|(known, new)| known.unwrap_or(new)).collect())
}

/// Whether two lists hold the same words, in any order.
fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|word| b.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn numbered(
        before: &[(i64, &[&str], &[&str])],
        after: &[(Option<i64>, &[&str], &[&str])],
    ) -> Result<Vec<i64>, Vec<usize>> {
        let before: Vec<_> = before.iter().map(|(no, c, m)| (Some(*no), words(c), words(m))).collect();
        let after: Vec<_> = after.iter().map(|(no, c, m)| (*no, words(c), words(m))).collect();
        number_lines(
            2,
            &before
                .iter()
                .map(|(no, codes, methods)| LineKey { no: *no, codes, methods })
                .collect::<Vec<_>>(),
            &after.iter().map(|(no, codes, methods)| LineKey { no: *no, codes, methods }).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn a_line_before_the_others_takes_no_number_of_theirs() {
        let before: &[(i64, &[&str], &[&str])] = &[(1000, &["HW17"], &["R4"]), (1001, &["HW08"], &["R9"])];
        let after: &[(Option<i64>, &[&str], &[&str])] =
            &[(None, &["HW49"], &[]), (Some(1000), &["HW17", "HW22"], &["R4"]), (Some(1001), &["HW08"], &[])];
        assert_eq!(numbered(before, after), Ok(vec![2000, 1000, 1001]));
    }

    #[test]
    fn lines_without_numbers_are_told_by_their_codes() {
        let before: &[(i64, &[&str], &[&str])] =
            &[(0, &["HW17"], &["R4"]), (1, &["HW08", "HW09"], &["R9"]), (2, &["HW17"], &["D10"])];
        let after: &[(Option<i64>, &[&str], &[&str])] = &[
            (None, &["HW17"], &["D10"]),
            (None, &["HW09", "HW08"], &["R9", "R15"]),
            (None, &["HW17"], &["R4"]),
        ];
        assert_eq!(numbered(before, after), Ok(vec![2, 1, 0]));
        let unclear: &[(Option<i64>, &[&str], &[&str])] = &[(None, &["HW17"], &["R5"])];
        assert_eq!(numbered(before, unclear), Ok(vec![2000]), "either could be meant");
    }

    #[test]
    fn a_number_that_is_unknown_or_claimed_twice_is_refused() {
        let before: &[(i64, &[&str], &[&str])] = &[(0, &["HW17"], &[])];
        let after: &[(Option<i64>, &[&str], &[&str])] =
            &[(Some(0), &["HW17"], &[]), (Some(0), &["HW08"], &[]), (Some(7), &["HW09"], &[])];
        assert_eq!(numbered(before, after), Err(vec![1, 2]));
    }
}
