//! The numbers of a moment, which one statement uses up.

use super::unit::{Asker, Piece};
use crate::store::pulses::{self, Pulse};
use crate::store::{Error, Result};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::Arc;

/// A number, and who waits until it is used up.
pub(super) struct WaitingPulse {
    pub(super) pulse: Pulse,
    pub(super) asker: Asker<bool>,
}

impl WaitingPulse {
    /// Gives it up.
    pub(super) fn give_up(self) {
        self.asker.send(Err(Error::Busy));
    }
}

/// Numbers of different hosts, in the order of the hosts.
#[derive(Default)]
pub(super) struct Pulses {
    waiting: BTreeMap<i64, WaitingPulse>,
    taken: Option<Result<HashSet<i64>>>,
}

impl Pulses {
    /// Adds one; gives it back if there is one of that host.
    pub(super) fn add(&mut self, pulse: WaitingPulse) -> Result<(), WaitingPulse> {
        match self.waiting.contains_key(&pulse.pulse.host) {
            true => Err(pulse),
            false => {
                self.waiting.insert(pulse.pulse.host, pulse);
                Ok(())
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Piece for Pulses {
    fn is_wanted(&self) -> bool {
        self.waiting.values().any(|pulse| pulse.asker.is_waiting())
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    fn carry_out<'c>(
        &'c mut self,
        connection: &'c mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async move {
            self.waiting.retain(|_, pulse| pulse.asker.begin());
            let wanted: Vec<Pulse> = self.waiting.values().map(|waiting| waiting.pulse).collect();
            let taken = pulses::take(connection, &wanted).await;
            let is_done = taken.is_ok();
            self.taken = Some(taken.map(|taken| taken.into_iter().collect()));
            is_done
        })
    }

    fn answer(self: Box<Self>, failure: Option<&Arc<Error>>) {
        let taken = match (self.taken, failure) {
            (Some(Err(error)), _) => Err(Arc::new(error)),
            (_, Some(failure)) => Err(Arc::clone(failure)),
            (Some(Ok(taken)), None) => Ok(taken),
            (None, None) => Err(Arc::new(Error::Busy)),
        };
        for (host, waiting) in self.waiting {
            waiting.asker.send(match &taken {
                Ok(taken) => Ok(taken.contains(&host)),
                Err(error) => Err(Error::Shared(Arc::clone(error))),
            });
        }
    }
}
