//! The last frames of a connection, to recognise one that is sent again because its acknowledgement was lost on the
//! way: it is acknowledged again and stands in the log once. What is not recognised stands there twice, which the
//! readers of the log can bear; what differs in a single bit is never taken for a repetition.

use std::hash::{DefaultHasher, Hasher};

/// Serial numbers in a row that are remembered.
const WINDOW: usize = 64;

/// The last frames, each in the place of its serial number: terminals count, so the newest frames of a row never share
/// a place.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Serial number and hash; empty before the first frame.
    seen: Vec<Option<(u16, u64)>>,
}

impl Recent {
    /// Notes a frame; true if it is there already.
    pub fn repeated(&mut self, serial: u16, frame: &[u8]) -> bool {
        if self.seen.is_empty() {
            self.seen.resize(WINDOW, None);
        }
        let mut hasher = DefaultHasher::new();
        hasher.write(frame);
        let key = Some((serial, hasher.finish()));
        match self.seen.get_mut(usize::from(serial) % WINDOW) {
            Some(place) if *place == key => true,
            Some(place) => {
                *place = key;
                false
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_are_a_repetition() {
        let mut recent = Recent::default();
        assert!(!recent.repeated(1, b"a"));
        assert!(recent.repeated(1, b"a"));
        assert!(!recent.repeated(1, b"b"));
        for serial in 0..1_000 {
            assert!(!recent.repeated(serial, b"c"));
        }
        for serial in 1_000 - 64..1_000 {
            assert!(recent.repeated(serial, b"c"), "a whole window is remembered");
        }
        assert!(!recent.repeated(1, b"a"), "forgotten by now");
        assert_eq!(recent.seen.len(), WINDOW);
    }
}
