//! The bare equivalent of the gateway with its log: one file to which raw bytes are appended, each group synced.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::bare::Keeper;
use crate::Failure;

/// A file of raw bytes.
pub struct BareLog {
    file: File,
    bytes: Vec<u8>,
}

impl BareLog {
    /// Begins a new file.
    pub fn create(file: &Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().create_new(true).append(true).open(file)?;
        Ok(Self { file, bytes: Vec::new() })
    }
}

impl Keeper for BareLog {
    type Cutter = ();
    type Piece = Vec<u8>;

    fn cut((): &mut (), bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn weight(piece: &Vec<u8>) -> usize {
        piece.len()
    }

    fn keep(&mut self, group: &mut Vec<Vec<u8>>) -> Result<(), Failure> {
        self.bytes.clear();
        group.drain(..).for_each(|piece| self.bytes.extend_from_slice(&piece));
        self.file.write_all(&self.bytes)?;
        Ok(self.file.sync_data()?)
    }
}
