//! Registration and authentication: the two messages that the register of terminals decides about. The gate decides;
//! here its answer is put into the protocol's words.

use std::time::Duration;

use app::kit::Problem;
use app::monitoring::gate::{self, Reason};
use wire::jt808::{Body, Header, Outcome, RegisterOutcome, decode, reply};

use super::conversation::Conversation;

/// The database must have answered by then; the terminal tries again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Answers a registration or an authentication.
pub(super) async fn answer(talk: &mut Conversation, frame: &[u8], now: i64) {
    if talk.closing {
        return;
    }
    let (header, body) = match decode(frame) {
        Ok(decoded) => decoded,
        Err(error) => {
            talk.unreadable(frame, error.code(), error.offset, now);
            if let Ok((header, _)) = Header::parse(frame) {
                talk.answer(&header, Outcome::MALFORMED);
            }
            return talk.strike();
        }
    };
    if talk.guest.as_ref().is_some_and(|g| !g.number.same_number(header.terminal)) {
        return talk.refuse(&header, Reason::NotAuthenticated, "", now);
    }
    match body {
        Body::Register(r) => register(talk, &header, r.plate.as_str()).await,
        Body::Authenticate(a) => authenticate(talk, &header, a.code.as_str()).await,
        // Encrypted, or in parts, which neither needs.
        _ => {
            talk.unreadable(frame, "unsupported", 2, now);
            talk.answer(&header, Outcome::UNSUPPORTED);
            talk.strike();
        }
    }
}

async fn register(talk: &mut Conversation, header: &Header, plate: &str) {
    let claim = talk.claim(header, plate);
    let decided = {
        let shared = &talk.shared;
        turn(shared, Box::pin(gate::register(&shared.kit, &claim))).await
    };
    let (outcome, code) = match decided {
        Some(Ok(gate::Registration::Done(code))) => (RegisterOutcome::DONE, code),
        Some(Ok(gate::Registration::NoVehicle)) => (RegisterOutcome::NO_VEHICLE, String::new()),
        Some(Ok(gate::Registration::AlreadyRegistered)) => (RegisterOutcome::TERMINAL_TAKEN, String::new()),
        Some(Ok(gate::Registration::NoTerminal)) => (RegisterOutcome::NO_TERMINAL, String::new()),
        failed => return not_decided(talk, header, failed.map(|r| r.map(drop))),
    };
    if outcome != RegisterOutcome::DONE {
        talk.strike();
    }
    talk.send(|serial| reply::register(header, outcome, &code, serial));
}

async fn authenticate(talk: &mut Conversation, header: &Header, code: &str) {
    let claim = talk.claim(header, "");
    let decided = {
        let shared = &talk.shared;
        turn(shared, Box::pin(gate::authenticate(&shared.kit, &claim, code))).await
    };
    match decided {
        Some(Ok(Some(admitted))) => {
            talk.enter(header.terminal, admitted.source);
            talk.answer(header, Outcome::DONE);
        }
        Some(Ok(None)) => {
            talk.leave();
            talk.answer(header, Outcome::FAILED);
            talk.strike();
        }
        failed => not_decided(talk, header, failed.map(|r| r.map(drop))),
    }
}

/// Asks the gate when it is this connection's turn; `None` when it takes too long.
async fn turn<T>(
    shared: &super::Shared,
    question: impl Future<Output = Result<T, Problem>>,
) -> Option<Result<T, Problem>> {
    let asked = async {
        let _turn = shared.doors.acquire().await;
        question.await
    };
    tokio::time::timeout(PATIENCE, asked).await.ok()
}

/// Nobody could decide: the terminal is told to try again.
fn not_decided(talk: &mut Conversation, header: &Header, why: Option<Result<(), Problem>>) {
    match why {
        Some(Err(problem)) => tracing::error!(?problem, "a terminal cannot be looked up"),
        _ => tracing::error!("a terminal cannot be looked up in time"),
    }
    talk.answer(header, Outcome::FAILED);
}
