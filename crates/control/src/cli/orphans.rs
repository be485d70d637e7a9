//! Processes that others left to the service: it is the first one of a container, where
//! health checks and people start programs beside it.

use super::failure::Failure;
use rustix::process::{WaitOptions, getpid, wait};
use tokio::signal::unix::{SignalKind, signal};

/// Reaps them as they end, where this process is the first one. It has no children of its
/// own, whose ends somebody would wait for.
///
/// # Errors
/// When the system allows no handlers.
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
