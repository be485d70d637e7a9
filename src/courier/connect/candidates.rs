//! The addresses to try, in order; each family of them is looked up when it is needed.

use super::{Lookup, Peers, Stop};
use crate::sys::names::{Family, NoAddress};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};

/// The addresses of one stop.
pub(crate) struct Candidates<'a, R> {
    stop: &'a Stop,
    peers: &'a Peers,
    resolver: R,
    families: VecDeque<Family>,
    known: VecDeque<SocketAddr>,
    /// Those that failed lately, for when there are no others.
    postponed: Vec<SocketAddr>,
    /// Why families have no address.
    missing: Vec<(Family, NoAddress)>,
}

impl<'a, R: FnMut(&str, Family) -> Lookup> Candidates<'a, R> {
    /// The addresses of a stop with this history. The family that worked last is first; else
    /// IPv6 is, if this host has a way there (RFC 6724, section 5, rules 1 and 6).
    pub(crate) fn new(stop: &'a Stop, peers: &'a Peers, resolver: R) -> Self {
        let ipv6_first = match peers.good {
            Some(good) => good.is_ipv6(),
            None => has_ipv6_route(),
        };
        let families = match stop.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => vec![Family::V4],
            _ if ipv6_first => vec![Family::V6, Family::V4],
            _ => vec![Family::V4, Family::V6],
        };
        Self {
            stop,
            peers,
            resolver,
            families: families.into(),
            known: VecDeque::new(),
            postponed: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The next address, of those that are known.
    pub(super) fn next(&mut self) -> Option<SocketAddr> {
        self.known.pop_front()
    }

    /// Whether [`Self::next`] has one.
    pub(super) fn has_next(&self) -> bool {
        !self.known.is_empty()
    }

    /// Whether [`Self::find_more`] may find one.
    pub(super) fn may_have_more(&self) -> bool {
        !self.families.is_empty() || !self.postponed.is_empty()
    }

    /// Looks up another family, which may block for a while. Once there is none left,
    /// the addresses that failed lately have their turn.
    pub(super) fn find_more(&mut self) {
        let Some(family) = self.families.pop_front() else {
            let postponed = std::mem::take(&mut self.postponed);
            let in_order = self.peers.failed.iter().filter(|a| postponed.contains(a));
            self.known.extend(in_order);
            return;
        };
        match (self.resolver)(&self.stop.host, family) {
            Ok(found) => self.add(&found),
            Err(why) => self.missing.push((family, why)),
        }
    }

    fn add(&mut self, found: &[IpAddr]) {
        for address in found {
            let address = SocketAddr::new(*address, self.stop.port);
            if self.peers.failed.contains(&address) {
                self.postponed.push(address);
            } else if self.peers.good == Some(address) {
                self.known.push_front(address);
            } else {
                self.known.push_back(address);
            }
        }
    }

    /// What was wrong with the name, in words.
    pub(super) fn missing(&self) -> String {
        match self.missing[..] {
            [(_, first), (_, second)] if first == second => first.to_string(),
            _ => {
                let one = |(family, why): &(Family, NoAddress)| format!("{family}: {why}");
                Vec::from_iter(self.missing.iter().map(one)).join("; ")
            }
        }
    }
}

/// Whether this host has a way to the Internet by IPv6. No packet is sent: connect(2) of
/// a datagram socket only looks for a route.
fn has_ipv6_route() -> bool {
    // Of the part of IPv6 from which addresses are given out (RFC 4291, section 2.4).
    const SOMEWHERE: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 1), 9);
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0));
    socket.is_ok_and(|socket| socket.connect(SOMEWHERE).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn stop() -> Stop {
        Stop {
            host: "control.example".into(),
            port: 443,
        }
    }

    fn v4(last: u8) -> SocketAddr {
        SocketAddr::new(Ipv4Addr::new(192, 0, 2, last).into(), 443)
    }

    fn v6() -> SocketAddr {
        SocketAddr::new(Ipv6Addr::LOCALHOST.into(), 443)
    }

    /// Three IPv4 addresses and one IPv6 address.
    fn both(_: &str, family: Family) -> Lookup {
        Ok(match family {
            Family::V4 => [1, 2, 3].map(|last| v4(last).ip()).to_vec(),
            Family::V6 => vec![v6().ip()],
        })
    }

    fn order(peers: &Peers) -> Vec<SocketAddr> {
        let stop = stop();
        let mut candidates = Candidates::new(&stop, peers, both);
        let mut all = Vec::new();
        loop {
            while let Some(address) = candidates.next() {
                all.push(address);
            }
            if !candidates.may_have_more() {
                return all;
            }
            candidates.find_more();
        }
    }

    #[test]
    fn what_worked_last_comes_first_with_its_family() {
        let good = |peer| Peers {
            good: Some(peer),
            failed: Vec::new(),
        };
        assert_eq!(order(&good(v4(2))), [v4(2), v4(1), v4(3), v6()]);
        assert_eq!(order(&good(v6())), [v6(), v4(1), v4(2), v4(3)]);
    }

    #[test]
    fn what_failed_lately_comes_after_all_others_the_latest_last() {
        let peers = Peers {
            good: Some(v4(3)),
            failed: vec![v4(2), v4(1)],
        };
        assert_eq!(order(&peers), [v4(3), v6(), v4(2), v4(1)]);
    }

    #[test]
    fn a_name_resolves_if_one_family_does() {
        for (failing, why) in [
            (Family::V6, NoAddress::NoAnswer),
            (Family::V6, NoAddress::NoName),
            (Family::V4, NoAddress::NoAnswer),
        ] {
            let stop = stop();
            let peers = Peers::default();
            let resolver = |name: &str, family| match family == failing {
                true => Err(why),
                false => both(name, family),
            };
            let mut candidates = Candidates::new(&stop, &peers, resolver);
            while !candidates.has_next() {
                assert!(candidates.may_have_more());
                candidates.find_more();
            }
        }
    }

    #[test]
    fn one_reason_for_both_families_is_named_once() {
        let stop = stop();
        let peers = Peers::default();
        let mut candidates = Candidates::new(&stop, &peers, |_, _| Err(NoAddress::NoAnswer));
        while candidates.may_have_more() {
            candidates.find_more();
        }
        assert_eq!(candidates.missing(), "no name server answers that");
    }
}
