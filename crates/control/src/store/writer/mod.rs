//! The one writer: units of work that wait at the same time share a transaction, and with it
//! one wait for the disk.
//!
//! A unit is done whole or not at all, and is answered after the commit. One that fails takes
//! no other along. The queue is bounded, and what waits too long or is no longer wanted is
//! dropped before it begins: otherwise a slow disk would have control work for hosts that have
//! left, and answer none.

mod pulses;
#[cfg(test)]
mod tests;
mod unit;

use pulses::{Pulses, WaitingPulse};
pub(super) use unit::Doing;
use unit::{Piece, Unit};

use super::pulses::{MOST_TOGETHER, Pulse};
use super::{Error, Result};
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// The most units that wait.
const MOST_WAITING: usize = 32_768;

/// How long a unit may wait before it begins. An agent waits a minute for its answer.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// A unit of work, or the request to end, which is answered once all before it are done.
enum Item {
    Piece(Box<dyn Piece>),
    Pulse(WaitingPulse),
    End(oneshot::Sender<()>),
}

/// Where units of work are handed in.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Item>,
}

impl Writer {
    /// Begins to write, over a pool that has one connection.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        tokio::spawn(run(pool, waiting));
        Self { queue }
    }

    /// Does a unit of work, in one transaction with others; returns once it is durable. If the
    /// caller goes away, a unit that has not begun is dropped, and one that has is done.
    ///
    /// # Errors
    /// Those of the unit; [`Error::Busy`] if it did not begin in time.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Doing<'c, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let unit = Unit::new(work, answer, Instant::now() + LONGEST_WAIT);
        self.hand_in(Item::Piece(Box::new(unit)))?;
        answered.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    /// Uses up the number of a token; all that wait are used up by one statement. `false` if it
    /// is not new, or the host has changed since its session was read.
    ///
    /// # Errors
    /// As [`Writer::write`].
    pub(super) async fn take(&self, pulse: Pulse) -> Result<bool> {
        let (answer, answered) = oneshot::channel();
        let until = Instant::now() + LONGEST_WAIT;
        self.hand_in(Item::Pulse(WaitingPulse {
            pulse,
            answer,
            until,
        }))?;
        answered.await.unwrap_or_else(|_| Err(Error::closed()))
    }

    fn hand_in(&self, item: Item) -> Result<()> {
        self.queue.try_send(item).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Busy,
            mpsc::error::TrySendError::Closed(_) => Error::closed(),
        })
    }

    /// Does what waits, and then ends: what is handed in later is refused.
    pub(super) async fn end(&self) {
        let (end, ended) = oneshot::channel();
        if self.queue.send(Item::End(end)).await.is_ok() {
            // An error means that another one has ended it.
            drop(ended.await);
        }
    }
}

async fn run(pool: SqlitePool, mut waiting: mpsc::Receiver<Item>) {
    let (mut later, mut end) = (Vec::new(), None);
    while end.is_none() || !later.is_empty() {
        let items = next(&mut waiting, later).await;
        if items.is_empty() {
            return;
        }
        let group = Group::of(items);
        carry_out(&pool, group.pieces).await;
        later = group.later;
        end = end.or(group.end);
    }
    waiting.close();
    if let Some(end) = end {
        // An error means that nobody waits for the end any more.
        end.send(()).ok();
    }
}

/// What is to be done next: what was put off, and what waits. Nothing once nobody can hand
/// anything in.
async fn next(waiting: &mut mpsc::Receiver<Item>, later: Vec<Item>) -> Vec<Item> {
    let mut items = later;
    if items.is_empty() {
        waiting.recv_many(&mut items, MOST_TOGETHER).await;
    }
    while items.len() < MOST_TOGETHER {
        match waiting.try_recv() {
            Ok(item) => items.push(item),
            Err(_) => break,
        }
    }
    items
}

/// What shares a transaction.
struct Group {
    pieces: Vec<Box<dyn Piece>>,
    /// Pulses of hosts that have one in this group: the newest of each takes the next turn.
    later: Vec<Item>,
    end: Option<oneshot::Sender<()>>,
}

impl Group {
    fn of(items: Vec<Item>) -> Self {
        let mut group = Self {
            pieces: Vec::with_capacity(items.len()),
            later: Vec::new(),
            end: None,
        };
        let (mut pulses, mut newest) = (Pulses::default(), HashMap::new());
        for item in items {
            match item {
                Item::Piece(piece) => group.pieces.push(piece),
                Item::End(end) => group.end = Some(end),
                Item::Pulse(pulse) if !pulse.is_wanted() => pulse.give_up(),
                Item::Pulse(pulse) => {
                    if let Err(pulse) = pulses.add(pulse) {
                        put_off(&mut newest, pulse);
                    }
                }
            }
        }
        group.later.extend(newest.into_values().map(Item::Pulse));
        if !pulses.is_empty() {
            group.pieces.push(Box::new(pulses));
        }
        group
    }
}

/// Puts a pulse off, unless a newer one of its host is. No agent sends more at once, and each takes
/// a commit of its own.
fn put_off(newest: &mut HashMap<i64, WaitingPulse>, pulse: WaitingPulse) {
    match newest.entry(pulse.pulse.host) {
        Entry::Vacant(free) => drop(free.insert(pulse)),
        Entry::Occupied(mut other) if other.get().pulse.n < pulse.pulse.n => {
            other.insert(pulse).give_up();
        }
        Entry::Occupied(_) => pulse.give_up(),
    }
}

/// Does a group in one transaction, and answers each piece.
async fn carry_out(pool: &SqlitePool, mut group: Vec<Box<dyn Piece>>) {
    let failure = transact(pool, &mut group).await.err().map(Arc::new);
    for piece in group {
        piece.answer(failure.as_ref());
    }
}

/// Does the pieces that are still wanted, and commits.
async fn transact(pool: &SqlitePool, group: &mut [Box<dyn Piece>]) -> Result<()> {
    if !group.iter().any(|piece| piece.is_wanted()) {
        return Ok(());
    }
    let mut connection = pool.acquire().await?;
    if let [piece] = group
        && piece.is_one_statement()
    {
        piece.carry_out(&mut connection).await;
        return Ok(());
    }
    execute(&mut connection, "BEGIN IMMEDIATE").await?;
    let done = match do_all(&mut connection, group).await {
        Ok(()) => execute(&mut connection, "COMMIT").await,
        Err(error) => Err(error),
    };
    if done.is_err() {
        roll_back(connection).await;
    }
    done
}

/// Does each piece under a savepoint.
///
/// # Errors
/// When the transaction is lost, and with it all that was done in it.
async fn do_all(connection: &mut SqliteConnection, group: &mut [Box<dyn Piece>]) -> Result<()> {
    for piece in group.iter_mut().filter(|piece| piece.is_wanted()) {
        execute(connection, "SAVEPOINT piece").await?;
        if !piece.carry_out(connection).await {
            execute(connection, "ROLLBACK TO SAVEPOINT piece").await?;
        }
        execute(connection, "RELEASE SAVEPOINT piece").await?;
    }
    Ok(())
}

/// Gives a connection back without its transaction.
async fn roll_back(mut connection: PoolConnection<Sqlite>) {
    let rolled_back = sqlx::query("ROLLBACK").execute(&mut *connection).await;
    if rolled_back.is_err_and(|error| !is_without_transaction(&error)) {
        // It cannot be used again; the pool opens another one.
        drop(connection.detach());
    }
}

/// On a full disk SQLite has rolled back by itself.
fn is_without_transaction(error: &sqlx::Error) -> bool {
    const ERROR: &str = "1";
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == ERROR)
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<()> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}
