//! The address for monitors: HTTP without TLS, on loopback unless configured otherwise.

use super::super::connections::Connections;
use super::super::error::Error;
use super::super::{App, guard};
use super::{healthy, ready};
use crate::domain;
use crate::domain::expiry::Expiry;
use crate::metrics::{CONTENT_TYPE, Observed};
use axum::extract::{FromRef, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::fmt::Display;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// How many monitors may ask at once; others wait to be accepted.
const MOST: usize = 16;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection may last, kept alive or not read from: others wait for it.
const LONGEST: Duration = Duration::from_secs(30);

/// How long to wait after accept(2) failed.
const PAUSE: Duration = Duration::from_secs(1);

/// What monitors look at.
#[derive(Clone, FromRef)]
pub(crate) struct Monitored {
    /// The service.
    pub(crate) service: App,
    /// The open connections of hosts and users.
    pub(crate) connections: Arc<Connections>,
    /// When the service's certificates expire; they may be renewed.
    pub(crate) certificates: watch::Receiver<Vec<Expiry>>,
}

/// Answers monitors until the service stops.
///
/// # Errors
/// Those of the socket.
pub(crate) fn serve(
    monitored: Monitored,
    listener: TcpListener,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<impl Future<Output = ()> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new()
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(middleware::from_fn(guard::panics))
        .with_state(monitored);
    Ok(async move {
        tokio::select! {
            () = accept(listener, router) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    })
}

async fn accept(listener: tokio::net::TcpListener, router: Router) {
    let free = Arc::new(Semaphore::new(MOST));
    // The semaphore is never closed.
    while let Ok(permit) = Arc::clone(&free).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    answer(stream, router).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn answer(stream: TcpStream, router: Router) {
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Ok(Err(error)) = timeout(LONGEST, http).await {
        tracing::debug!(%error, "a connection for metrics failed");
    }
}

/// All figures. Those of the database are missing where it does not answer: that must not hide the
/// others.
async fn metrics(State(monitored): State<Monitored>) -> Result<Response, Error> {
    let service = monitored.service;
    let counts = service.counts().await.unwrap_or_default();
    let observed = Observed {
        hosts: counts.hosts,
        open_jobs: counts.open_jobs,
        held_pings: service.delivery.presence.held(),
        connections: monitored.connections.count(),
        certificates: monitored.certificates.borrow().clone(),
    };
    // Reading figures of the process may block: there is an entry for each open descriptor.
    let text = spawn_blocking(move || service.metrics().render(&observed)).await;
    let text = text.map_err(not_written)?.map_err(not_written)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

fn not_written(error: impl Display) -> domain::Error {
    domain::Error::internal("writing metrics", error)
}
