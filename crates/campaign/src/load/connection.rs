//! A connection to control, as an agent or an operator makes it, and what goes wrong with
//! one.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wire::answer::Reason;

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(30);

/// A request, made from bytes that are there.
pub(crate) type Outgoing = Request<Full<Bytes>>;

/// Why there is no good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// There is no connection.
    Unconnected,
    /// There is one, but no TLS on it.
    NoTls,
    /// It was closed before the answer was there.
    Closed,
    /// The answer did not come in time.
    Late,
    /// The answer has this status and no MAC.
    Unsealed(u16),
    /// The answer has a good MAC and this status, which is none of a success.
    Status(u16),
    /// Control would not take the token.
    Refused(Refusal),
    /// The MAC is wrong.
    Forged,
    /// The envelope cannot be read, or its signature is wrong, or it is for another ping.
    BadEnvelope,
}

/// [`Reason`], which has no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Clock,
    Sequence,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Clock => Self::Clock,
            Reason::Sequence => Self::Sequence,
        }
    }
}

impl Fault {
    /// Whether control answered with something that no load excuses.
    pub(super) fn is_forgery(self) -> bool {
        matches!(self, Self::Forged | Self::BadEnvelope)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconnected => f.write_str("not connected"),
            Self::NoTls => f.write_str("no TLS"),
            Self::Closed => f.write_str("closed"),
            Self::Late => f.write_str("no answer in time"),
            Self::Unsealed(status) => write!(f, "{status} without MAC"),
            Self::Status(status) => write!(f, "{status}"),
            Self::Refused(Refusal::Clock) => f.write_str("clock refused"),
            Self::Refused(Refusal::Sequence) => f.write_str("number refused"),
            Self::Forged => f.write_str("wrong MAC"),
            Self::BadEnvelope => f.write_str("bad envelope"),
        }
    }
}

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Dialer {
    connector: TlsConnector,
    address: SocketAddr,
}

impl Dialer {
    /// To `address`, whose certificate is from the CA of a folder that `pilotctl tls init`
    /// has filled. TLS sessions are not resumed, as agents do not.
    pub(super) fn new(tls: &Path, address: SocketAddr) -> Self {
        let mut config = (*lab::tls::client(tls)).clone();
        config.resumption = Resumption::disabled();
        Self {
            connector: TlsConnector::from(Arc::new(config)),
            address,
        }
    }

    /// Connects from an address of this machine.
    ///
    /// # Errors
    /// [`Fault::Unconnected`], [`Fault::NoTls`] or [`Fault::Late`].
    pub(super) async fn connect(&self, source: Ipv4Addr) -> Result<Connection, Fault> {
        let connected = timeout(CONNECTING, self.try_connect(source)).await;
        connected.unwrap_or(Err(Fault::Late))
    }

    async fn try_connect(&self, source: Ipv4Addr) -> Result<Connection, Fault> {
        let socket = TcpSocket::new_v4().map_err(|_| Fault::Unconnected)?;
        // Or ports that connections have left lately are not given again for a minute.
        let reused = socket.set_reuseaddr(true);
        let bound = reused.and_then(|()| socket.bind(SocketAddr::from((source, 0))));
        bound.map_err(|_| Fault::Unconnected)?;
        let stream = socket.connect(self.address).await;
        let stream = stream.map_err(|_| Fault::Unconnected)?;
        stream.set_nodelay(true).map_err(|_| Fault::Unconnected)?;
        let name = ServerName::from(self.address.ip());
        let stream = self.connector.connect(name, stream).await;
        let stream = stream.map_err(|_| Fault::NoTls)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| Fault::Closed)?;
        // It ends with the sender; what went wrong on it, the sender learns.
        tokio::spawn(connection);
        Ok(Connection(sender))
    }
}

/// A connection with TLS and HTTP/1.1.
pub(crate) struct Connection(SendRequest<Full<Bytes>>);

/// An answer that was read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Connection {
    /// Whether control has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// [`Fault::Closed`], or [`Fault::Late`] after `patience`.
    pub(super) async fn send(
        &mut self,
        request: Outgoing,
        patience: Duration,
    ) -> Result<Answer, Fault> {
        let answer = timeout(patience, self.exchange(request)).await;
        answer.map_err(|_| Fault::Late)?.map_err(|_| Fault::Closed)
    }

    async fn exchange(&mut self, request: Outgoing) -> hyper::Result<Answer> {
        self.0.ready().await?;
        let (parts, body) = self.0.send_request(request).await?.into_parts();
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    /// As [`Connection::send`], for an answer that is too long to be kept; returns its
    /// status and length.
    ///
    /// # Errors
    /// [`Fault::Closed`].
    pub(super) async fn drain(&mut self, request: Outgoing) -> Result<(u16, u64), Fault> {
        self.try_drain(request).await.map_err(|_| Fault::Closed)
    }

    async fn try_drain(&mut self, request: Outgoing) -> hyper::Result<(u16, u64)> {
        self.0.ready().await?;
        let (parts, mut body) = self.0.send_request(request).await?.into_parts();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame?.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok((parts.status.as_u16(), length))
    }
}
