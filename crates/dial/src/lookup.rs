//! The addresses of a name.

use crate::Failure;
use dns_lookup::{AddrFamily, AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};
use std::io;
use std::net::IpAddr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long we wait for one family after the other has answered.
const GRACE: Duration = Duration::from_secs(1);

/// One of the two kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V6,
    V4,
}

/// Why a name has no address of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// The name does not exist, or has no address of this family.
    None,
    /// No name server answered.
    Unknown,
}

type Found = Result<Vec<IpAddr>, Lack>;

/// The addresses of a name, both families in turn, because each of them may be unreachable.
///
/// # Errors
/// When neither family has an address, or no name server answers before the deadline.
pub(crate) fn look_up(name: &str, deadline: Option<Instant>) -> Result<Vec<IpAddr>, Failure> {
    let owned = name.to_owned();
    both(move |family| ask(&owned, family), GRACE, deadline).map_err(|lack| match lack {
        Lack::None => Failure::NoAddress(name.to_owned()),
        Lack::Unknown => Failure::NoNameServer(name.to_owned()),
    })
}

/// Asks for both families at once, in two lookups: in a lookup of both together, the C library
/// may report nothing when only one of them failed.
fn both(
    ask: impl Fn(Family) -> Found + Clone + Send + 'static,
    grace: Duration,
    deadline: Option<Instant>,
) -> Found {
    let (sender, answers) = mpsc::channel();
    for family in [Family::V6, Family::V4] {
        let (ask, sender) = (ask.clone(), sender.clone());
        let asking = move || {
            // The caller may have gone on with the other family.
            let _ = sender.send((family, ask(family)));
        };
        spawn(asking).map_err(|_| Lack::Unknown)?;
    }
    drop(sender);
    let mut outcome = Outcome::default();
    let mut until = deadline;
    while let Some((family, found)) = receive(&answers, until) {
        outcome.take(family, found);
        if outcome.has_addresses() {
            let latest = Instant::now() + grace;
            until = Some(deadline.map_or(latest, |deadline| deadline.min(latest)));
        }
    }
    outcome.end()
}

/// The next message, unless there is none before that time.
fn receive<T>(channel: &mpsc::Receiver<T>, until: Option<Instant>) -> Option<T> {
    match until {
        None => channel.recv().ok(),
        Some(until) => {
            let left = until.saturating_duration_since(Instant::now());
            channel.recv_timeout(left).ok()
        }
    }
}

/// Runs a task in a thread of its own that nobody waits for.
pub(crate) fn spawn(task: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().spawn(task).map(drop)
}

/// The answers of both lookups so far.
#[derive(Default)]
struct Outcome {
    v6: Option<Found>,
    v4: Option<Found>,
}

impl Outcome {
    fn take(&mut self, family: Family, found: Found) {
        match family {
            Family::V6 => self.v6 = Some(found),
            Family::V4 => self.v4 = Some(found),
        }
    }

    fn has_addresses(&self) -> bool {
        let some = |found: &Option<Found>| matches!(found, Some(Ok(list)) if !list.is_empty());
        some(&self.v6) || some(&self.v4)
    }

    fn end(self) -> Found {
        let is_unknown = |found: &Option<Found>| matches!(found, None | Some(Err(Lack::Unknown)));
        let lack = match is_unknown(&self.v6) || is_unknown(&self.v4) {
            true => Lack::Unknown,
            false => Lack::None,
        };
        let list = |found: Option<Found>| found.and_then(Result::ok).unwrap_or_default();
        let all = by_turns(list(self.v6), list(self.v4));
        if all.is_empty() { Err(lack) } else { Ok(all) }
    }
}

fn by_turns(first: Vec<IpAddr>, second: Vec<IpAddr>) -> Vec<IpAddr> {
    let mut all = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return all;
        }
        all.extend(pair.into_iter().flatten());
    }
}

/// Asks through the C library, which reads `/etc/hosts` and this machine's other sources.
fn ask(name: &str, family: Family) -> Found {
    let hints = AddrInfoHints {
        address: match family {
            Family::V6 => AddrFamily::Inet6,
            Family::V4 => AddrFamily::Inet,
        }
        .into(),
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    match getaddrinfo(Some(name), None, Some(hints)) {
        Ok(found) => Ok(found.flatten().map(|info| info.sockaddr.ip()).collect()),
        Err(error) => Err(match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => Lack::None,
            _ => Lack::Unknown,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &str = "192.0.2.1";
    const V6: &str = "2001:db8::1";

    fn forever() -> ! {
        loop {
            thread::park();
        }
    }

    fn ips(list: &[&str]) -> Vec<IpAddr> {
        list.iter().map(|ip| ip.parse().unwrap()).collect()
    }

    fn with(v6: Found, v4: Found) -> Found {
        let ask = move |family| match family {
            Family::V6 => v6.clone(),
            Family::V4 => v4.clone(),
        };
        both(ask, Duration::from_secs(60), None)
    }

    #[test]
    fn a_name_that_resolves_in_one_family_resolves() {
        for lack in [Err(Lack::None), Err(Lack::Unknown), Ok(vec![])] {
            assert_eq!(with(lack.clone(), Ok(ips(&[V4]))), Ok(ips(&[V4])));
            assert_eq!(with(Ok(ips(&[V6])), lack), Ok(ips(&[V6])));
        }
    }

    #[test]
    fn a_silent_family_is_not_waited_for() {
        for silent in [Family::V6, Family::V4] {
            let ask = move |family| {
                if family == silent {
                    forever();
                }
                Ok(ips(&[V4]))
            };
            assert_eq!(both(ask, Duration::ZERO, None), Ok(ips(&[V4])));
        }
    }

    #[test]
    fn two_silent_families_are_waited_for_until_the_deadline() {
        let ask = |_| forever();
        let deadline = Instant::now() + Duration::from_millis(20);
        assert_eq!(both(ask, GRACE, Some(deadline)), Err(Lack::Unknown));
    }

    #[test]
    fn a_name_lacks_addresses_only_if_both_families_say_so() {
        assert_eq!(with(Err(Lack::None), Err(Lack::None)), Err(Lack::None));
        let unknown = with(Err(Lack::None), Err(Lack::Unknown));
        assert_eq!(unknown, Err(Lack::Unknown));
    }

    #[test]
    fn families_come_by_turns() {
        let v6 = ips(&["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
        let both = ips(&["2001:db8::1", V4, "2001:db8::2", "2001:db8::3"]);
        assert_eq!(with(Ok(v6), Ok(ips(&[V4]))), Ok(both));
    }

    #[test]
    fn localhost_resolves() {
        let found = look_up("localhost", None).unwrap();
        assert!(found.iter().all(IpAddr::is_loopback), "{found:?}");
    }
}
