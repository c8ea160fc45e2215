//! Device protocols as codecs without I/O: bytes in, typed messages out, and back. This crate must never
//! open a socket, read a clock, or trust a length: the gateway and the simulator bring sockets and time,
//! and whatever a device sends ends here in a value or in a counted, placed error.

pub mod jt808;
