//! How the courier hands an answer to the agent: a few lengths and bytes, so
//! that nothing worth attacking stands between the two.
//!
//! `<peer>` and then `A <status: u16> <retry after: u32> <mac> <body>` or
//! `F <class: u8> <text>`, big endian, where a field of bytes is preceded by its length
//! as u32, and a peer is `0`, or `4` or `6` with an address and a port: u16.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// More than this is not read from a courier.
pub(crate) const MOST_BYTES: usize = 2 << 20;

/// The answer, as the courier reports it. Nothing here is trusted before the MAC is checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    /// The address that was connected to: control's, or the proxy's.
    pub(crate) peer: Option<SocketAddr>,
    /// The server's answer, or why there was no usable one.
    pub(crate) outcome: Result<RawAnswer, LinkFailure>,
}

/// An HTTP answer, unverified.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RawAnswer {
    /// The status.
    pub(crate) status: u16,
    /// Retry-After in seconds; 0 when there is none.
    pub(crate) retry_after: u32,
    /// The value of the Pilot-Answer header; empty when there is none.
    pub(crate) mac: Vec<u8>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// The error for such an answer.
pub(crate) const BUSY: &str = "control is busy and asks this host to come back later";

/// Why there was no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LinkFailure {
    /// The kind of failure.
    pub(crate) class: Class,
    /// One sentence for people.
    pub(crate) text: String,
}

/// Kinds of failures, by remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A server was reached, or may have been, and what came back is not HTTP.
    Network,
    /// The connection was closed before there was an answer.
    Cut,
    /// The server's certificate is not trusted.
    Certificate,
    /// The server's certificate is not valid at the time of this host's clock.
    Clock,
    /// The server's certificate is for other names than the one that was asked for.
    Name,
    /// The server's certificate is not one that a server may have.
    Server,
    /// The file of CAs cannot be used.
    CaFile,
    /// No server was reached, not even a proxy: no address for the name, no route,
    /// no connection.
    Unreached,
}

impl RawAnswer {
    /// How long the server asks to be left alone.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        (self.retry_after > 0).then(|| Duration::from_secs(self.retry_after.into()))
    }

    /// Whether the server says that it is busy, before it knows whom it answers. It is not
    /// authenticated, so it shows only that the connection works.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503) && self.retry_after > 0 && self.mac.is_empty()
    }
}

impl LinkFailure {
    /// A failure of [`Class::Network`].
    pub(crate) fn network(text: impl Into<String>) -> Self {
        Self {
            class: Class::Network,
            text: text.into(),
        }
    }

    /// A failure of [`Class::Unreached`].
    pub(crate) fn unreached(text: impl Into<String>) -> Self {
        Self {
            class: Class::Unreached,
            text: text.into(),
        }
    }
}

impl Report {
    /// The bytes that go through the pipe, in two parts.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_peer(&mut bytes, self.peer);
        put_outcome(&mut bytes, &self.outcome);
        bytes
    }

    /// The peer that an unfinished report begins with.
    pub(crate) fn peer_of_unfinished(mut bytes: &[u8]) -> Option<SocketAddr> {
        take_peer(&mut bytes).flatten()
    }

    /// Reads what came through the pipe; `None` when it is not exactly one
    /// report, as when the courier was killed.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let peer = take_peer(&mut rest)?;
        let outcome = match take(&mut rest)? {
            [b'A'] => Ok(RawAnswer {
                status: u16::from_be_bytes(take(&mut rest)?),
                retry_after: u32::from_be_bytes(take(&mut rest)?),
                mac: field(&mut rest)?,
                body: field(&mut rest)?,
            }),
            [b'F'] => Err(LinkFailure {
                class: match take(&mut rest)? {
                    [0] => Class::Network,
                    [1] => Class::Cut,
                    [2] => Class::Certificate,
                    [3] => Class::Clock,
                    [4] => Class::Name,
                    [5] => Class::Server,
                    [6] => Class::CaFile,
                    [7] => Class::Unreached,
                    _ => return None,
                },
                text: String::from_utf8_lossy(&field(&mut rest)?).into_owned(),
            }),
            _ => return None,
        };
        rest.is_empty().then_some(Self { peer, outcome })
    }
}

/// Adds what follows the peer.
pub(super) fn put_outcome(bytes: &mut Vec<u8>, outcome: &Result<RawAnswer, LinkFailure>) {
    match outcome {
        Ok(answer) => {
            bytes.push(b'A');
            bytes.extend(answer.status.to_be_bytes());
            bytes.extend(answer.retry_after.to_be_bytes());
            put(bytes, &answer.mac);
            put(bytes, &answer.body);
        }
        Err(failure) => {
            bytes.extend([b'F', failure.class as u8]);
            put(bytes, failure.text.as_bytes());
        }
    }
}

/// Adds what a report begins with.
pub(super) fn put_peer(bytes: &mut Vec<u8>, peer: Option<SocketAddr>) {
    match peer {
        None => bytes.push(b'0'),
        Some(SocketAddr::V4(peer)) => {
            bytes.push(b'4');
            bytes.extend(peer.ip().octets());
            bytes.extend(peer.port().to_be_bytes());
        }
        Some(SocketAddr::V6(peer)) => {
            bytes.push(b'6');
            bytes.extend(peer.ip().octets());
            bytes.extend(peer.port().to_be_bytes());
        }
    }
}

fn take_peer(rest: &mut &[u8]) -> Option<Option<SocketAddr>> {
    let ip: IpAddr = match take(rest)? {
        [b'0'] => return Some(None),
        [b'4'] => take::<4>(rest)?.into(),
        [b'6'] => take::<16>(rest)?.into(),
        _ => return None,
    };
    Some(Some(SocketAddr::new(ip, u16::from_be_bytes(take(rest)?))))
}

fn put(bytes: &mut Vec<u8>, field: &[u8]) {
    // The courier's memory is limited far below 4 GiB.
    let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(field);
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn field(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).ok()?;
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn reports() -> [Report; 3] {
        [
            Report {
                peer: Some(([192, 0, 2, 1], 443).into()),
                outcome: Ok(RawAnswer {
                    status: 201,
                    retry_after: 9,
                    mac: b"1.x".to_vec(),
                    body: b"{}".to_vec(),
                }),
            },
            Report {
                peer: Some((Ipv6Addr::LOCALHOST, 8443).into()),
                outcome: Err(LinkFailure {
                    class: Class::Clock,
                    text: "expired".into(),
                }),
            },
            Report {
                peer: None,
                outcome: Err(LinkFailure::unreached("no route to host")),
            },
        ]
    }

    #[test]
    fn reports_come_through_the_pipe() {
        for report in reports() {
            assert_eq!(Report::decode(&report.encode()), Some(report));
        }
    }

    #[test]
    fn of_a_courier_that_was_ended_its_peer_is_known() {
        let [answered, _, unreached] = reports();
        assert_eq!(
            Report::peer_of_unfinished(&answered.encode()[..7]),
            answered.peer
        );
        assert_eq!(Report::peer_of_unfinished(&unreached.encode()), None);
        assert_eq!(Report::peer_of_unfinished(b""), None);
    }

    #[test]
    fn abuse_a_compromised_courier_reports_anything() {
        for report in reports() {
            let bytes = report.encode();
            for length in 0..bytes.len() {
                assert_eq!(Report::decode(&bytes[..length]), None);
            }
            assert_eq!(Report::decode(&[&bytes[..], b"x"].concat()), None);
        }
        assert_eq!(Report::decode(b"0A\0\xc9\0\0\0\0\xff\xff\xff\xff"), None);
    }
}
