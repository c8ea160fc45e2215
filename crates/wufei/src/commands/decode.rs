//! `wufei decode jt808`: frames as hexadecimal lines in, one JSON object a line out. It is the tool of whoever connects
//! a device, so a frame that cannot be read is an answer and no failure.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::process::ExitCode;

use wire::jt808::describe;

use crate::Failure;
use crate::cli::{Decode, Protocol};

/// Longest line that is read as one: a frame has at most 4,200 digits with its escapes.
const LINE: u64 = 64 << 10;

/// Decodes to the end of the input.
pub fn run(options: &Decode) -> Result<ExitCode, Failure> {
    let Protocol::Jt808 = options.protocol;
    let input: Box<dyn BufRead> = match &options.file {
        Some(path) => {
            let file = File::open(path).map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
            Box::new(BufReader::new(file))
        }
        None => Box::new(BufReader::new(std::io::stdin())),
    };
    let wrong = match decode(input, BufWriter::new(std::io::stdout().lock())) {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => false,
        other => other?,
    };
    Ok(if wrong && options.strict { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether any frame could not be read.
fn decode(mut input: impl BufRead, mut output: impl Write) -> std::io::Result<bool> {
    let (mut line, mut wrong) = (Vec::new(), false);
    loop {
        line.clear();
        if input.by_ref().take(LINE).read_until(b'\n', &mut line)? == 0 {
            output.flush()?;
            return Ok(wrong);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let described = describe(text);
        wrong |= described.is_error();
        writeln!(output, "{described}")?;
        // Somebody may be typing: each answer goes out at once.
        output.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_line_is_an_answer_and_costs_no_other() {
        let input =
            "7e0002000001393202810100018b7e\n\n# a note\nzz\n7E 00 02 00 00 01 39 32 02 81 01 00 02 88 7E\n";
        let mut out = Vec::new();
        let wrong = decode(input.as_bytes(), &mut out).expect("memory");
        let lines: Vec<serde_json::Value> = String::from_utf8(out)
            .expect("text")
            .lines()
            .map(|l| serde_json::from_str(l).expect("an object"))
            .collect();
        assert!(wrong);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0]["message"], "heartbeat", "{}", lines[0]);
        assert_eq!(lines[1]["error"]["code"], "not_hex");
        assert_eq!(lines[2]["serial"], 2, "{}", lines[2]);
    }
}
