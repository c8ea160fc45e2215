//! The second factor: time-based one-time codes (RFC 6238, SHA-1, 6 digits, 30 s, one step of drift). A step
//! is accepted once; who stores the last accepted step is `store`, inside the writing transaction.

use totp_rs::{Algorithm, Builder, Totp};

/// Bytes of a shared secret (160 bits, RFC 4226).
pub const SECRET_BYTES: usize = 20;

fn totp(secret: [u8; SECRET_BYTES]) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .ok()
}

/// The step that the code belongs to, if it is one of the present (or one step beside it).
pub fn step_of(secret: &[u8], code: &str, now: i64) -> Option<i64> {
    let code = code.trim();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = u64::try_from(now / 1_000_000).ok()?;
    let step = totp(secret.try_into().ok()?)?.check(code, seconds)?;
    i64::try_from(step).ok()
}

/// The code of a moment: for tests and for the demonstration's own clients.
pub fn code_at(secret: &[u8], now: i64) -> Option<String> {
    let seconds = u64::try_from(now / 1_000_000).ok()?;
    Some(totp(secret.try_into().ok()?)?.generate(seconds).to_string())
}

/// Base 32 without padding, as authenticator apps read it.
pub fn base32(bytes: &[u8]) -> String {
    const SET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut out, mut buffer, mut bits) = (String::new(), 0u32, 0u32);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(SET[(buffer >> bits & 31) as usize]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(SET[(buffer << (5 - bits) & 31) as usize]));
    }
    out
}

/// The `otpauth` address that an authenticator app scans.
pub fn uri(secret: &[u8], issuer: &str, login: &str) -> String {
    let issuer = percent(issuer);
    format!(
        "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        percent(login),
        base32(secret)
    )
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// The address as a QR code in SVG.
pub fn qr_svg(uri: &str) -> Option<String> {
    let code = qrcode::QrCode::with_error_correction_level(uri, qrcode::EcLevel::M).ok()?;
    Some(code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of the eight digits.
        assert_eq!(code_at(SECRET, 59_000_000).as_deref(), Some("287082"));
        assert_eq!(code_at(SECRET, 1_111_111_109_000_000).as_deref(), Some("081804"));
        assert_eq!(step_of(SECRET, "287082", 59_000_000), Some(1));
        assert_eq!(step_of(SECRET, "287082", 89_000_000), Some(1), "one step late still counts");
        assert_eq!(step_of(SECRET, "287082", 200_000_000), None);
        assert_eq!(step_of(SECRET, "abcdef", 59_000_000), None);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(base32(b"f"), "MY");
    }

    #[test]
    fn the_address_is_one_that_apps_read() {
        let uri = uri(SECRET, "无废", "a b");
        assert!(uri.starts_with("otpauth://totp/%E6%97%A0%E5%BA%9F:a%20b?secret=GEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(qr_svg(&uri).is_some_and(|svg| svg.contains("<svg")));
    }
}
