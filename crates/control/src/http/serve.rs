//! Serves HTTPS until the service stops.

use super::App;
use super::answers::Answers;
use super::connections::{Connection, Connections, Full};
use super::linger::linger;
use super::refusals;
use super::shortage::{Lack, Shortages, Why};
use crate::domain::unavailable::Unavailable;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// How long the TLS handshake, and then the head of a request, may take: from an address that
/// recently sent valid credentials, and from others.
const KNOWN_ADDRESS: Duration = Duration::from_secs(15);
const OTHER_ADDRESS: Duration = Duration::from_secs(5);

/// How much hyper reads ahead, and how long the head of a request may be; and how much of a body waits
/// for a client that reads slowly before more of it is read.
const MOST_BUFFERED: usize = 64 << 10;

/// How long open requests may take once the service is to stop.
const GRACE: Duration = Duration::from_secs(4);

/// How long to wait before accepting again after accept(2) failed.
const PAUSE: Duration = Duration::from_millis(100);

/// The TLS configuration in force; renewed certificates replace it.
pub(crate) type Tls = watch::Receiver<Arc<ServerConfig>>;

/// Serves on a listening socket until `stopping` becomes true and the open requests are
/// answered, or the grace is over.
///
/// # Errors
/// Those of the socket.
pub(crate) async fn serve(
    app: App,
    listener: TcpListener,
    tls: Tls,
    connections: Arc<Connections>,
    stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let incoming = IncomingConnections {
        listener: tokio::net::TcpListener::from_std(listener)?,
        connections,
        shortages: Shortages::default(),
    };
    let server = Arc::new(Server {
        answers: Answers::new(app.clone()),
        app,
        tls,
        stopping,
    });
    let mut open = tokio::select! {
        open = server.until_stopped(incoming) => open,
        never = refusals::watch() => match never {},
    };
    let all = async { while open.join_next().await.is_some() {} };
    if timeout(GRACE, all).await.is_err() {
        tracing::warn!("stopping with requests unanswered");
    }
    Ok(())
}

/// Accepts connections within the limits.
struct IncomingConnections {
    listener: tokio::net::TcpListener,
    connections: Arc<Connections>,
    shortages: Shortages,
}

impl IncomingConnections {
    async fn next(&mut self) -> (TcpStream, SocketAddr, Connection) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = self.shortages.over() => continue,
            };
            match accepted {
                Ok((stream, peer)) => match self.connections.admit(peer.ip(), Instant::now()) {
                    Ok(connection) => return (stream, peer, connection),
                    Err(full) => self.note_full(full, peer),
                },
                Err(error) => self.note_failure(&error).await,
            }
        }
    }

    fn note_full(&mut self, full: Full, peer: SocketAddr) {
        let lack = match full {
            Full::Address => Lack::Address,
            Full::All => Lack::Connections,
        };
        let open = self.connections.count();
        self.shortages.note(lack, open, Why::Source(peer.ip()));
    }

    /// Notes that accept(2) failed. An aborted connection is ignored; other errors mean that the
    /// system lacks resources.
    async fn note_failure(&mut self, error: &io::Error) {
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return;
        }
        let lack = match Unavailable::of_io(error) {
            Some(Unavailable::Descriptors) => Lack::Descriptors,
            _ => Lack::Other,
        };
        let open = self.connections.count();
        self.shortages.note(lack, open, Why::Error(error));
        self.connections.make_room(Instant::now());
        sleep(PAUSE).await;
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone: the service stops.
    drop(stopping.wait_for(|stopping| *stopping).await);
}

async fn in_time<T>(
    patience: Duration,
    step: impl Future<Output = io::Result<T>>,
) -> Result<T, String> {
    let done = timeout(patience, step).await;
    done.map_err(|_| "TLS took too long")?
        .map_err(|error| error.to_string())
}

/// Answers the requests of a connection.
trait RequestService:
    Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
{
}

impl<S> RequestService for S where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
{
}

/// What all connections share.
struct Server {
    app: App,
    answers: Answers,
    tls: Tls,
    stopping: watch::Receiver<bool>,
}

impl Server {
    /// Serves until the service stops; returns the connections that are still open.
    async fn until_stopped(self: &Arc<Self>, mut incoming: IncomingConnections) -> JoinSet<()> {
        let mut open = JoinSet::new();
        let mut stopping = self.stopping.clone();
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stopping) => return open,
                (stream, peer, connection) = incoming.next() => {
                    open.spawn(Arc::clone(self).handle(stream, peer, Arc::new(connection)));
                }
                Some(_) = open.join_next() => {}
            }
        }
    }

    async fn handle(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        connection: Arc<Connection>,
    ) {
        tokio::select! {
            outcome = self.serve_tls(stream, peer, &connection) => {
                if let Err(error) = outcome {
                    tracing::debug!(%peer, error, "a connection failed");
                }
            }
            () = connection.ended() => tracing::debug!(%peer, "closed a connection in favour of others"),
        }
    }

    async fn serve_tls(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        connection: &Arc<Connection>,
    ) -> Result<(), String> {
        let patience = match connection.is_of_known_address() {
            true => KNOWN_ADDRESS,
            false => OTHER_ADDRESS,
        };
        // Boxed, so that its memory is free again once the connection is made.
        let mut stream = Box::pin(self.shake_hands(stream, patience, connection)).await?;
        self.serve_http(&mut stream, patience, self.service(peer, connection))
            .await
            .map_err(|error| error.to_string())?;
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = linger(stream.get_mut().0) => {}
            () = stopped(&mut stopping) => {}
        }
        Ok(())
    }

    /// Makes TLS of a connection. Where many come at once, what costs processor time is done for few
    /// at a time; no turn is held while control waits for the client.
    async fn shake_hands(
        &self,
        stream: TcpStream,
        patience: Duration,
        connection: &Arc<Connection>,
    ) -> Result<TlsStream<TcpStream>, String> {
        let begin = Instant::now();
        let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
        let hello = in_time(patience, hello).await?;
        let left = patience.saturating_sub(begin.elapsed());
        let is_known = connection.is_of_known_address();
        // A first message proves nothing: strangers who wait here make room for others.
        let waiting = is_known.then(|| connection.wait_for_control());
        let turn = self.app.admission.handshake(is_known).await;
        let turn = turn.map_err(|_| "too many wait for TLS")?;
        // It answers the client's first message at once, and then waits for the client.
        let accept = hello.into_stream(Arc::clone(&self.tls.borrow()));
        drop((turn, waiting));
        in_time(left, accept).await
    }

    /// Answers requests until one side closes the connection, then shuts this side down.
    async fn serve_http(
        &self,
        stream: &mut TlsStream<TcpStream>,
        patience: Duration,
        service: impl RequestService,
    ) -> hyper::Result<()> {
        let mut http = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(patience)
                .max_buf_size(MOST_BUFFERED)
                .serve_connection(TokioIo::new(stream), service)
        );
        let mut stopping = self.stopping.clone();
        tokio::select! {
            done = http.as_mut() => done,
            () = stopped(&mut stopping) => {
                http.as_mut().graceful_shutdown();
                http.await
            }
        }
    }

    /// Answers each request by what it is and where it comes from.
    fn service(
        &self,
        peer: SocketAddr,
        connection: &Arc<Connection>,
    ) -> impl RequestService + use<> {
        let answers = self.answers.clone();
        let connection = Arc::clone(connection);
        service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(Arc::clone(&connection));
            answers.answer(request).map(Ok)
        })
    }
}
