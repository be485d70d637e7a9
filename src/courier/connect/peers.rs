//! Which addresses of a stop worked, and which did not. It orders what the resolver
//! says, and adds nothing to that.

use super::Stop;
use std::net::SocketAddr;

/// Failures of more addresses than this are forgotten, the oldest first.
const MOST_FAILED: usize = 16;

/// More stops than a configuration names, proxies included, are not remembered.
const MOST_STOPS: usize = 8;

/// The history of the addresses of one stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peers {
    /// The one over which control answered last.
    pub(super) good: Option<SocketAddr>,
    /// Those that were connected to since then without an answer of control's, the
    /// oldest first.
    pub(super) failed: Vec<SocketAddr>,
}

impl Peers {
    fn worked(&mut self, peer: SocketAddr) {
        self.good = Some(peer);
        self.failed.clear();
    }

    fn failed(&mut self, peer: SocketAddr) {
        self.good = self.good.filter(|good| *good != peer);
        self.failed.retain(|failed| *failed != peer);
        if self.failed.len() == MOST_FAILED {
            self.failed.remove(0);
        }
        self.failed.push(peer);
    }
}

/// The history of all stops.
#[derive(Default)]
pub(crate) struct PeerMemory(Vec<(Stop, Peers)>);

impl PeerMemory {
    /// The history of one.
    pub(crate) fn of(&self, stop: &Stop) -> Peers {
        let known = self.0.iter().find(|(known, _)| known == stop);
        known.map(|(_, peers)| peers.clone()).unwrap_or_default()
    }

    /// Control answered over this address of the stop.
    pub(crate) fn worked(&mut self, stop: &Stop, peer: SocketAddr) {
        self.entry(stop).worked(peer);
    }

    /// It was connected to, and there was no answer of control's.
    pub(crate) fn failed(&mut self, stop: &Stop, peer: SocketAddr) {
        self.entry(stop).failed(peer);
    }

    fn entry(&mut self, stop: &Stop) -> &mut Peers {
        let at = match self.0.iter().position(|(known, _)| known == stop) {
            Some(at) => at,
            None => {
                if self.0.len() == MOST_STOPS {
                    self.0.remove(0);
                }
                self.0.push((stop.clone(), Peers::default()));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> SocketAddr {
        ([192, 0, 2, last], 443).into()
    }

    #[test]
    fn a_success_is_remembered_until_it_fails_and_forgives_all_failures() {
        let stop = Stop {
            host: "control.example".into(),
            port: 443,
        };
        let mut memory = PeerMemory::default();
        memory.failed(&stop, address(1));
        memory.worked(&stop, address(2));
        let known = memory.of(&stop);
        assert_eq!((known.good, known.failed.len()), (Some(address(2)), 0));
        memory.failed(&stop, address(2));
        let known = memory.of(&stop);
        assert_eq!((known.good, known.failed), (None, vec![address(2)]));
    }

    #[test]
    fn abuse_a_name_has_ever_new_addresses() {
        let mut peers = Peers::default();
        (0..=255).for_each(|last| peers.failed(address(last)));
        assert_eq!(peers.failed.len(), MOST_FAILED);
        assert_eq!(peers.failed.last(), Some(&address(255)));
    }
}
