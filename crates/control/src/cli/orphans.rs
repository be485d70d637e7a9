//! Orphaned processes. In a container the service is process 1, which inherits the orphans of
//! health checks and of programs that people start.

use super::failure::Failure;
use rustix::process::{WaitOptions, getpid, wait};
use tokio::signal::unix::{SignalKind, signal};

/// Reaps them when they end, if this is process 1. The service has no children of its own.
///
/// # Errors
/// When the signal handler cannot be installed.
pub(super) fn reap() -> Result<(), Failure> {
    if !getpid().is_init() {
        return Ok(());
    }
    let mut ends = signal(SignalKind::child())
        .map_err(|error| Failure::Refused(format!("waiting for signals: {error}")))?;
    tokio::spawn(async move {
        while ends.recv().await.is_some() {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        }
    });
    Ok(())
}
