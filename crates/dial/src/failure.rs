//! Why no connection to a server was made.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why no connection to a server was made. Nothing was sent to the server.
#[derive(Debug)]
pub enum Failure {
    /// The name has no address.
    NoAddress(String),
    /// No name server answered; a later attempt may succeed.
    NoNameServer(String),
    /// None of these addresses of a name, or of the address itself, took a connection.
    NoConnection(String, Vec<(SocketAddr, io::Error)>),
    /// The proxy made no tunnel.
    Proxy(Refusal),
}

/// Why a proxy made no tunnel.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It answered with this status.
    Status(u16),
    /// Its answer does not begin as an HTTP answer does.
    NotHttp,
    /// The head of its answer is longer than we read.
    Endless,
    /// It closed the connection.
    Closed,
    /// It did not answer in time.
    Silent,
}

impl Failure {
    /// The failure behind an error of a call, if it is one of these.
    #[must_use]
    pub fn of(error: &ureq::Error) -> Option<&Self> {
        match error {
            ureq::Error::Other(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// Whether a later attempt may succeed.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoAddress(_) | Self::NoNameServer(_) | Self::NoConnection(..) => true,
            Self::Proxy(Refusal::Status(status)) => matches!(status, 408 | 429 | 500..=504),
            Self::Proxy(Refusal::Closed | Refusal::Silent) => true,
            Self::Proxy(Refusal::NotHttp | Refusal::Endless) => false,
        }
    }

    /// Whether every address refused the connection: a machine is there, and does not listen.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let refused = |error: &io::Error| error.kind() == ErrorKind::ConnectionRefused;
        matches!(self, Self::NoConnection(_, tried) if tried.iter().all(|(_, why)| refused(why)))
    }
}

impl From<Failure> for ureq::Error {
    fn from(failure: Failure) -> Self {
        Self::Other(Box::new(failure))
    }
}

impl Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAddress(name) => write!(
                f,
                "no address is known for the name {name} (DNS): check its spelling, and this \
                 machine's name servers"
            ),
            Self::NoNameServer(name) => write!(
                f,
                "no name server answered for the name {name}: check this \
                 machine's name servers and its network"
            ),
            Self::NoConnection(host, tried) => {
                write!(f, "no connection to {host} could be made (")?;
                for (at, (address, why)) in tried.iter().enumerate() {
                    let joint = if at == 0 { "" } else { "; " };
                    write!(f, "{joint}{address}: {}", in_words(why))?;
                }
                write!(f, ")")
            }
            Self::Proxy(refusal) => write!(f, "{refusal}"),
        }
    }
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::TimedOut => "no answer".into(),
        ErrorKind::ConnectionRefused => "refused".into(),
        ErrorKind::NetworkUnreachable => "no route leads there".into(),
        ErrorKind::HostUnreachable => "the host is not there".into(),
        _ => error.to_string(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(407) => {
                "the proxy answered 407: set a user and a password for it, or correct them".fmt(f)
            }
            Self::Status(status) => write!(f, "the proxy made no connection: it answered {status}"),
            Self::NotHttp => "the proxy did not answer as an HTTP proxy does".fmt(f),
            Self::Endless => "the head of the proxy's answer has no end".fmt(f),
            Self::Closed => "the proxy closed the connection without an answer".fmt(f),
            Self::Silent => "the proxy did not answer in time".fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(kinds: &[ErrorKind]) -> Failure {
        let address: SocketAddr = "192.0.2.1:443".parse().unwrap();
        let tried = kinds.iter().map(|kind| (address, (*kind).into()));
        Failure::NoConnection("r.test".into(), tried.collect())
    }

    #[test]
    fn each_address_is_named_with_its_error() {
        let failure = tried(&[ErrorKind::TimedOut, ErrorKind::ConnectionRefused]);
        assert_eq!(
            failure.to_string(),
            "no connection to r.test could be made (192.0.2.1:443: no answer; \
             192.0.2.1:443: refused)"
        );
        assert!(!failure.is_refused() && tried(&[ErrorKind::ConnectionRefused]).is_refused());
    }

    #[test]
    fn a_proxys_status_is_named_and_only_some_may_pass() {
        for (status, passes) in [(403, false), (407, false), (503, true)] {
            let failure = Failure::Proxy(Refusal::Status(status));
            assert!(failure.to_string().contains(&status.to_string()));
            assert_eq!(failure.may_pass(), passes, "{status}");
        }
    }
}
