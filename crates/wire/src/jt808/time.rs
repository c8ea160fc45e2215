//! BCD[6] times, YY-MM-DD-hh-mm-ss. Terminals write Beijing time (GMT+8, note to table 23) except in the
//! time answer of 2019, which is UTC; outside of the wire a time is UTC microseconds and nothing else.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::{DecodeError, DecodeErrorKind, EncodeError};

/// The zone of every time of the protocol but one.
pub(super) const BEIJING: Offset = Offset::constant(8);
/// The zone of the time answer 0x8004.
pub(super) const UTC: Offset = Offset::UTC;

/// Two decimal digits, or `None` when a nibble is above nine.
pub(super) const fn digits(byte: u8) -> Option<i8> {
    let (high, low) = (byte >> 4, byte & 0x0f);
    if high > 9 || low > 9 { None } else { Some((high * 10 + low).cast_signed()) }
}

/// Reads six bytes at `offset` of the frame as UTC microseconds.
pub(super) fn read(bcd: [u8; 6], offset: usize, zone: Offset) -> Result<i64, DecodeError> {
    if bcd == [0; 6] {
        return Err(DecodeError::new(DecodeErrorKind::NoTime, offset));
    }
    let mut parts = [0_i8; 6];
    for (i, (part, byte)) in parts.iter_mut().zip(bcd).enumerate() {
        *part = digits(byte)
            .ok_or_else(|| DecodeError::new(DecodeErrorKind::BadBcd { byte }, offset.saturating_add(i)))?;
    }
    let [year, month, day, hour, minute, second] = parts;
    let civil = DateTime::new(2000 + i16::from(year), month, day, hour, minute, second, 0);
    let time = civil.and_then(|c| zone.to_timestamp(c));
    time.map(Timestamp::as_microsecond)
        .map_err(|_| DecodeError::new(DecodeErrorKind::BadTime { bcd }, offset))
}

/// Writes UTC microseconds as six bytes.
pub(super) fn write(us: i64, zone: Offset) -> Result<[u8; 6], EncodeError> {
    let bad = || EncodeError::Time { us };
    let time = Timestamp::from_microsecond(us).map_err(|_| bad())?;
    let civil = zone.to_datetime(time);
    if !(2000..2100).contains(&civil.year()) || civil.subsec_nanosecond() != 0 {
        return Err(bad());
    }
    // 0x99 does not fit into i8, so the two digits are put together unsigned.
    let pair = |n: i8| n.cast_unsigned() / 10 * 16 + n.cast_unsigned() % 10;
    let year = i8::try_from(civil.year() - 2000).map_err(|_| bad())?;
    let (month, day) = (civil.month(), civil.day());
    Ok([year, month, day, civil.hour(), civil.minute(), civil.second()].map(pair))
}

/// RFC 3339 with the offset of the zone, for people.
pub(super) fn show(us: i64, zone: Offset) -> String {
    Timestamp::from_microsecond(us)
        .map_or_else(|_| us.to_string(), |t| t.display_with_offset(zone).to_string())
}
