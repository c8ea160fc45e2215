//! Numbers between a spreadsheet's doubles and exact decimal strings. Excel keeps 15 significant digits and
//! nothing more; this module must never show a 16th, nor hide that one was lost.

/// The digits Excel keeps.
const EXCEL_DIGITS: usize = 15;

/// A double as a plain decimal: 15 significant digits as Excel shows them, no exponent, no grouping.
/// `None` when it is not finite, or is a whole number too long to be exact.
pub(super) fn plain_decimal(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    if value == 0.0 {
        return Some("0".to_owned());
    }
    // 1.23450000000000e-7 → digits and exponent, rounded to 15 significant digits by the formatter.
    let scientific = format!("{:.*e}", EXCEL_DIGITS - 1, value.abs());
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if exponent >= i32::try_from(EXCEL_DIGITS).ok()? || exponent < -30 {
        return None;
    }
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let mut out = String::new();
    if value < 0.0 {
        out.push('-');
    }
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', usize::try_from(-exponent - 1).ok()?));
        out.push_str(digits);
    } else {
        let whole = usize::try_from(exponent).ok()? + 1;
        if digits.len() <= whole {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', whole - digits.len()));
        } else {
            out.push_str(&digits[..whole]);
            out.push('.');
            out.push_str(&digits[whole..]);
        }
    }
    Some(out)
}

/// True for `-12`, `0.50`, `3`: an optional minus, digits, an optional fraction; nothing else.
pub(super) fn is_plain_decimal(text: &str) -> bool {
    let body = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match body.split_once('.') {
        Some((w, f)) => (w, Some(f)),
        None => (body, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && fraction.is_none_or(digits)
}

/// The double for an exact decimal, if Excel keeps every digit of it.
pub(super) fn exact_in_excel(text: &str) -> Option<f64> {
    if !is_plain_decimal(text) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0');
    if significant.len() > EXCEL_DIGITS || digits.len() > 2 * EXCEL_DIGITS {
        return None;
    }
    text.parse().ok()
}

/// How many decimals a plain decimal is written with.
pub(super) fn decimals(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, f)| f.len())
}
