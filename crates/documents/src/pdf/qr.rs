//! QR codes as SVG: one path of horizontal runs, so that a module stays a sharp square at any size. The
//! payload is the caller's; this module must never add to it.

use qrcode::{Color, EcLevel, QrCode};

use super::PdfError;

/// Modules of white around the code, as ISO/IEC 18004 asks.
const QUIET: usize = 4;

/// A QR code as SVG, black on white, quiet zone included. Error correction is Q (a label gets dirty), or M
/// for a payload that would make the modules too small.
pub(super) fn svg(payload: &str) -> Result<String, PdfError> {
    let error = || PdfError::QrPayload { length: payload.len() };
    if payload.is_empty() {
        return Err(error());
    }
    let level = if payload.len() <= 120 { EcLevel::Q } else { EcLevel::M };
    let code = QrCode::with_error_correction_level(payload, level).map_err(|_| error())?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            if row.get(x) != Some(&Color::Dark) {
                x += 1;
                continue;
            }
            let run = row.iter().skip(x).take_while(|c| **c == Color::Dark).count();
            path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            x += run;
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}\" height=\"{side}\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_does_not_fit() {
        assert_eq!(svg(""), Err(PdfError::QrPayload { length: 0 }));
        assert_eq!(svg(&"废".repeat(3000)), Err(PdfError::QrPayload { length: 9000 }));
        assert!(svg(&"a".repeat(2000)).is_ok());
    }
}
