//! Serving HTTPS until told to stop.

use super::{App, router};
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::ServerConfig;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take to send a request's head.
const HEAD: Duration = Duration::from_secs(15);

/// How long requests that are in hand may take once the service is to stop.
const GRACE: Duration = Duration::from_secs(4);

/// Serves on a listening socket until `stopping` turns true and the requests
/// in hand are answered, or the grace has passed.
///
/// # Errors
/// What the socket reports.
pub(crate) async fn serve(
    app: App,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let handle = Handle::new();
    let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(tls)).handshake_timeout(HANDSHAKE);
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(acceptor)
        .handle(handle.clone())
        .first_request_timeout(HEAD)
        .accept_error_handler(|peer, error| tracing::debug!(?peer, %error, "a connection failed"))
        .http1_only();
    server.http_builder().http1().header_read_timeout(HEAD);
    tokio::spawn(async move {
        // An error means that the sender is gone, which is as good as a stop.
        drop(stopping.wait_for(|stopping| *stopping).await);
        handle.graceful_shutdown(Some(GRACE));
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    server.serve(service).await
}
