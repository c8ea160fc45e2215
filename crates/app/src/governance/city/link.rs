//! Addresses of lists with their filters. Values are ids, codes, days and words of the house, never typed text.

/// The address of a list with these filters.
pub(super) fn link(path: &str, filters: &[(&str, &str)]) -> String {
    let mut out = String::from(path);
    let mut mark = '?';
    for (name, value) in filters {
        if value.is_empty() {
            continue;
        }
        out.push(mark);
        out.push_str(name);
        out.push('=');
        out.push_str(value);
        mark = '&';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn filters_without_a_value_are_left_out() {
        assert_eq!(
            link("/lots", &[("town", ""), ("status", "stored"), ("late", "true")]),
            "/lots?status=stored&late=true"
        );
        assert_eq!(link("/lots", &[]), "/lots");
    }
}
