//! The last frames of a connection, to recognise one that is sent again because its acknowledgement was lost on the
//! way: it is acknowledged again and stands in the log once. What is not recognised stands there twice, which the
//! readers of the log can bear; what differs in a single bit is never taken for a repetition.

use std::hash::{DefaultHasher, Hasher};

/// Frames that are remembered.
const WINDOW: usize = 64;

/// The last frames.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Serial number and hash; a ring once it is full.
    seen: Vec<(u16, u64)>,
    next: usize,
}

impl Recent {
    /// Notes a frame; true if it is there already.
    pub fn repeated(&mut self, serial: u16, frame: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        hasher.write(frame);
        let key = (serial, hasher.finish());
        if self.seen.contains(&key) {
            return true;
        }
        if self.seen.len() < WINDOW {
            self.seen.push(key);
        } else if let Some(oldest) = self.seen.get_mut(self.next) {
            *oldest = key;
            self.next = (self.next + 1) % WINDOW;
        }
        false
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
        assert!(!recent.repeated(1, b"a"), "forgotten by now");
        assert_eq!(recent.seen.len(), WINDOW);
    }
}
