//! A ping from its arrival to its answer.

use crate::domain::session::Session;
use crate::store::PingEffects;
use std::sync::Arc;
use tokio::time::Instant;
use wire::HostId;

/// A ping that is being answered.
pub(crate) struct Visit {
    pub(crate) host: HostId,
    pub(crate) session: Arc<Session>,
    /// How often the host was to be woken when it was last looked for work.
    pub(crate) wakes: Option<u64>,
    /// Whether the host takes no job now.
    pub(crate) is_busy: bool,
    /// The jobs that it holds.
    pub(crate) received: Vec<i64>,
    pub(crate) effects: PingEffects,
    pub(crate) deadline: Instant,
    /// When something may be due that is not now.
    pub(crate) again: Option<Instant>,
    /// Whether the host was removed or disabled meanwhile.
    pub(crate) is_gone: bool,
    /// Whether it was woken, and not looked for work by itself.
    pub(crate) is_woken: bool,
    /// Whether to look for work although nothing has changed.
    pub(crate) look: bool,
}
