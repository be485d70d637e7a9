//! The addresses that the service listens on.

use super::Failure;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};

/// Listens on an address that the user chooses with `option`.
pub(super) fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
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

/// The address of a listening socket.
pub(super) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    let failed = |error| Failure::Refused(format!("listening: {error}"));
    listener.local_addr().map_err(failed)
}

/// Prints the address on standard output, for programs that wait until the service listens.
pub(super) fn announce(listener: &TcpListener) -> Result<(), Failure> {
    let address = address_of(listener)?;
    let mut out = io::stdout();
    // Standard output may be closed, which is no failure of the service.
    drop(writeln!(out, "pilotctl: listening on https://{address}").and_then(|()| out.flush()));
    Ok(())
}
