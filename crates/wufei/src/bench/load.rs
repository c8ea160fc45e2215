//! The load: terminals on sockets of their own, each with a window of frames that wait for their acknowledgement. The
//! same code speaks to ours and to the bare one, and every answer is looked at.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use super::line::{Run, Watch};
use super::terminals::Feed;
use crate::Failure;

/// All connections of a run.
pub struct Load {
    /// What each says.
    pub feeds: Vec<Arc<Feed>>,
    /// Frames that a terminal sends before it waits.
    pub window: usize,
}

impl Load {
    /// Frames of a run.
    pub fn frames(&self) -> usize {
        self.feeds.iter().map(|f| f.ends.len()).sum()
    }

    /// Connects, authenticates, and then, with the clock running, sends everything and waits for every answer; `done`
    /// is waited for too before the clock stops.
    pub async fn run<F: Future<Output = Result<(), Failure>>>(
        &self,
        address: SocketAddr,
        done: impl FnOnce() -> F,
    ) -> Result<Run, Failure> {
        let start = Arc::new(Barrier::new(self.feeds.len() + 1));
        let mut clients = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            let (stream, answers) = connect(address, feed).await?;
            let client = speak(stream, Arc::clone(feed), self.window, answers, Arc::clone(&start));
            clients.push(tokio::spawn(client));
        }
        start.wait().await;
        let watch = Watch::start();
        for client in clients {
            client.await.map_err(|e| Failure::new(format!("a terminal of the measurement: {e}")))??;
        }
        done().await?;
        Ok(watch.stop(self.frames()))
    }
}

/// A connection that has authenticated.
pub async fn connect(address: SocketAddr, feed: &Feed) -> Result<(TcpStream, Answers), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answers = Answers::default();
    stream.write_all(&feed.hello).await?;
    while answers.count < 1 {
        answers.read(&mut stream).await?;
    }
    Ok((stream, answers))
}

async fn speak(
    mut stream: TcpStream,
    feed: Arc<Feed>,
    window: usize,
    mut answers: Answers,
    start: Arc<Barrier>,
) -> Result<(), Failure> {
    start.wait().await;
    let (all, before) = (feed.ends.len(), answers.count);
    let mut sent = 0;
    loop {
        let answered = answers.count - before;
        if answered >= all {
            return Ok(());
        }
        // Half a window at once: a terminal that sends one frame a packet would measure the network.
        if sent - answered <= window / 2 && sent < all {
            let until = (answered + window.max(1)).min(all);
            let from = sent.checked_sub(1).and_then(|i| feed.ends.get(i)).copied().unwrap_or(0);
            let to = feed.ends.get(until.saturating_sub(1)).copied().unwrap_or(from);
            stream.write_all(feed.frames.get(from..to).unwrap_or_default()).await?;
            sent = until;
        }
        answers.read(&mut stream).await?;
    }
}

/// Counts answers and looks at each outcome.
#[derive(Default)]
pub struct Answers {
    /// So many came.
    pub count: usize,
    /// Bytes since the last delimiter; an answer has at most 50 with every byte escaped.
    frame: Vec<u8>,
}

impl Answers {
    /// Reads what comes next.
    pub async fn read(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<(), Failure> {
        let mut bytes = [0; 8192];
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(Failure::new("the connection of the measurement was closed"));
        }
        for byte in bytes.iter().take(count) {
            if *byte != 0x7e {
                self.frame.push(*byte);
                continue;
            }
            if self.frame.is_empty() {
                continue;
            }
            // The checksum is last and may be escaped; the outcome, which is small, never is.
            let escaped = self.frame.len() >= 2 && self.frame.get(self.frame.len() - 2) == Some(&0x7d);
            let at = self.frame.len().saturating_sub(if escaped { 3 } else { 2 });
            if self.frame.get(at) != Some(&0) {
                return Err(Failure::new("a frame of the measurement was not acknowledged"));
            }
            self.frame.clear();
            self.count += 1;
        }
        Ok(())
    }
}
