//! Connections without TLS.

use crate::Failure;
use crate::line::Line;
use crate::names::{deadline, host_and_port};
use crate::race::{self, PACE};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, Transport};

/// The standard library takes no time-out of zero.
const LEAST: Duration = Duration::from_millis(1);

/// Connects to one of the server's addresses, unless there is a connection already.
#[derive(Debug, Default)]
pub(crate) struct Tcp {
    /// The address that took the last connection.
    last: Mutex<Option<IpAddr>>,
}

impl<In: Transport> Connector<In> for Tcp {
    type Out = Either<In, Line>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            return Ok(Some(Either::A(tunnel)));
        }
        let stream = self.stream(details)?;
        let line = Line::new(stream, details.config);
        (details.register_shutdown)(line.shutdown_handle())?;
        Ok(Some(Either::B(line)))
    }
}

impl Tcp {
    fn stream(&self, details: &ConnectionDetails<'_>) -> Result<TcpStream, Error> {
        let until = deadline(details.timeout);
        let addresses = self.last_first(&details.addrs);
        let connect = move |address: &SocketAddr| match until {
            None => TcpStream::connect(address),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                TcpStream::connect_timeout(address, left.max(LEAST))
            }
        };
        let (host, _) = host_and_port(details.uri)?;
        let (address, stream) = race::first(&addresses, PACE, until, connect)
            .map_err(|tried| Failure::NoConnection(host.to_owned(), tried))?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(address.ip());
        stream.set_nodelay(details.config.no_delay())?;
        Ok(stream)
    }

    /// Puts the address that worked last time first.
    fn last_first(&self, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ordered = addresses.to_vec();
        // A stable sort.
        ordered.sort_by_key(|address| Some(address.ip()) != last);
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_worked_last_comes_first() {
        let addresses: Vec<SocketAddr> = ["[2001:db8::1]:1", "192.0.2.1:1", "192.0.2.2:1"]
            .map(|address| address.parse().unwrap())
            .to_vec();
        let tcp = Tcp::default();
        assert_eq!(tcp.last_first(&addresses), addresses);
        *tcp.last.lock().unwrap() = Some(addresses[2].ip());
        let order = [addresses[2], addresses[0], addresses[1]];
        assert_eq!(tcp.last_first(&addresses), order);
    }
}
