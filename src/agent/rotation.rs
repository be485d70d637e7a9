//! Replacing the host's key: whoever prepared the next one, control is offered of it
//! and then hears nothing but it.

use super::{Agent, Link, Purpose};
use crate::identity::Identity;
use crate::log;
use crate::sys::clock;
use std::io;
use std::time::Duration;
use wire::rotation::NextKey;

/// When it is tried again after control did not take the key. Nothing else waits
/// for that.
const RETRY: Duration = Duration::from_secs(600);

/// How far it has come.
#[derive(Default)]
pub(super) struct Rotation {
    /// When control is to be offered of the next key, since boot, if there is one.
    due: Option<Duration>,
    /// The fingerprint of the key that it was offered of.
    offered: String,
    /// Whether it was said that control knows no such request.
    is_unknown: bool,
}

impl Agent {
    /// Looks for a key that was prepared, by an operator or before a restart.
    pub(super) fn look_for_next_key(&mut self) {
        let home = &self.config.home;
        if let Err(failure) = self.identity.forget_prepared_key(home) {
            log::warning!("{failure}");
        }
        self.rotation.due = Identity::next_key(home).map(|_| Duration::ZERO);
    }

    /// The next exchange tells control of the next key, if that is due.
    pub(super) fn consider_rotation(&mut self) {
        let is_due = |due: Duration| due <= clock::boottime();
        if self.purpose == Purpose::Ping && self.rotation.due.is_some_and(is_due) {
            self.purpose = Purpose::Rotate;
        }
    }

    /// Control wants this host to have another key.
    pub(super) fn on_rotation_asked(&mut self) {
        if self.rotation.due.is_some() {
            return;
        }
        match Identity::prepare_next_key(&self.config.home) {
            Ok(_) => {
                log::info!("control asks this host to replace its key");
                self.rotation.due = Some(Duration::ZERO);
                self.link = Link::now();
            }
            Err(failure) => log::warning!("this host's key cannot be replaced: {failure}"),
        }
    }

    /// The body of the request.
    pub(super) fn next_key_body(&mut self) -> io::Result<Vec<u8>> {
        let key = Identity::next_key(&self.config.home)
            .ok_or_else(|| io::Error::other("the key that was prepared is gone"))?;
        self.rotation.offered = key.fingerprint();
        Ok(serde_json::to_vec(&NextKey { key })?)
    }

    /// Control has accepted the next key: it is in force from now on. The next
    /// ping follows at once, so that the key before ends.
    pub(super) fn on_key_accepted(&mut self) {
        let offered = std::mem::take(&mut self.rotation.offered);
        if let Err(failure) = self.identity.take_next_key(&self.config.home, &offered) {
            return self.fail(&failure.to_string(), None);
        }
        log::info!("this host has a new key, with the fingerprint {offered}");
        self.rotation = Rotation::default();
        self.purpose = Purpose::Ping;
        self.pressing = true;
        self.go_on();
    }

    /// Whatever answered knows no such request, as a control that is older than it
    /// would. Pings tell whether that was control, and whether it is well.
    pub(super) fn on_rotation_unknown(&mut self, status: u16) {
        let minutes = RETRY.as_secs() / 60;
        if !std::mem::replace(&mut self.rotation.is_unknown, true) {
            log::warning!(
                "{} cannot replace this host's key (status {status} for POST /key): is it an older one? \
                 The key in force stays; trying again every {minutes} minutes",
                self.route.current()
            );
        }
        self.postpone_rotation();
        self.link = Link::now();
    }

    /// Control did not take the key this time: pings go on with the one in force.
    pub(super) fn postpone_rotation(&mut self) {
        if self.purpose == Purpose::Rotate {
            self.purpose = Purpose::Ping;
            self.rotation.due = Some(clock::boottime() + RETRY);
        }
    }
}
