//! Connecting to one of several addresses.

use crate::lookup::spawn;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::mpsc::{self, Sender};
use std::time::{Duration, Instant};

/// How soon the next address is tried beside the one before (RFC 8305, section 5). A connection
/// by satellite takes longer, so no attempt is given up.
pub(crate) const PACE: Duration = Duration::from_millis(250);

/// Where there is no deadline.
const FOREVER: Duration = Duration::from_secs(86_400);

/// The addresses that took no connection, each with its error.
pub(crate) type Tried = Vec<(SocketAddr, io::Error)>;

/// Returns the first connection that succeeds. Each attempt starts when the one before has
/// failed, or after the pace, and lasts until the deadline.
///
/// # Errors
/// When all fail, or none succeeds in time.
pub(crate) fn first<T: Send + 'static>(
    addresses: &[SocketAddr],
    pace: Duration,
    deadline: Option<Instant>,
    connect: impl Fn(&SocketAddr) -> io::Result<T> + Clone + Send + 'static,
) -> Result<(SocketAddr, T), Tried> {
    let (sender, ends) = mpsc::channel();
    let mut waiting = addresses.iter().copied();
    let mut running = Vec::new();
    let mut tried = Tried::new();
    let mut due = Instant::now();
    loop {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            let late = running.into_iter().chain(waiting);
            tried.extend(late.map(|address| (address, ErrorKind::TimedOut.into())));
            return Err(tried);
        }
        if Instant::now() >= due
            && let Some(address) = waiting.next()
        {
            match begin(address, connect.clone(), sender.clone()) {
                Ok(()) => running.push(address),
                Err(error) => tried.push((address, error)),
            }
            due = Instant::now() + pace;
        }
        if running.is_empty() {
            if waiting.len() == 0 {
                return Err(tried);
            }
            due = Instant::now();
            continue;
        }
        match ends.recv_timeout(left(due, waiting.len(), deadline)) {
            Ok((address, Ok(connected))) => return Ok((address, connected)),
            Ok((address, Err(error))) => {
                running.retain(|other| *other != address);
                tried.push((address, error));
                due = Instant::now();
            }
            Err(_) => {}
        }
    }
}

/// Begins an attempt, which reports its end to `ends`.
fn begin<T: Send + 'static>(
    address: SocketAddr,
    connect: impl Fn(&SocketAddr) -> io::Result<T> + Send + 'static,
    ends: Sender<(SocketAddr, io::Result<T>)>,
) -> io::Result<()> {
    spawn(move || {
        // Another one may have been first.
        let _ = ends.send((address, connect(&address)));
    })
}

/// How long there is nothing to do.
fn left(due: Instant, waiting: usize, deadline: Option<Instant>) -> Duration {
    let now = Instant::now();
    let next = (waiting > 0).then(|| due.saturating_duration_since(now));
    let last = deadline.map(|deadline| deadline.saturating_duration_since(now));
    next.into_iter().chain(last).min().unwrap_or(FOREVER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::thread;

    fn addresses(count: u8) -> Vec<SocketAddr> {
        let address = |number| SocketAddr::from(([192, 0, 2, number], 443));
        (1..=count).map(address).collect()
    }

    fn number(address: &SocketAddr) -> u8 {
        match address {
            SocketAddr::V4(v4) => v4.ip().octets()[3],
            SocketAddr::V6(_) => 0,
        }
    }

    fn forever() -> ! {
        loop {
            thread::park();
        }
    }

    fn refused<T>() -> io::Result<T> {
        Err(ErrorKind::ConnectionRefused.into())
    }

    #[test]
    fn a_dead_address_does_not_keep_the_next_one_waiting() {
        let connect = |address: &SocketAddr| {
            if number(address) < 3 {
                forever();
            }
            Ok(number(address))
        };
        let pace = Duration::from_millis(1);
        let (address, number) = first(&addresses(4), pace, None, connect).unwrap();
        assert_eq!((address, number), (addresses(3)[2], 3));
    }

    #[test]
    fn a_slow_one_may_still_be_first() {
        let (sender, second_began) = mpsc::channel();
        let second_began = Arc::new(Mutex::new(second_began));
        let connect = move |address: &SocketAddr| {
            if number(address) == 1 {
                second_began.lock().unwrap().recv().unwrap();
                return Ok(1);
            }
            sender.send(()).unwrap();
            forever()
        };
        let pace = Duration::from_millis(1);
        assert_eq!(first(&addresses(2), pace, None, connect).unwrap().1, 1);
    }

    #[test]
    fn one_that_fails_makes_way_at_once() {
        let connect = |address: &SocketAddr| match number(address) {
            1 | 2 => refused(),
            other => Ok(other),
        };
        let pace = Duration::from_secs(3_600);
        assert_eq!(first(&addresses(3), pace, None, connect).unwrap().1, 3);
    }

    #[test]
    fn each_failed_address_is_named_with_its_error() {
        let connect = |address: &SocketAddr| {
            if number(address) == 2 {
                forever();
            }
            refused::<()>()
        };
        let deadline = Instant::now() + Duration::from_millis(50);
        let tried = first(
            &addresses(3),
            Duration::from_millis(1),
            Some(deadline),
            connect,
        );
        let mut tried = tried.unwrap_err();
        tried.sort_by_key(|(address, _)| number(address));
        let kinds: Vec<_> = tried.iter().map(|(_, error)| error.kind()).collect();
        let refused = ErrorKind::ConnectionRefused;
        assert_eq!(kinds, [refused, ErrorKind::TimedOut, refused]);
    }

    #[test]
    fn without_addresses_there_is_no_connection() {
        let tried = first(&[], PACE, None, |_| refused::<()>());
        assert!(tried.unwrap_err().is_empty());
    }
}
