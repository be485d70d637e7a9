//! The courier: a child process that carries out one HTTP exchange.
//!
//! Whatever hangs or breaks in name resolution, TLS or HTTP hangs or breaks
//! there. It wipes the host key before it talks to anybody, and what it brings
//! back is only bytes.

use super::address::ControlUri;
use super::child::{Allowance, Child};
use super::exchange::{Exchange, Transport};
use super::frame::{self, LinkFailure, Report};
use super::proxy::Proxy;
use super::{http, pin};
use crate::identity::Identity;
use crate::sandbox::{Reach, Sandbox};
use std::io;
use std::time::Duration;

/// A line on which a large result takes longer is too slow for it.
const SLOWEST: u64 = 4 << 10;

/// Address space: the program itself, the system's certificates, one answer.
const MEMORY: u64 = 64 << 20;

/// How often a request lies in memory, growing vectors included.
const COPIES: u64 = 8;

/// Starts a courier with one request, which it alone has from then on: a result
/// may be long. `identity` is wiped in the courier's copy of this process's memory
/// alone.
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn send(
    exchange: Exchange,
    transport: &Transport,
    identity: &mut Identity,
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
    Child::start(&allowance, |confined| {
        identity.forget_key();
        report(confined, || http::exchange(exchange, transport))
    })
}

/// Starts a courier that fetches the CA whose certificate has the SHA-256
/// `pin`, from the chain that the server presents. The report's body is the
/// certificate (DER).
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn fetch_ca(uri: &ControlUri, pin: [u8; 32], patience: Duration) -> io::Result<Child> {
    handshake(uri, patience, || pin::fetch(uri, pin))
}

/// Starts a courier that looks at the server's own certificate. The report's body is
/// that (DER), unverified.
///
/// # Errors
/// When there is no room for a process.
pub(crate) fn look(uri: &ControlUri, patience: Duration) -> io::Result<Child> {
    handshake(uri, patience, || pin::look(uri))
}

fn handshake(
    uri: &ControlUri,
    patience: Duration,
    work: impl FnOnce() -> Result<Vec<u8>, LinkFailure>,
) -> io::Result<Child> {
    Child::start(&allowance(patience, Reach::to(uri.port())), |confined| {
        report(confined, || {
            let body = work()?;
            Ok(frame::RawAnswer {
                body,
                ..Default::default()
            })
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
    Child::start(&allowance, |confined| {
        report(confined, || http::probe(uri, transport))
    })
}

fn report(
    confined: io::Result<()>,
    work: impl FnOnce() -> Result<frame::RawAnswer, LinkFailure>,
) -> Vec<u8> {
    let answer = match confined {
        Ok(()) => work(),
        Err(error) => Err(LinkFailure::network(format!(
            "the process for the exchange cannot be confined: {error}"
        ))),
    };
    answer.map_or_else(Report::Failure, Report::Answer).encode()
}

/// Reads what a courier said.
///
/// # Errors
/// When it said nothing usable, or that there was no answer.
pub(crate) fn read(said: &[u8]) -> Result<frame::RawAnswer, LinkFailure> {
    match Report::decode(said) {
        Some(Report::Answer(answer)) => Ok(answer),
        Some(Report::Failure(failure)) => Err(failure),
        None => Err(LinkFailure::network(
            "the exchange broke off (its process ended without an answer)",
        )),
    }
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
