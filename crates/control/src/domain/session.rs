//! What control remembers of a host between its pings.

use super::condition::Condition;
use super::enrolment::same_key;
use super::host::HostKeys;
use std::sync::Arc;
use wire::HostId;
use wire::ping::Ping;

/// A host whose token was accepted.
pub(crate) struct Caller {
    /// The host.
    pub(crate) host: HostId,
    /// The number of its token.
    pub(crate) n: u64,
    /// What control knew of it when the number was used up.
    pub(crate) session: Arc<Session>,
    /// How often it was to be woken before that ([`super::presence::Presence::wakes`]).
    pub(crate) wakes: Option<u64>,
}

/// What control has to know of an enrolled host to answer it, as it was at one moment. The
/// database counts its changes: what is remembered holds as long as the version is the same.
pub(crate) struct Session {
    /// The host's number in the database.
    pub(crate) number: i64,
    /// How often this has changed.
    pub(crate) version: i64,
    /// The last accepted number of its tokens, when this was read.
    pub(crate) last_n: u64,
    /// Its keys.
    pub(crate) keys: HostKeys,
    /// The interval that it was last sent, in nanoseconds, if it has registered.
    pub(crate) interval: Option<i64>,
    /// The number of the key list that it trusts; `None` if it has no root key, or has not
    /// reported a list yet.
    pub(crate) key_list: Option<u64>,
    /// When an operator asked it to replace its key, if it has not done so, in unix seconds.
    pub(crate) rotation_asked: Option<u64>,
    /// The condition that it reported.
    pub(crate) condition: Condition,
    /// Whether it has jobs that have not ended.
    pub(crate) has_jobs: bool,
}

impl Session {
    /// Whether number `n` of a token was used up when this was read. (The database keeps numbers
    /// up to 2^63.)
    pub(crate) fn has_used(&self, n: u64) -> bool {
        n.min(i64::MAX.unsigned_abs()) <= self.last_n
    }

    /// Whether another session of the host has the same key in force.
    pub(crate) fn has_same_key(&self, other: &Self) -> bool {
        same_key(&self.keys.present, &other.keys.present)
    }

    /// Whether a ping reports nothing that control has to write down.
    pub(crate) fn is_idle(&self, ping: &Ping, now: u64) -> bool {
        let Ping {
            result,
            received,
            progress,
            keys,
            ..
        } = ping;
        let reports =
            result.is_some() || !received.is_empty() || progress.is_some() || keys.is_some();
        !reports && !self.has_jobs && self.condition.after(ping, now) == self.condition
    }
}
