//! What stands in the ingest log: the kinds of its records, shared by the gateway that writes and the engine that reads.

/// A frame of an authenticated JT/T 808 terminal, unescaped, without checksum: header and body.
pub const FRAME: u8 = 1;
/// The clock: everything that depends on silence is decided on these records, so that a replay decides the same.
pub const TICK: u8 = 2;
/// A message that came in parts, joined: the header of its first part (as a frame without parts), then the body.
pub const JOINED: u8 = 3;

/// Folder of the ingest log in a data directory.
pub const LOG_DIR: &str = "ingest";
/// Folder of the position blocks in a data directory.
pub const BLOCK_DIR: &str = "positions";
/// Folder of the engine's checkpoints in a data directory.
pub const STATE_DIR: &str = "live";
