//! What waits to be written.

use super::group::Pieces;
use super::pulses::{Pulses, WaitingPulse};
use super::unit::Piece;
use crate::store::pulses::MOST_TOGETHER;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// How long what waits may still begin once the writer is to end.
const LAST: Duration = Duration::from_secs(2);

/// The writer's end of the queues. Pulses have one of their own, because they come first.
pub(super) struct Queue {
    pub(super) pulses: mpsc::Receiver<WaitingPulse>,
    pub(super) pieces: mpsc::Receiver<Box<dyn Piece>>,
    /// Becomes true when the writer is to end.
    pub(super) end: watch::Receiver<bool>,
    /// Since when it is to end.
    ending: Option<Instant>,
    /// Pulses of hosts that have one in the present group: the newest of each.
    later_pulses: Vec<WaitingPulse>,
    /// Pieces for which the last group had no time.
    later: Pieces,
}

impl Queue {
    pub(super) fn new(
        pulses: mpsc::Receiver<WaitingPulse>,
        pieces: mpsc::Receiver<Box<dyn Piece>>,
        end: watch::Receiver<bool>,
    ) -> Self {
        Self {
            pulses,
            pieces,
            end,
            ending: None,
            later_pulses: Vec::new(),
            later: Pieces::new(),
        }
    }

    /// The next group, pulses first, once there is one. `None` when nothing can be handed in any
    /// more, and all is done or the time for that is over.
    pub(super) async fn next(&mut self) -> Option<Pieces> {
        if *self.end.borrow() {
            self.begin_to_end();
        }
        if self.later.is_empty() && self.later_pulses.is_empty() && !self.first().await {
            return None;
        }
        if self.ending.is_some_and(|since| since.elapsed() >= LAST) {
            return None;
        }
        self.fill();
        let pulses = self.take_pulses();
        let mut group = Pieces::with_capacity(self.later.len() + 1);
        if !pulses.is_empty() {
            group.push_back(Box::new(pulses));
        }
        group.append(&mut self.later);
        Some(group)
    }

    /// Refuses what is handed in from now on.
    fn begin_to_end(&mut self) {
        self.ending.get_or_insert_with(Instant::now);
        self.pulses.close();
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
                Some(pulse) = self.pulses.recv() => {
                    self.later_pulses.push(pulse);
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
        while self.later_pulses.len() < MOST_TOGETHER
            && let Ok(pulse) = self.pulses.try_recv()
        {
            self.later_pulses.push(pulse);
        }
        while self.later.len() < MOST_TOGETHER
            && let Ok(piece) = self.pieces.try_recv()
        {
            self.later.push_back(piece);
        }
    }

    /// One pulse of each host; the newest of the others waits for the next group.
    fn take_pulses(&mut self) -> Pulses {
        let (mut pulses, mut newest) = (Pulses::default(), HashMap::new());
        let wanted = self.later_pulses.drain(..);
        for pulse in wanted.filter(|pulse| pulse.asker.is_waiting()) {
            if let Err(pulse) = pulses.add(pulse) {
                put_off(&mut newest, pulse);
            }
        }
        self.later_pulses.extend(newest.into_values());
        pulses
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
