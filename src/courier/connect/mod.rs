//! Getting a connection: names, addresses, and the proxy on the way.
//!
//! A name resolves if one family of addresses does. An address that swallows packets
//! costs a moment: the next one is tried beside it, and the first to connect is taken
//! (RFC 8305, in spirit). What worked last comes first, what failed last comes last.

mod candidates;
mod names;
mod peers;
mod race;
mod tunnel;

use candidates::Candidates;
pub(crate) use names::{Lookup, ask_resolver};
pub(crate) use peers::{PeerMemory, Peers};
use race::connect_to;

use super::exchange::Transport;
use super::frame::LinkFailure;
use crate::config::address::ControlUri;
use crate::config::proxy::Proxy;
use crate::sys::clock;
use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// So long it may take to connect, and half of what the exchange may take at most: a
/// token lives for a minute, and what it is sent with has to be there before.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where connections go first: control, or the proxy on the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    /// Name or IPv4 address.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
}

impl Stop {
    /// The first stop on the way to control.
    pub(crate) fn on_the_way(uri: &ControlUri, proxy: Option<&Proxy>) -> Self {
        match proxy {
            Some(proxy) => Self {
                host: proxy.host().to_owned(),
                port: proxy.port(),
            },
            None => Self {
                host: uri.host().to_owned(),
                port: uri.port(),
            },
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Gets the address at which the first stop was reached.
pub(super) type Connected<'a> = &'a mut dyn FnMut(SocketAddr);

/// Connects to control, through the proxy if there is one.
///
/// # Errors
/// When the first stop is not reached in time, or the proxy makes no tunnel.
pub(super) fn connect(
    uri: &ControlUri,
    transport: &Transport,
    connected: Connected<'_>,
) -> Result<TcpStream, LinkFailure> {
    let stop = Stop::on_the_way(uri, transport.proxy.as_ref());
    let deadline = clock::boottime() + PATIENCE.min(transport.patience / 2);
    let mut candidates = Candidates::new(&stop, &transport.peers, ask_resolver);
    let (stream, peer) = connect_to(&mut candidates, deadline).map_err(|why| {
        LinkFailure::unreached(match &transport.proxy {
            Some(_) => format!("the proxy {stop} of PILOT_HTTP_PROXY cannot be reached: {why}"),
            None => format!("{stop} cannot be reached: {why}"),
        })
    })?;
    connected(peer);
    if let Some(proxy) = &transport.proxy {
        tunnel::make(&stream, proxy, uri, deadline)?;
    }
    Ok(stream)
}
