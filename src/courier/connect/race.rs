//! Connecting to the first of several addresses that lets itself be connected to.

use super::{Candidates, Lookup};
use crate::sys::clock;
use crate::sys::names::Family;
use crate::sys::poll::wait_writable;
use crate::sys::socket::begin_connect;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

/// So long one address is alone before the next is tried beside it (RFC 8305, section
/// 5). The earlier ones go on: on a slow line, they are what works.
const STAGGER: Duration = Duration::from_millis(250);

/// So long the addresses of one family are alone before the other family is looked up,
/// for which the name server may take its time.
const FAMILY_STAGGER: Duration = Duration::from_secs(1);

/// Attempts under way, and what became of others.
#[derive(Default)]
struct Race {
    running: Vec<(SocketAddr, TcpStream)>,
    failed: Vec<String>,
}

/// Connects to one of these addresses; the deadline is a time since boot. The connection
/// blocks, as sockets do.
///
/// # Errors
/// The error of the name, or of each address.
pub(crate) fn connect_to<R: FnMut(&str, Family) -> Lookup>(
    candidates: &mut Candidates<'_, R>,
    deadline: Duration,
) -> Result<(TcpStream, SocketAddr), String> {
    let mut race = Race::default();
    let (mut next_at, mut more_at) = (Duration::ZERO, Duration::ZERO);
    loop {
        let now = clock::boottime();
        if now >= deadline {
            break;
        }
        let is_idle = race.running.is_empty();
        if candidates.has_next() && (is_idle || now >= next_at) {
            if let Some(address) = candidates.next() {
                race.begin(address);
                (next_at, more_at) = (now + STAGGER, now + FAMILY_STAGGER);
            }
            continue;
        }
        if !candidates.has_next() && candidates.may_have_more() && (is_idle || now >= more_at) {
            candidates.find_more();
            continue;
        }
        if is_idle {
            break;
        }
        let until = match (candidates.has_next(), candidates.may_have_more()) {
            (true, _) => next_at,
            (false, true) => more_at,
            (false, false) => deadline,
        };
        let most = until.min(deadline).saturating_sub(now);
        if let Some(first) = race.wait(most).map_err(|error| error.to_string())? {
            return Ok(first);
        }
    }
    Err(race.outcome(candidates.missing()))
}

impl Race {
    fn begin(&mut self, address: SocketAddr) {
        match begin_connect(&address) {
            Ok(stream) => self.running.push((address, stream)),
            Err(error) => self.note(address, &error),
        }
    }

    /// Waits for the first that is connected.
    fn wait(&mut self, most: Duration) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        let fds = Vec::from_iter(self.running.iter().map(|(_, stream)| stream.as_fd()));
        let ready = wait_writable(&fds, most)?;
        let (ready, running): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .zip(ready)
            .partition(|(_, ready)| *ready);
        self.running = Vec::from_iter(running.into_iter().map(|(attempt, _)| attempt));
        for ((address, stream), _) in ready {
            match stream.take_error()? {
                None => {
                    stream.set_nonblocking(false)?;
                    return Ok(Some((stream, address)));
                }
                Some(error) => self.note(address, &error),
            }
        }
        Ok(None)
    }

    fn note(&mut self, address: SocketAddr, error: &io::Error) {
        self.failed.push(format!(
            "{}: {}",
            address.ip(),
            wire::text::of_connection(error)
        ));
    }

    fn outcome(self, missing: String) -> String {
        let silent = self
            .running
            .iter()
            .map(|(address, _)| format!("{}: no answer", address.ip()));
        let mut parts: Vec<String> = self.failed.into_iter().chain(silent).collect();
        if parts.is_empty() && missing.is_empty() {
            return "no name server answered in time".to_owned();
        }
        if !missing.is_empty() {
            parts.push(missing);
        }
        parts.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Peers, Stop};
    use super::*;
    use crate::sys::names::NoAddress;
    use std::net::{IpAddr, Ipv4Addr, TcpListener};

    fn stop(port: u16) -> Stop {
        Stop {
            host: "control.example".into(),
            port,
        }
    }

    fn run(port: u16, addresses: &[IpAddr]) -> Result<(TcpStream, SocketAddr), String> {
        let (stop, peers) = (stop(port), Peers::default());
        let resolver = |_: &str, family| match family {
            Family::V4 => Ok(addresses.to_vec()),
            Family::V6 => Err(NoAddress::NoAnswer),
        };
        let mut candidates = Candidates::new(&stop, &peers, resolver);
        connect_to(&mut candidates, clock::boottime() + Duration::from_secs(10))
    }

    fn at(last: u8) -> IpAddr {
        Ipv4Addr::new(127, 0, 0, last).into()
    }

    /// A server listens at 127.0.0.3 alone.
    #[test]
    fn the_first_address_that_answers_is_taken() {
        let listener = TcpListener::bind((at(3), 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (_, peer) = run(port, &[at(1), at(2), at(3)]).unwrap();
        assert_eq!(peer.ip(), at(3));
    }

    #[test]
    fn each_address_that_refuses_is_named_with_the_family_that_has_none() {
        let listener = TcpListener::bind((at(1), 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let why = run(port, &[at(1), at(2)]).unwrap_err();
        for part in ["127.0.0.1: ", "127.0.0.2: ", "IPv6: no name server"] {
            assert!(why.contains(part), "{why}");
        }
    }
}
