//! A few of the frames that could not be read, for the person who asks why a device's data is missing. Bounded in number
//! and size; the counters say how many there were.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use domain::time::format_instant;
use serde::Serialize;
use utoipa::ToSchema;

/// Most samples that are kept; the oldest makes room.
const MOST: usize = 200;
/// Most of one terminal among them, so that one cannot push out the others.
const MOST_EACH: usize = 5;
/// Bytes of a frame that are kept.
const BYTES: usize = 256;

/// A frame that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When, UTC microseconds.
    pub at: i64,
    /// Terminal that sent it, without zeros in front; empty before one has authenticated.
    pub terminal_number: String,
    /// Address that it came from.
    pub remote: String,
    /// Stable code of the reason.
    pub code: &'static str,
    /// Byte of the frame, or of the body of a message in parts.
    pub offset: usize,
    /// The frame, cut to 256 bytes, without its checksum: what `wufei decode` explains after one is added.
    pub frame_hex: String,
}

/// A sample as it goes out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SampleView {
    /// When.
    pub at: String,
    /// Terminal that sent it; empty before one has authenticated.
    pub terminal_number: String,
    /// Address that it came from.
    pub remote: String,
    /// Stable code of the reason.
    pub code: String,
    /// Byte of the frame, or of the body of a message in parts.
    pub offset: usize,
    /// The frame, cut to 256 bytes, without its checksum.
    pub frame_hex: String,
}

impl From<Sample> for SampleView {
    fn from(s: Sample) -> Self {
        Self {
            at: format_instant(s.at),
            terminal_number: s.terminal_number,
            remote: s.remote,
            code: s.code.to_owned(),
            offset: s.offset,
            frame_hex: s.frame_hex,
        }
    }
}

/// The samples. One of it lives in the house's parts.
#[derive(Default)]
pub struct Samples(Mutex<VecDeque<Sample>>);

impl Samples {
    /// Keeps a sample.
    pub fn keep(
        &self,
        at: i64,
        terminal_number: String,
        remote: String,
        code: &'static str,
        offset: usize,
        frame: &[u8],
    ) {
        let frame_hex = crate::kit::hex(frame.get(..BYTES).unwrap_or(frame));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.iter().filter(|s| s.terminal_number == terminal_number).count();
        if own >= MOST_EACH
            && let Some(oldest) = all.iter().position(|s| s.terminal_number == terminal_number)
        {
            all.remove(oldest);
        }
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back(Sample { at, terminal_number, remote, code, offset, frame_hex });
    }

    /// What is kept, the newest first.
    pub fn view(&self) -> Vec<Sample> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_terminal_cannot_push_out_the_others() {
        let samples = Samples::default();
        samples.keep(1, "1".to_owned(), String::new(), "no_time", 0, &[0xab; 900]);
        (0..1_000).for_each(|i| samples.keep(i, "2".to_owned(), String::new(), "no_time", 0, &[1]));
        let all = samples.view();
        assert_eq!(all.len(), 1 + MOST_EACH);
        assert_eq!(all.last().map(|s| s.frame_hex.len()), Some(BYTES * 2));
        (0..1_000).for_each(|i| samples.keep(i, i.to_string(), String::new(), "no_time", 0, &[1]));
        assert_eq!(samples.view().len(), MOST);
    }
}
