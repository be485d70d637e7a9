//! Ends a job and all of its processes.

use super::outcome::Forced;
use super::{Shim, seconds};
use crate::containment::cgroup::Cgroup;
use crate::containment::sweep;
use crate::log;
use crate::sys::clock;
use crate::sys::poll::wait_readable;
use crate::sys::process::{self, Ended};
use crate::sys::signals;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// How long to wait before descendants are looked for again.
const SWEEP_AGAIN: Duration = Duration::from_secs(1);

/// How long to look for descendants that cannot be killed: those of other users,
/// without a cgroup, and those that are stuck in the kernel.
const STUCK: Duration = Duration::from_secs(30);

impl Shim<'_> {
    pub(super) fn kill_all(&self) {
        if self.run.ended.is_none() {
            let _ = self.art.signal_group(signals::SIGKILL);
        }
        if let Some(cgroup) = &self.cgroup {
            cgroup.kill();
        }
        // Who may write cgroups may also leave one.
        sweep::kill_descendants();
    }

    /// Asks first; the deadline insists.
    pub(super) fn end(&mut self, why: Forced) -> io::Result<()> {
        self.run.forced = Some(why);
        sweep::ask_descendants();
        self.kill_from = clock::boottime() + seconds(self.spec.job_policy.grace);
        self.timer.set(Some(self.kill_from))
    }

    /// A job that ended well and was signed `detach` may leave processes; all
    /// others leave none.
    pub(super) fn leave_nothing_behind(&mut self) -> io::Result<Vec<String>> {
        let ended_well = self.run.ended == Some(Ended::Exited(0));
        if self.spec.detach && ended_well && self.run.forced.is_none() {
            return Ok(self.survivors());
        }
        // Kill, reap, and look again: what was just forked has a new parent, and a process that
        // is stuck in the kernel may continue.
        let patience = clock::boottime().max(self.kill_from) + STUCK;
        loop {
            // The runner's end is not that of what cleans up behind it.
            if clock::boottime() >= self.kill_from {
                self.kill_all();
            }
            let is_alone = reap_all();
            if is_alone && self.is_cgroup_empty() {
                self.cgroup.iter().for_each(Cgroup::remove);
                return Ok(vec![]);
            }
            if clock::boottime() >= patience {
                return Ok(self.give_up());
            }
            self.wait_for_change()?;
        }
    }

    fn is_cgroup_empty(&self) -> bool {
        self.cgroup.as_ref().is_none_or(Cgroup::is_empty)
    }

    fn give_up(&self) -> Vec<String> {
        let id = self.spec.job_id;
        let left = self.survivors();
        log::error!("job {id}: cannot kill {}", left.join(", "));
        left
    }

    fn survivors(&self) -> Vec<String> {
        let members = self.cgroup.as_ref().map_or_else(Vec::new, Cgroup::members);
        sweep::names(sweep::survivors(), members)
    }

    fn wait_for_change(&mut self) -> io::Result<()> {
        let now = clock::boottime();
        let again = now + SWEEP_AGAIN;
        let is_asked = now < self.kill_from;
        let next = if is_asked {
            again.min(self.kill_from)
        } else {
            again
        };
        self.timer.set(Some(next))?;
        let pipe = self.pipe.as_ref().map(AsFd::as_fd);
        wait_readable([Some(self.signals.as_fd()), pipe, Some(self.timer.as_fd())])?;
        self.timer.expired();
        self.drain_output();
        while self.signals.next().is_some() {}
        Ok(())
    }
}

/// Reaps all that has ended; returns whether no child is left.
fn reap_all() -> bool {
    loop {
        match process::try_wait_any() {
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}
