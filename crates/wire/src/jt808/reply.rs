//! The platform's answers, as frames ready to be sent, in the edition and to the number of the request. Which
//! answer is right is decided by the gateway; nothing here may decide.

use super::assembler::Gap;
use super::body::{Body, id};
use super::encode::{encode, escape};
use super::messages::{GeneralReply, Outcome, RegisterOutcome, RegisterReply, Resend};
use super::{DELIMITER, ESCAPE, EncodeError, Header, Text};

/// The header of an answer: to the terminal of the request, in its edition, plain.
pub const fn header(request: &Header, id: u16, serial: u16) -> Header {
    Header::new(id, request.version, request.terminal, serial)
}

/// 0x8001: what became of a message. `serial` is the platform's own serial number.
///
/// # Errors
/// When the request's number does not fit its edition, which no decoded request has.
pub fn general(request: &Header, outcome: Outcome, serial: u16) -> Result<Vec<u8>, EncodeError> {
    let reply = GeneralReply { serial: request.serial, id: request.id, outcome };
    encode(&header(request, id::PLATFORM_REPLY, serial), &Body::PlatformReply(reply))
}

/// The same, appended to `out`: the answer to nearly every frame, so it makes no
/// message of its own and usually moves no byte twice.
///
/// # Errors
/// When the request's number does not fit its edition, which no decoded request has.
pub fn general_into(
    request: &Header,
    outcome: Outcome,
    serial: u16,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.push(DELIMITER);
    if let Err(error) = header(request, id::PLATFORM_REPLY, serial).write(5, out) {
        out.truncate(start);
        return Err(error);
    }
    GeneralReply { serial: request.serial, id: request.id, outcome }.write(out);
    let plain = out.get(start + 1..).unwrap_or_default();
    let checksum = plain.iter().fold(0, |x, b| x ^ b);
    if plain.iter().chain([&checksum]).any(|b| matches!(*b, DELIMITER | ESCAPE)) {
        let frame = out.split_off(start + 1);
        out.truncate(start);
        escape(&frame, out);
    } else {
        out.extend_from_slice(&[checksum, DELIMITER]);
    }
    Ok(())
}

/// 0x8100: what became of a registration. `code` is sent only with [`RegisterOutcome::DONE`].
///
/// # Errors
/// When the code has characters that GBK does not have, or is too long for a frame.
pub fn register(
    request: &Header,
    outcome: RegisterOutcome,
    code: &str,
    serial: u16,
) -> Result<Vec<u8>, EncodeError> {
    let code = if outcome == RegisterOutcome::DONE { Text::from(code) } else { Text::default() };
    let reply = RegisterReply { serial: request.serial, outcome, code };
    encode(&header(request, id::REGISTER_REPLY, serial), &Body::RegisterReply(reply))
}

/// 0x8004: the time, in UTC microseconds; fractions of a second are cut off.
///
/// # Errors
/// When the time is outside of the years 2000 to 2099.
pub fn time(request: &Header, now_us: i64, serial: u16) -> Result<Vec<u8>, EncodeError> {
    let time_us = now_us - now_us.rem_euclid(1_000_000);
    encode(&header(request, id::TIME_REPLY, serial), &Body::TimeReply { time_us })
}

/// 0x8003: asks for the parts that are missing from a message.
///
/// # Errors
/// When more parts are named than a request of this edition can, which no [`Gap`] of an assembler does.
pub fn resend(gap: &Gap, serial: u16) -> Result<Vec<u8>, EncodeError> {
    let request = Resend { first_serial: gap.header.serial, parts: gap.missing.clone() };
    encode(&header(&gap.header, id::PLATFORM_RESEND, serial), &Body::PlatformResend(request))
}
