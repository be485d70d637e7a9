//! Hosts that ping at a steady rate while something else goes on.

use super::control::Target;
use super::host::Host;
use super::pings::{Plan, ping};
use super::samples::Samples;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How many there are, and how often all of them together ping.
pub(super) const HOSTS: u32 = 100;
const RATE: u32 = 50;

/// The scenario stops them long before that.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Hosts that ping until the scenario stops them.
pub(super) struct Beside {
    is_over: Arc<AtomicBool>,
    task: JoinHandle<(Vec<Host>, Samples)>,
}

impl Beside {
    /// Has them begin.
    pub(super) fn begin(target: Arc<Target>, hosts: Vec<Host>) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let plan = Plan {
            keep_alive: true,
            replay: false,
            at_once: HOSTS as usize,
            rate: Some(RATE),
            until: Instant::now() + LONGEST,
            is_over: Arc::clone(&is_over),
        };
        let task = tokio::spawn(async move { ping(&target, hosts, &plan).await });
        Self { is_over, task }
    }

    /// Has them stop. Returns them and what they saw.
    pub(super) async fn end(self) -> (Vec<Host>, Samples) {
        self.is_over.store(true, Ordering::Relaxed);
        self.task.await.unwrap_or_default()
    }
}
