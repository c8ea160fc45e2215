//! The platform's own number. Only the State's or province's system may mint the fourteen digits of
//! Art. 15; until then a document carries this number, which must never look like an official one.

/// Text id of the mark that a document without an official number prints (非法定联单).
pub const NON_STATUTORY_MARK_ID: &str = "manifest.non_statutory";

/// `WF2026-000123`: letters and a hyphen, so that nobody takes it for fourteen digits.
pub fn internal_number(year: i16, serial: i64) -> String {
    format!("WF{year:04}-{serial:06}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_never_looks_official() {
        let number = super::internal_number(2026, 123);
        assert_eq!(number, "WF2026-000123");
        assert!(!number.bytes().all(|b| b.is_ascii_digit()));
    }
}
