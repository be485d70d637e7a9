//! A ping from its arrival to its answer.

use super::session::Session;
use crate::store::PingEffects;
use std::sync::Arc;
use tokio::time::Instant;
use wire::HostId;

/// A ping that is being answered.
pub(super) struct Visit {
    pub(super) host: HostId,
    pub(super) session: Arc<Session>,
    /// How often the host was to be woken when it was last looked for work.
    pub(super) wakes: Option<u64>,
    /// Whether the host takes no job now.
    pub(super) is_busy: bool,
    /// The jobs that it holds.
    pub(super) received: Vec<i64>,
    pub(super) effects: PingEffects,
    pub(super) deadline: Instant,
    /// When something may be due that is not now.
    pub(super) again: Option<Instant>,
    /// Whether the host was removed or disabled meanwhile.
    pub(super) is_gone: bool,
    /// Whether to look for work although nothing has changed.
    pub(super) look: bool,
}
