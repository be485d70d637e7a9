//! `pilotctl serve`: the service.

mod arguments;
mod listening;
mod monitors;
mod reloadable;
mod renewal;
mod start;

use super::failure::Failure;
use super::orphans;
use crate::http::serve;
use crate::service::{audit, denials};
pub(super) use arguments::Arguments;
use listening::announce;
use start::{Ready, start};
use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the database may take to close. It loses nothing if that is too short.
const CLOSING: Duration = Duration::from_secs(10);

/// Runs the service until SIGTERM or SIGINT.
pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::Refused(format!("starting up: {error}")))?;
    let done = runtime.block_on(run_until_stopped(arguments));
    // Do not wait for blocking work, such as hashing a password.
    runtime.shutdown_background();
    done
}

async fn run_until_stopped(arguments: Arguments) -> Result<(), Failure> {
    let (stop, stopping) = watch::channel(false);
    stop_on_signals(stop)?;
    orphans::reap()?;
    let hangup = on(SignalKind::hangup())?;
    let Ready {
        service,
        tls,
        listener,
        monitors,
        connections,
        renewal,
        lock: _lock,
    } = start(arguments, stopping.clone()).await?;
    announce(&listener)?;
    tokio::spawn(renewal.run(hangup, stopping.clone()));
    if let Some(monitors) = monitors {
        monitors.begin(&service, &connections, stopping.clone())?;
    }
    let serving = serve::serve(service.clone(), listener, tls, connections, stopping);
    unless_broken(serving, service.store().broken()).await?;
    // With what was refused last, which otherwise is written meanwhile.
    denials::write(&service).await;
    audit::note_newest(&service).await;
    if timeout(CLOSING, service.store().close()).await.is_err() {
        tracing::warn!("stopping while the database still writes");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Serves until the end, or until the store is broken. A service that goes on without it would look
/// healthy; a service manager starts one that has ended again.
async fn unless_broken(
    serving: impl Future<Output = io::Result<()>>,
    broken: impl Future<Output = ()>,
) -> Result<(), Failure> {
    tokio::select! {
        served = serving => served.map_err(|error| Failure::Refused(format!("serving: {error}"))),
        () = broken => Err(Failure::Refused(
            "the part of pilotctl that writes to the database has failed: see the lines before \
             this one"
                .into(),
        )),
    }
}

fn on(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::Refused(format!("waiting for signals: {error}")))
}

fn stop_on_signals(stop: watch::Sender<bool>) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) =
        (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.send_replace(true);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_whose_store_is_broken_ends_and_says_so() {
        let serving = async {
            std::future::pending::<()>().await;
            Ok(())
        };
        let ended = unless_broken(serving, async {}).await.unwrap_err();
        assert!(
            ended.to_string().contains("writes to the database"),
            "{ended}"
        );
    }
}
