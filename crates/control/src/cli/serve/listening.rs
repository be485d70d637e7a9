//! The addresses that the service listens on.

use super::Failure;
use crate::http::connections::Limits;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use tokio::net::TcpSocket;

/// How many connections the kernel keeps until they are accepted: as many hosts may return at the
/// same moment. It keeps no more than net.core.somaxconn.
const BACKLOG: u32 = 4_096;

/// Listens on an address that the user chooses with `option`.
pub(super) fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    bind(address).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => format!(
                "; stop the process that listens there, or choose another address with {option}"
            ),
            ErrorKind::AddrNotAvailable => {
                format!("; choose an address of this machine with {option}")
            }
            _ => String::new(),
        };
        Failure::Refused(format!("listening on {address}: {error}{advice}"))
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Connections of a service that was stopped just now do not keep the address.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// The address of a listening socket.
pub(super) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    let failed = |error| Failure::Refused(format!("listening: {error}"));
    listener.local_addr().map_err(failed)
}

/// Raises the limit of open files: every held ping is a connection, and the usual soft limit
/// is 1,024.
pub(super) fn allow_many_connections() -> Limits {
    match rlimit::increase_nofile_limit(rlimit::INFINITY) {
        Ok(limit) => {
            let limits = Limits::of_descriptors(limit);
            tracing::info!(limit, ?limits, "connections are limited by open files");
            limits
        }
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            Limits::of_descriptors(1_024)
        }
    }
}

/// Prints the address on standard output, for programs that wait until the service listens.
pub(super) fn announce(listener: &TcpListener) -> Result<(), Failure> {
    let address = address_of(listener)?;
    let mut out = io::stdout();
    // Standard output may be closed, which is no failure of the service.
    drop(writeln!(out, "pilotctl: listening on https://{address}").and_then(|()| out.flush()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::read_to_string;
    use std::net::TcpStream;
    use std::time::Duration;

    /// A connection that finds no place is tried again after a second, and later.
    #[tokio::test]
    async fn hosts_that_return_at_once_find_a_place() {
        let most = read_to_string("/proc/sys/net/core/somaxconn").unwrap();
        let hosts = most.trim().parse().unwrap_or(300).min(300);
        let listener = listen(([127, 0, 0, 1], 0).into(), "--listen").ok().unwrap();
        let address = address_of(&listener).ok().unwrap();
        let at_once = Duration::from_millis(500);
        let connected: Vec<_> = (0..hosts)
            .map(|_| TcpStream::connect_timeout(&address, at_once))
            .collect();
        assert!(connected.iter().all(Result::is_ok), "{connected:?}");
    }
}
