//! `wufei ingest dump`: what stands in the ingest log, for people and for the test that kills the server.

use std::io::{BufWriter, Write};

use app::monitoring::record;
use serde_json::{Value, json};
use telemetry::log::{Record, Tailed};
use wire::jt808::{Header, Location, id};

use crate::Failure;
use crate::cli::{Ingest, IngestWhat};
use crate::live;

/// Runs the command.
pub async fn run(options: Ingest) -> Result<(), Failure> {
    let IngestWhat::Dump { data_dir, from } = options.what;
    if !data_dir.join(record::LOG_DIR).is_dir() {
        return Err(Failure::new(format!("there is no ingest log in {}", data_dir.display())));
    }
    let (log, _) = live::open_log(&data_dir, 0)?;
    let end = log.durable_end();
    let mut tail = log.tail(from.unwrap_or_else(|| log.first()).min(end))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    while tail.position() < end {
        match tail.next().await? {
            Some(Tailed::Records(records)) => {
                for record in records.iter() {
                    writeln!(out, "{}", shown(&record))?;
                }
            }
            Some(Tailed::Gap(gap)) => {
                let gap = json!({"gap": true, "from": gap.from, "to": gap.to, "file": gap.file});
                writeln!(out, "{gap}")?;
            }
            None => break,
        }
    }
    Ok(out.flush()?)
}

fn shown(record: &Record<'_>) -> Value {
    let kind = match record.kind {
        record::FRAME => "frame",
        record::TICK => "tick",
        record::JOINED => "joined",
        _ => "unknown",
    };
    let mut line = json!({
        "offset": record.offset, "received_at": record.received_at, "source": record.source, "kind": kind,
        "bytes": record.payload.len(),
    });
    let parsed = match record.kind {
        record::FRAME => Header::parse(record.payload),
        record::JOINED => Header::parse_joined(record.payload),
        _ => return line,
    };
    match parsed {
        Ok((header, body)) => {
            line["message"] = wire::jt808::message_name(header.id).unwrap_or("unknown").into();
            line["terminal"] = header.terminal.significant().into();
            line["serial"] = header.serial.into();
            if header.id == id::LOCATION
                && let Ok(location) = Location::peek(body)
            {
                line["time"] = location.time_us.into();
            }
        }
        Err(error) => line["error"] = error.code().into(),
    }
    line
}
