//! A bare server behind the same sockets as the gateway: it reads the same bytes, sends the same answers, which were
//! written before, and keeps what came in groups, each durable before its answers go out. It checks nothing and encodes
//! nothing. What "keep" means is up to a [`Keeper`].

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::terminals::Feed;
use crate::Failure;

/// As in ours.
const READ: usize = 16 << 10;
const PENDING: usize = 4;
const GROUP: usize = 4 << 20;

/// Keeps what came. Runs on a thread of its own.
pub trait Keeper: Send + 'static {
    /// What one connection makes of its bytes, on its own task.
    type Cutter: Default + Send;
    /// What it hands over.
    type Piece: Send + 'static;
    /// Makes a piece of a read.
    fn cut(cutter: &mut Self::Cutter, bytes: Vec<u8>) -> Self::Piece;
    /// How much it is, in bytes as they came.
    fn weight(piece: &Self::Piece) -> usize;
    /// Makes a group durable, and empties it.
    fn keep(&mut self, group: &mut Vec<Self::Piece>) -> Result<(), Failure>;
}

type Waiting<P> = (P, oneshot::Sender<()>);

/// A running bare server.
pub struct Bare {
    /// Where it listens.
    pub address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Bare {
    /// Starts it.
    pub async fn start<K: Keeper>(keeper: K, feeds: Vec<Arc<Feed>>) -> Result<Self, Failure> {
        let (queue, pieces) = mpsc::channel::<Waiting<K::Piece>>();
        std::thread::Builder::new().name("bare".to_owned()).spawn(move || groups(keeper, &pieces))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (queue, feeds) = (queue.clone(), feeds.clone());
                tokio::spawn(async move {
                    // A client that is gone has been served.
                    let _ = serve::<K>(stream, &feeds, queue).await;
                });
            }
        });
        Ok(Self { address, accepting })
    }
}

fn groups<K: Keeper>(mut keeper: K, pieces: &mpsc::Receiver<Waiting<K::Piece>>) {
    let (mut group, mut waiting) = (Vec::new(), Vec::new());
    while let Ok((first, durable)) = pieces.recv() {
        let mut bytes = K::weight(&first);
        group.push(first);
        waiting.push(durable);
        while bytes < GROUP {
            let Ok((piece, durable)) = pieces.try_recv() else { break };
            bytes += K::weight(&piece);
            group.push(piece);
            waiting.push(durable);
        }
        if let Err(error) = keeper.keep(&mut group) {
            tracing::error!(%error, "the bare server keeps nothing more");
            return;
        }
        for durable in waiting.drain(..) {
            // Whoever no longer waits has lost an answer only.
            let _ = durable.send(());
        }
    }
}

async fn serve<K: Keeper>(
    mut stream: TcpStream,
    feeds: &[Arc<Feed>],
    queue: mpsc::Sender<Waiting<K::Piece>>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut feed: Option<Arc<Feed>> = None;
    let (mut delimiters, mut answered, mut cutter) = (0, 0, K::Cutter::default());
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
            ready = poll_fn(|cx| stream.poll_read_ready(cx)), if pending.len() < PENDING => {
                ready?;
                let Some(bytes) = read_now(&mut stream)? else { continue };
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
                if queue.send((K::cut(&mut cutter, bytes), durable)).is_err() {
                    return Ok(());
                }
                pending.push_back((kept, complete));
            }
        }
    }
}

/// What is there now, read as ours reads: nothing at the end, `None` when nothing has come yet.
fn read_now(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut space = [const { MaybeUninit::uninit() }; READ];
    let mut buffer = ReadBuf::uninit(&mut space);
    let mut asking = Context::from_waker(Waker::noop());
    match Pin::new(stream).poll_read(&mut asking, &mut buffer) {
        Poll::Pending => Ok(None),
        Poll::Ready(read) => read.map(|()| Some(buffer.filled().to_vec())),
    }
}

/// The oldest of what waits; `None` when nothing more is kept.
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
