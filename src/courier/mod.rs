//! The courier: a child process that carries out one HTTP exchange.
//!
//! A fault in name resolution, TLS or HTTP hangs or breaks there. It wipes the host key before
//! it talks to anybody, and what it brings back is only bytes.
#![forbid(unsafe_code)]

mod cas;
pub(crate) mod connect;
pub(crate) mod exchange;
pub(crate) mod frame;
pub(crate) mod head;
mod http;
mod pin;
mod tls;

use crate::child::sandbox::{Reach, Sandbox};
use crate::child::{Allowance, Child};
use crate::config::address::ControlUri;
use crate::config::proxy::Proxy;
use connect::Connected;
use exchange::{Exchange, Transport};
use frame::{LinkFailure, RawAnswer, Report};
use std::io;
use std::time::Duration;

/// A line on which a large result takes longer is too slow for it.
const SLOWEST: u64 = 4 << 10;

/// Address space: the program itself, the system's certificates, one answer.
const MEMORY: u64 = 64 << 20;

/// How often a request lies in memory, growing vectors included.
const COPIES: u64 = 8;

/// Starts a courier with one request, which it alone has from then on: a result
/// may be long. `wipe` runs in the courier before it connects, and overwrites the secrets in
/// its copy of this process's memory.
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn send(
    exchange: Exchange,
    transport: &Transport,
    wipe: impl FnOnce(),
) -> io::Result<Child> {
    let length = exchange.body.len() as u64;
    let upload = Duration::from_secs(length / SLOWEST);
    let allowance = Allowance {
        memory: MEMORY + COPIES * length,
        ..allowance(
            transport.patience + exchange.wait + upload,
            reach(&exchange.uri, transport),
        )
    };
    start(&allowance, |connected| {
        wipe();
        http::exchange(exchange, transport, connected)
    })
}

/// Starts a courier that fetches the CA whose certificate has the SHA-256
/// `pin`, from the chain that the server presents. The report's body is the
/// certificate (DER).
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn fetch_ca(
    uri: &ControlUri,
    pin: [u8; 32],
    transport: &Transport,
) -> io::Result<Child> {
    handshake(uri, transport, |connected| {
        pin::fetch(uri, pin, transport, connected)
    })
}

/// Starts a courier that looks at the server's own certificate. The report's body is
/// that (DER), unverified.
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn look(uri: &ControlUri, transport: &Transport) -> io::Result<Child> {
    handshake(uri, transport, |connected| {
        pin::look(uri, transport, connected)
    })
}

fn handshake(
    uri: &ControlUri,
    transport: &Transport,
    work: impl FnOnce(Connected<'_>) -> Result<Vec<u8>, LinkFailure>,
) -> io::Result<Child> {
    let allowance = allowance(transport.patience, reach(uri, transport));
    start(&allowance, |connected| {
        work(connected).map(|body| RawAnswer {
            body,
            ..Default::default()
        })
    })
}

/// Starts a courier that asks whether the service is up. The report's body is
/// the service's time, in unix seconds, or empty.
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn probe(uri: &ControlUri, transport: &Transport) -> io::Result<Child> {
    let allowance = allowance(transport.patience, reach(uri, transport));
    start(&allowance, |connected| {
        http::probe(uri, transport, connected)
    })
}

/// Starts a courier that reports in two parts: once it is connected, and in the end. Of
/// one that is ended in between, it is known where it got to.
fn start(
    allowance: &Allowance,
    work: impl FnOnce(Connected<'_>) -> Result<RawAnswer, LinkFailure>,
) -> io::Result<Child> {
    Child::start_streaming(allowance, |confined, pipe| {
        let mut peer = None;
        let mut connected = |address| {
            let mut first = Vec::new();
            frame::put_peer(&mut first, Some(address));
            // The reader is gone, and this process is about to be killed.
            let _ = pipe.write_all(&first);
            peer = Some(address);
        };
        let outcome = match confined {
            Ok(()) => work(&mut connected),
            Err(error) => Err(LinkFailure::network(format!(
                "the process for the exchange cannot be confined: {error}"
            ))),
        };
        let mut rest = Vec::new();
        if peer.is_none() {
            frame::put_peer(&mut rest, None);
        }
        frame::put_outcome(&mut rest, &outcome);
        rest
    })
}

/// Decodes a courier's output; unusable output is a failure like any other.
pub(crate) fn read(output: &[u8]) -> Report {
    Report::decode(output).unwrap_or_else(|| Report {
        peer: None,
        outcome: Err(LinkFailure::network(
            "the exchange broke off (its process ended without an answer)",
        )),
    })
}

/// A proxy's port in place of the service's.
fn reach(uri: &ControlUri, transport: &Transport) -> Reach {
    let port = transport.proxy.as_ref().map_or(uri.port(), Proxy::port);
    Reach::to(port).and_cas(transport.ca_file.as_deref())
}

fn allowance(time: Duration, reach: Reach) -> Allowance {
    Allowance {
        time,
        memory: MEMORY,
        descriptors: 64,
        file_size: 0,
        output: frame::MOST_BYTES,
        sandbox: Sandbox::Network(reach),
    }
}
