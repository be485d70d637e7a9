//! Why no connection to a server was made.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

/// Why no connection to a server was made. Nothing was sent to the server.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The name has no address.
    #[error(
        "no address is known for the name {0} (DNS): check its spelling, and this \
         machine's name servers"
    )]
    NoAddress(String),
    /// No name server answered; a later attempt may succeed.
    #[error(
        "no name server answered for the name {0}: check this \
         machine's name servers and its network"
    )]
    NoNameServer(String),
    /// None of these addresses of a name, or of the address itself, took a connection.
    #[error("no connection to {0} could be made ({tried})", tried = listed(.1))]
    NoConnection(String, Vec<(SocketAddr, io::Error)>),
    /// The proxy made no tunnel.
    #[error("{0}")]
    Proxy(Refusal),
}

/// Why a proxy made no tunnel.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It answered with this status.
    #[error("{}", of_status(*.0))]
    Status(u16),
    /// Its answer does not begin as an HTTP answer does.
    #[error("the proxy did not answer as an HTTP proxy does")]
    NotHttp,
    /// The head of its answer is longer than we read.
    #[error("the head of the proxy's answer has no end")]
    Endless,
    /// It closed the connection.
    #[error("the proxy closed the connection without an answer")]
    Closed,
    /// It did not answer in time.
    #[error("the proxy did not answer in time")]
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

fn listed(tried: &[(SocketAddr, io::Error)]) -> String {
    let one = |(address, why): &(SocketAddr, io::Error)| format!("{address}: {}", in_words(why));
    tried.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn of_status(status: u16) -> String {
    match status {
        407 => "the proxy answered 407: set a user and a password for it, or correct them".into(),
        _ => format!("the proxy made no connection: it answered {status}"),
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
