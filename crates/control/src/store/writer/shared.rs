//! What is written of many hosts at a moment, and shares statements: numbers of pings, first offers.

use super::unit::{Asker, Doing, Piece};
use crate::store::{Error, Result};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

/// Something to write of a host, which shares its statements with that of other hosts.
pub(in crate::store) trait OfHost: Copy + Send + Sync + 'static {
    /// How the database knows the host.
    type Host: Ord + Copy + Send + Sync;
    /// What comes of it.
    type Outcome: Send;
    /// Whether all of it is one statement, which needs no transaction of its own.
    const IS_ONE_STATEMENT: bool;

    /// The host.
    fn host(&self) -> Self::Host;

    /// Writes all of it, each of another host and in the order of the hosts. Returns what came of
    /// each, in the same order.
    fn carry_out<'c>(
        connection: &'c mut SqliteConnection,
        all: &'c [Self],
    ) -> Doing<'c, Vec<Self::Outcome>>;
}

/// Something to write, and who waits until it is written.
pub(super) struct Waiting<T: OfHost> {
    pub(super) what: T,
    pub(super) asker: Asker<T::Outcome>,
}

impl<T: OfHost> Waiting<T> {
    /// Gives it up.
    pub(super) fn give_up(self) {
        self.asker.send(Err(Error::Busy));
    }
}

/// What is written together: of different hosts, in their order.
pub(super) struct Shared<T: OfHost> {
    waiting: BTreeMap<T::Host, Waiting<T>>,
    outcomes: Option<Result<Vec<T::Outcome>>>,
}

impl<T: OfHost> Default for Shared<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            outcomes: None,
        }
    }
}

impl<T: OfHost> Shared<T> {
    /// Adds one; gives it back if there is one of that host.
    pub(super) fn add(&mut self, waiting: Waiting<T>) -> Result<(), Waiting<T>> {
        let host = waiting.what.host();
        match self.waiting.contains_key(&host) {
            true => Err(waiting),
            false => {
                self.waiting.insert(host, waiting);
                Ok(())
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl<T: OfHost> Piece for Shared<T> {
    fn is_wanted(&self) -> bool {
        let mut waiting = self.waiting.values();
        waiting.any(|waiting| waiting.asker.is_waiting())
    }

    fn is_one_statement(&self) -> bool {
        T::IS_ONE_STATEMENT
    }

    fn comes_first(&self) -> bool {
        true
    }

    fn carry_out<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async move {
            self.waiting.retain(|_, waiting| waiting.asker.begin());
            let wanted: Vec<T> = self.waiting.values().map(|waiting| waiting.what).collect();
            let outcomes = T::carry_out(connection, &wanted).await;
            let is_done = outcomes.is_ok();
            self.outcomes = Some(outcomes);
            is_done
        })
    }

    fn answer(self: Box<Self>, failure: Option<&Arc<Error>>) {
        let waiting = self.waiting.into_values();
        let error = match (self.outcomes, failure) {
            (Some(Ok(outcomes)), None) => {
                for (waiting, outcome) in waiting.zip(outcomes) {
                    waiting.asker.send(Ok(outcome));
                }
                return;
            }
            (Some(Err(error)), _) => Arc::new(error),
            (_, Some(failure)) => Arc::clone(failure),
            (None, None) => Arc::new(Error::Busy),
        };
        for waiting in waiting {
            waiting.asker.send(Err(Error::Shared(Arc::clone(&error))));
        }
    }
}
