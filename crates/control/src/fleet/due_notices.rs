//! What hosts have to hear beside their jobs: a newer key list, another interval, and that they
//! have to replace their key.

use super::delivery::Delivery;
use crate::domain::Error;
use crate::domain::root::Listed;
use crate::domain::session::Session;
use std::sync::Arc;
use wire::HostId;

impl Delivery {
    /// Whether the host has to hear something that is not about its jobs.
    pub(super) fn has_due_notice(&self, host: HostId, session: &Session) -> bool {
        self.new_interval(session).is_some() || self.has_due_key_notice(host, session)
    }

    /// The interval, if the host was sent another one. A host that has never registered gets it
    /// when it does.
    pub(crate) fn new_interval(&self, session: &Session) -> Option<i64> {
        let interval = self.interval.nanoseconds();
        let is_other = session.interval.is_some_and(|sent| sent != interval);
        is_other.then_some(interval)
    }

    /// Whether the host has to hear of a newer key list, or that it has to replace its key.
    pub(super) fn has_due_key_notice(&self, host: HostId, session: &Session) -> bool {
        self.key_list_is_due(host, session) || self.rotation_is_due(host, session)
    }

    fn rotation_is_due(&self, host: HostId, session: &Session) -> bool {
        let asked = session.rotation_asked;
        asked.is_some_and(|since| self.rotation_notices.is_due(host, since))
    }

    /// Whether the answer has to ask the host to replace its key; notes that it does.
    pub(crate) fn note_rotation_sent(&self, host: HostId, session: &Session) -> bool {
        match session.rotation_asked {
            Some(since) => self.rotation_notices.sent(host, since),
            None => self.rotation_notices.forget(host),
        }
        session.rotation_asked.is_some()
    }

    /// Notes which key list a host says that it trusts.
    pub(crate) async fn note_key_list_of(&self, host: HostId, number: u64) -> Result<(), Error> {
        self.store.note_key_list(host, number).await?;
        tracing::info!(%host, "the host trusts key list {number}");
        let Some(root) = &self.root else {
            return Ok(());
        };
        let newest = root.listed().list.number;
        if number == newest {
            self.key_list_notices.forget(host);
        } else if number > newest {
            tracing::warn!(
                %host, number, newest,
                "the host trusts a newer key list than this service: import the newest one (`pilotctl key list-import`)"
            );
        }
        Ok(())
    }

    /// The list in force, if the host trusts an older one.
    pub(crate) fn newer_key_list(&self, session: &Session) -> Option<Arc<Listed>> {
        let listed = self.root.as_ref()?.listed();
        let is_newer = session
            .key_list
            .is_some_and(|number| number < listed.list.number);
        is_newer.then_some(listed)
    }

    fn key_list_is_due(&self, host: HostId, session: &Session) -> bool {
        let keys = self.newer_key_list(session);
        keys.is_some_and(|keys| self.key_list_notices.is_due(host, keys.list.number))
    }

    /// Notes that a host was sent a key list.
    pub(crate) fn note_key_list_sent(&self, host: HostId, number: u64) {
        if self.key_list_notices.is_due(host, number) {
            tracing::info!(%host, number, "sent a newer key list to the host");
        }
        self.key_list_notices.sent(host, number);
    }
}
