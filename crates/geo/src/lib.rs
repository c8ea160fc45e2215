//! Datums, distances, zones and roads, without I/O.
