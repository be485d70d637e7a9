//! What every process that serves the same database has to learn soon.
//!
//! The database alone decides what is right: a notification that is lost costs a delay. The next
//! ping of a host finds its work, and that of a disabled host is refused, also without one.
//! So there is one per batch or change, never one per ping.

use super::live_output::LiveOutput;
use super::presence::Presence;
use api::JobNumber;
use std::sync::Arc;
use tokio::time::Instant;
use wire::HostId;

/// A change that held pings wait for, or that ends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notification {
    /// These hosts may have something to do.
    Work(Vec<HostId>),
    /// Every host may have something to do.
    WorkForAll,
    /// This host's requests are refused from now on.
    Disabled(HostId),
    /// There is no such host any more.
    Removed(HostId),
    /// Somebody follows the output of a running job, which this host knows by this number.
    Followed(HostId, JobNumber),
}

/// Carries notifications to every process that serves the same database, this one included.
pub(crate) trait Bus: Send + Sync {
    /// Sends a notification after its change is durable. Returns without waiting for anybody, and
    /// may lose it.
    fn publish(&self, notification: Notification);
}

/// Makes the bus that passes what it carries to this process's listener.
pub(crate) type Connect = fn(Listener) -> Arc<dyn Bus>;

/// What one process does about notifications.
pub(crate) struct Listener {
    presence: Arc<Presence>,
    live: Arc<LiveOutput>,
}

impl Listener {
    /// One for these held pings, and this output.
    pub(crate) fn new(presence: &Arc<Presence>, live: &Arc<LiveOutput>) -> Self {
        Self {
            presence: Arc::clone(presence),
            live: Arc::clone(live),
        }
    }

    /// Applies a notification to the pings that this process holds.
    pub(crate) fn hear(&self, notification: &Notification) {
        match notification {
            Notification::Work(hosts) => hosts.iter().for_each(|host| self.presence.wake(*host)),
            Notification::WorkForAll => self.presence.wake_all(),
            Notification::Disabled(host) => self.presence.forget(*host),
            Notification::Removed(host) => {
                self.presence.forget(*host);
                self.live.forget(*host);
            }
            Notification::Followed(host, job) => {
                // The host learns it from the answer to a ping, once.
                let now = Instant::now().into_std();
                if self.live.follow(*host, job.number(), now) {
                    self.presence.wake(*host);
                }
            }
        }
    }
}

/// The bus of a process that serves a database alone.
struct InProcess(Listener);

/// Makes the bus of a process that serves a database alone.
pub(crate) fn in_process(listener: Listener) -> Arc<dyn Bus> {
    Arc::new(InProcess(listener))
}

impl Bus for InProcess {
    fn publish(&self, notification: Notification) {
        self.0.hear(&notification);
    }
}
