//! How `art` and `pilotctl` get to a server, in place of what ureq does by itself:
//!
//! - A name that resolves in one family resolves, whatever becomes of the other: the
//!   C library's lookup of both at once fails with either, where programs are static.
//! - Addresses are tried in turn, each soon after the one before and beside it (in the
//!   spirit of RFC 8305), so that a dead one costs seconds.
//! - A proxy makes a tunnel with any 2xx (RFC 9110, section 9.3.6), and says in time and
//!   within bounds what it says.
//! - A server that refuses an upload is heard, although it takes no more of it.
//!
//! What fails is a [`Failure`], inside [`ureq::Error::Other`].
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

/// Makes connections without TLS, directly or through the configuration's proxy.
/// [`Names`] belongs to it, and what adds TLS comes behind it.
pub fn connector() -> impl Connector<()> {
    ().chain(tunnel::Tunnel)
        .chain(tcp::Tcp::default())
        .chain(listening::ListeningConnector)
}
