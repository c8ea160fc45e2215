//! The bare client of PostgreSQL: tokio-postgres alone on one connection. All statements of a transaction are sent
//! without waiting, and only its end is waited for: no application that looks at what it reads can do that.

use std::collections::HashMap;
use std::task::{Context, Poll, Waker};

use db::BoxFuture;
use futures::FutureExt;
use tokio_postgres::{Client, Error, NoTls, Statement as Prepared};

use super::bare_lite::Replay;
use super::line::{Run, Watch};
use super::recording::{RELEASE, Recording, SAVEPOINT, Statement, Transaction};
use crate::Failure;

/// Says the recording again on a copy of the database; answers the run and the number of events it leaves.
pub async fn run(url: &str, recording: &Recording, replay: Replay) -> Result<(Run, i64), Failure> {
    replay_on(url, recording, replay).await.map_err(|e| {
        let why = e.as_db_error().map_or_else(|| e.to_string(), ToString::to_string);
        Failure::new(format!("bare PostgreSQL: {why}"))
    })
}

async fn replay_on(url: &str, recording: &Recording, replay: Replay) -> Result<(Run, i64), Error> {
    let Replay { warm, until, group, savepoints } = replay;
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let mut prepared: HashMap<&str, Prepared> = HashMap::new();
    for s in recording.all() {
        if !prepared.contains_key(s.sql.as_str()) {
            prepared.insert(&s.sql, client.prepare(&s.sql).await?);
        }
    }
    let bare = Bare { client: &client, prepared };
    for t in recording.transactions(0, warm, group, savepoints) {
        bare.transact(&t).await?;
    }
    let timed = recording.transactions(warm, until, group, savepoints);
    let watch = Watch::start();
    for t in &timed {
        bare.transact(t).await?;
    }
    let run = watch.stop(timed.iter().map(|t| t.commands.len()).sum());
    let events = client.query_one("select count(*) from journal_event", &[]).await?.get(0);
    drop(client);
    // Ends by itself with the client; waited for so that the database can be dropped.
    let _ = connection.await;
    Ok((run, events))
}

struct Bare<'a> {
    client: &'a Client,
    prepared: HashMap<&'a str, Prepared>,
}

type Sent<'a> = BoxFuture<'a, Result<(), Error>>;

impl Bare<'_> {
    async fn transact(&self, t: &Transaction<'_>) -> Result<(), Error> {
        let mut sent = Vec::new();
        self.control(&mut sent, t.begin);
        t.opening.iter().for_each(|s| self.say(&mut sent, s));
        for command in &t.commands {
            if t.savepoints {
                self.control(&mut sent, SAVEPOINT);
            }
            command.iter().for_each(|s| self.say(&mut sent, s));
            if t.savepoints {
                self.control(&mut sent, RELEASE);
            }
        }
        t.closing.iter().for_each(|s| self.say(&mut sent, s));
        self.control(&mut sent, "commit");
        for answer in sent {
            answer.await?;
        }
        Ok(())
    }

    fn control<'s>(&'s self, sent: &mut Vec<Sent<'s>>, sql: &'s str) {
        send(sent, Box::pin(self.client.batch_execute(sql)));
    }

    fn say<'s>(&'s self, sent: &mut Vec<Sent<'s>>, s: &'s Statement) {
        if let Some(prepared) = self.prepared.get(s.sql.as_str()) {
            send(sent, Box::pin(async move { self.client.execute_raw(prepared, &s.params).await.map(drop) }));
        }
    }
}

/// tokio-postgres puts a request on the wire at the first poll.
fn send<'s>(sent: &mut Vec<Sent<'s>>, mut request: Sent<'s>) {
    if let Poll::Ready(done) = request.poll_unpin(&mut Context::from_waker(Waker::noop())) {
        request = Box::pin(std::future::ready(done));
    }
    sent.push(request);
}
