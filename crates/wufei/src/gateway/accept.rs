//! The front door of the gateway: takes connections up to the limits, and turns the rest away at once, so that they do
//! not hang. Running out of file descriptors must not stop it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Shared, connection, raised};

/// How long connections may take to end after the signal.
const GRACE: Duration = Duration::from_secs(5);
/// Pause after an accept that failed, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections by address.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Addresses {
    /// Takes a place for the address, if there is one.
    fn enter(&self, address: IpAddr, most: usize) -> Option<Place> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { all: self.clone(), address })
    }
}

/// A place, given back when dropped.
struct Place {
    all: Addresses,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.address);
            }
        }
    }
}

/// Accepts until the flag is raised, then waits for the connections to end.
pub(super) async fn run(shared: &Arc<Shared>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let (mut tasks, addresses, mut number) = (JoinSet::new(), Addresses::default(), 0_u64);
    let stopped = stop.clone();
    loop {
        tokio::select! {
            () = raised(&mut stop) => break,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, remote)) => {
                    number += 1;
                    admit(shared, stream, remote, number, &addresses, &mut tasks, &stopped);
                }
                Err(error) => {
                    tracing::warn!(%error, "a terminal's connection could not be accepted");
                    shared.gate.counters.refused_connections.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        tracing::warn!("some terminals did not take their last answers in time");
    }
    // What is left of the set ends with it.
}

fn admit(
    shared: &Arc<Shared>,
    stream: TcpStream,
    remote: SocketAddr,
    number: u64,
    addresses: &Addresses,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) {
    let counters = &shared.gate.counters;
    let room = tasks.len() < shared.limits.connections;
    let place = room.then(|| addresses.enter(remote.ip(), shared.limits.per_address)).flatten();
    let Some(place) = place else {
        counters.refused_connections.fetch_add(1, Ordering::Relaxed);
        return;
    };
    counters.connections.fetch_add(1, Ordering::Relaxed);
    let (shared, stop) = (Arc::clone(shared), stop.clone());
    tasks.spawn(async move {
        connection::serve(Arc::clone(&shared), stream, remote, number, stop).await;
        shared.gate.counters.connections.fetch_sub(1, Ordering::Relaxed);
        drop(place);
    });
}
