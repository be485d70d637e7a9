//! How `art` and `pilotctl` connect to a server, in place of ureq's own connectors:
//!
//! - A name that resolves in one family resolves: in static programs, the C library's lookup of
//!   both families fails when either of them fails.
//! - Addresses are tried in turn, each soon after the one before and beside it (as in RFC 8305),
//!   so that an unreachable one costs seconds.
//! - A proxy makes a tunnel with any 2xx (RFC 9110, section 9.3.6); time and length of its
//!   answer are bounded.
//! - The answer of a server that refuses an upload is read, even if it closes early.
//!
//! Errors are a [`Failure`], inside [`ureq::Error::Other`].
#![forbid(unsafe_code)]

mod failure;
mod head;
mod line;
mod listening;
mod lookup;
mod names;
mod proxy;
mod race;
mod tcp;
mod tunnel;

pub use failure::{Failure, Refusal};
pub use names::Names;
pub use proxy::{EnvironmentProxy, UnusableProxy};
pub use tunnel::supports;

use ureq::unversioned::transport::Connector;

/// Makes connections without TLS, directly or through the configuration's proxy. Use it with
/// [`Names`]; the connector that adds TLS comes after it.
pub fn connector() -> impl Connector<()> {
    ().chain(tunnel::Tunnel)
        .chain(tcp::Tcp::default())
        .chain(listening::ListeningConnector)
}
