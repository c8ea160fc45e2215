//! Device protocols as codecs without I/O: JT/T 808.
