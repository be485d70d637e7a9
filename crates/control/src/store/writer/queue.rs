//! What waits to be written.

use super::group::Pieces;
use super::shared::{OfHost, Shared, Waiting};
use super::unit::Piece;
use crate::store::first_offers::FirstOffer;
use crate::store::pulses::{MOST_TOGETHER, Pulse};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// How long what waits may still begin once the writer is to end.
const LAST: Duration = Duration::from_secs(2);

/// A queue of what shares statements, at the beginning of each group.
pub(super) struct Lane<T: OfHost> {
    handed_in: mpsc::Receiver<Waiting<T>>,
    /// What is for the next group.
    later: Vec<Waiting<T>>,
}

impl<T: OfHost> Lane<T> {
    pub(super) fn new(handed_in: mpsc::Receiver<Waiting<T>>) -> Self {
        Self {
            handed_in,
            later: Vec::new(),
        }
    }

    /// Takes what is there, without waiting.
    fn fill(&mut self) {
        while self.later.len() < MOST_TOGETHER
            && let Ok(waiting) = self.handed_in.try_recv()
        {
            self.later.push(waiting);
        }
    }

    /// Takes one of each host, and puts it at the end of a group. The others are returned.
    fn take(&mut self, group: &mut Pieces) -> Vec<Waiting<T>> {
        let (mut shared, mut others) = (Shared::default(), Vec::new());
        let wanted = self.later.drain(..);
        for waiting in wanted.filter(|waiting| waiting.asker.is_waiting()) {
            others.extend(shared.add(waiting).err());
        }
        if !shared.is_empty() {
            group.push_back(Box::new(shared));
        }
        others
    }
}

/// The writer's end of the queues. Pulses and first offers have queues of their own, because they
/// come first.
pub(super) struct Queue {
    pub(super) pulses: Lane<Pulse>,
    pub(super) offers: Lane<FirstOffer>,
    pub(super) pieces: mpsc::Receiver<Box<dyn Piece>>,
    /// Becomes true when the writer is to end.
    pub(super) end: watch::Receiver<bool>,
    /// Since when it is to end.
    ending: Option<Instant>,
    /// Pieces for which the last group had no time.
    later: Pieces,
}

impl Queue {
    pub(super) fn new(
        pulses: Lane<Pulse>,
        offers: Lane<FirstOffer>,
        pieces: mpsc::Receiver<Box<dyn Piece>>,
        end: watch::Receiver<bool>,
    ) -> Self {
        Self {
            pulses,
            offers,
            pieces,
            end,
            ending: None,
            later: Pieces::new(),
        }
    }

    /// The next group, pulses and first offers first, once there is one. `None` when nothing can be handed in any
    /// more, and all is done or the time for that is over.
    pub(super) async fn next(&mut self) -> Option<Pieces> {
        if *self.end.borrow() {
            self.begin_to_end();
        }
        if !self.has_some() && !self.first().await {
            return None;
        }
        if self.ending.is_some_and(|since| since.elapsed() >= LAST) {
            return None;
        }
        self.fill();
        let mut group = Pieces::with_capacity(self.later.len() + 2);
        self.take_pulses(&mut group);
        self.offers.later = self.offers.take(&mut group);
        group.append(&mut self.later);
        Some(group)
    }

    fn has_some(&self) -> bool {
        !(self.later.is_empty() && self.pulses.later.is_empty() && self.offers.later.is_empty())
    }

    /// Refuses what is handed in from now on.
    fn begin_to_end(&mut self) {
        self.ending.get_or_insert_with(Instant::now);
        self.pulses.handed_in.close();
        self.offers.handed_in.close();
        self.pieces.close();
    }

    /// What the last group had no time for.
    pub(super) fn put_back(&mut self, later: Pieces) {
        self.later = later;
    }

    /// Waits until something is handed in; `false` when nothing can be.
    async fn first(&mut self) -> bool {
        loop {
            tokio::select! {
                biased;
                _ = self.end.changed(), if self.ending.is_none() => self.begin_to_end(),
                Some(pulse) = self.pulses.handed_in.recv() => {
                    self.pulses.later.push(pulse);
                    return true;
                }
                Some(offer) = self.offers.handed_in.recv() => {
                    self.offers.later.push(offer);
                    return true;
                }
                Some(piece) = self.pieces.recv() => {
                    self.later.push_back(piece);
                    return true;
                }
                else => return false,
            }
        }
    }

    /// Takes what is there, without waiting.
    fn fill(&mut self) {
        self.pulses.fill();
        self.offers.fill();
        while self.later.len() < MOST_TOGETHER
            && let Ok(piece) = self.pieces.try_recv()
        {
            self.later.push_back(piece);
        }
    }

    /// One pulse of each host; the newest of the others waits for the next group.
    fn take_pulses(&mut self, group: &mut Pieces) {
        let mut newest = HashMap::new();
        for pulse in self.pulses.take(group) {
            put_off(&mut newest, pulse);
        }
        self.pulses.later.extend(newest.into_values());
    }
}

/// Puts a pulse off, unless a newer one of its host is. No agent sends more at once, and each takes
/// a commit of its own.
fn put_off(newest: &mut HashMap<i64, Waiting<Pulse>>, pulse: Waiting<Pulse>) {
    match newest.entry(pulse.what.host) {
        Entry::Vacant(free) => drop(free.insert(pulse)),
        Entry::Occupied(mut other) if other.get().what.n < pulse.what.n => {
            other.insert(pulse).give_up();
        }
        Entry::Occupied(_) => pulse.give_up(),
    }
}
