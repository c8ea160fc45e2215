//! Ingest log, columnar blocks and last values of devices.
