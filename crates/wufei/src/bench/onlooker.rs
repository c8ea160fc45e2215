//! A browser that looks on: one HTTP connection to the server-sent events, read as they come. It notes when the news of a
//! vehicle's warning arrived, and how many positions did.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::Failure;

/// What was heard so far.
#[derive(Default)]
struct Heard {
    /// When the first news of a warning about a vehicle came.
    warnings: HashMap<String, Instant>,
    /// Messages about positions, and positions in them.
    messages: usize,
    positions: usize,
}

/// Somebody who looks on, until dropped.
pub struct Onlooker {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl Drop for Onlooker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Onlooker {
    /// Connects, and waits for the greeting.
    pub async fn connect(address: SocketAddr, cookie: &str) -> Result<Self, Failure> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /api/live/events HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\ncookie: {cookie}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut lines = BufReader::with_capacity(64 << 10, stream).lines();
        let first = lines.next_line().await?.unwrap_or_default();
        if !first.starts_with("HTTP/1.1 200") {
            return Err(Failure::new(format!("the server does not let the onlooker listen: {first}")));
        }
        while let Some(line) = lines.next_line().await? {
            if line.starts_with("event: hello") {
                break;
            }
        }
        let heard = Arc::new(Mutex::new(Heard::default()));
        let noted = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            let mut event = String::new();
            // An event is one chunk of the answer: what is no field of one is the chunk's length.
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(name) = line.strip_prefix("event: ") {
                    name.clone_into(&mut event);
                } else if let Some(data) = line.strip_prefix("data: ") {
                    note(&noted, &event, data);
                }
            }
        });
        Ok(Self { heard, task })
    }

    /// When the news of the vehicle's warning came.
    pub fn warned(&self, vehicle_id: &str) -> Option<Instant> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).warnings.get(vehicle_id).copied()
    }

    /// Messages about positions and positions in them.
    pub fn moved(&self) -> (usize, usize) {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        (heard.messages, heard.positions)
    }
}

fn note(heard: &Mutex<Heard>, event: &str, data: &str) {
    let now = Instant::now();
    // A browser reads it all, and so does this.
    let Ok(data) = serde_json::from_str::<Value>(data) else { return };
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        "warning" => {
            if let Some(vehicle) = data["vehicle_id"].as_str() {
                heard.warnings.entry(vehicle.to_owned()).or_insert(now);
            }
        }
        "positions" => {
            heard.messages += 1;
            heard.positions += data["vehicles"].as_array().map_or(0, Vec::len);
        }
        _ => {}
    }
}
