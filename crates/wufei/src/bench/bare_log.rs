//! The bare equivalent of the gateway with its log: the same sockets, the same bytes in both directions, and one file to
//! which raw bytes are appended in groups, each synced before its answers go out. It decodes nothing, checks nothing and
//! encodes nothing: it counts delimiters and sends answers that were written before.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, mpsc};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::terminals::Feed;
use crate::Failure;

/// As in ours.
const READ: usize = 16 << 10;
const PENDING: usize = 4;
const GROUP: usize = 4 << 20;

struct Piece {
    bytes: Vec<u8>,
    durable: oneshot::Sender<()>,
}

/// A running bare server.
pub struct BareLog {
    /// Where it listens.
    pub address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for BareLog {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl BareLog {
    /// Starts it over a new file.
    pub async fn start(file: &Path, feeds: Vec<Arc<Feed>>) -> Result<Self, Failure> {
        let file = OpenOptions::new().create_new(true).append(true).open(file)?;
        let (queue, pieces) = mpsc::channel::<Piece>();
        std::thread::Builder::new().name("bare-log".to_owned()).spawn(move || append(file, &pieces))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (queue, feeds) = (queue.clone(), feeds.clone());
                tokio::spawn(async move {
                    // A client that is gone has been served.
                    let _ = serve(stream, &feeds, queue).await;
                });
            }
        });
        Ok(Self { address, accepting })
    }
}

fn append(mut file: File, pieces: &mpsc::Receiver<Piece>) {
    let (mut group, mut bytes) = (Vec::new(), Vec::new());
    while let Ok(first) = pieces.recv() {
        bytes.extend_from_slice(&first.bytes);
        group.push(first.durable);
        while bytes.len() < GROUP {
            let Ok(piece) = pieces.try_recv() else { break };
            bytes.extend_from_slice(&piece.bytes);
            group.push(piece.durable);
        }
        if file.write_all(&bytes).and_then(|()| file.sync_data()).is_err() {
            return;
        }
        bytes.clear();
        for durable in group.drain(..) {
            // Whoever no longer waits has lost an answer only.
            let _ = durable.send(());
        }
    }
}

async fn serve(stream: TcpStream, feeds: &[Arc<Feed>], queue: mpsc::Sender<Piece>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = stream;
    let mut feed: Option<Arc<Feed>> = None;
    let (mut delimiters, mut answered) = (0, 0);
    // What waits for the disk, with the number of frames that are complete once it is there.
    let mut pending: VecDeque<(oneshot::Receiver<()>, usize)> = VecDeque::new();
    loop {
        tokio::select! {
            biased;
            durable = first(&mut pending), if !pending.is_empty() => {
                let Some(upto) = durable else { return Ok(()) };
                if let Some(feed) = &feed {
                    answer(&mut stream, feed, &mut answered, upto).await?;
                }
            }
            ready = stream.readable(), if pending.len() < PENDING => {
                ready?;
                let Some(bytes) = read_now(&stream)? else { continue };
                if bytes.is_empty() {
                    return Ok(());
                }
                let Some(known) = &feed else {
                    // The authentication: only whose it is matters, and its answer.
                    let own = feeds.iter().find(|f| bytes.starts_with(&f.hello)).map(Arc::clone);
                    let Some(own) = own else { return Ok(()) };
                    answer(&mut stream, &own, &mut answered, 1).await?;
                    feed = Some(own);
                    continue;
                };
                delimiters += bytes.iter().filter(|b| **b == 0x7e).count();
                let complete = (delimiters / 2 + 1).min(known.answer_ends.len());
                let (durable, kept) = oneshot::channel();
                if queue.send(Piece { bytes, durable }).is_err() {
                    return Ok(());
                }
                pending.push_back((kept, complete));
            }
        }
    }
}

/// What is there now: nothing at the end, `None` when nothing has come yet.
fn read_now(stream: &TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut buffer = [0; READ];
    match stream.try_read(&mut buffer) {
        Ok(count) => Ok(Some(buffer.get(..count).unwrap_or_default().to_vec())),
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(e) => Err(e),
    }
}

/// The oldest of what waits; `None` when the file has failed.
async fn first(pending: &mut VecDeque<(oneshot::Receiver<()>, usize)>) -> Option<usize> {
    let (durable, upto) = pending.front_mut()?;
    let upto = durable.await.is_ok().then_some(*upto);
    pending.pop_front();
    upto
}

async fn answer(
    stream: &mut TcpStream,
    feed: &Feed,
    answered: &mut usize,
    upto: usize,
) -> std::io::Result<()> {
    let end = |n: usize| n.checked_sub(1).and_then(|i| feed.answer_ends.get(i)).copied().unwrap_or(0);
    stream.write_all(feed.answers.get(end(*answered)..end(upto)).unwrap_or_default()).await?;
    *answered = upto;
    Ok(())
}
