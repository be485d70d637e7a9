//! What a shim that died left of its job.

use super::cgroup::Cgroup;
use super::sweep::{self, Descendant};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use wire::ping::Containment;

/// Killed processes are gone within this: it keeps the agent waiting.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(20);

/// What was found and ended, and what would not end.
pub(crate) struct Remains {
    /// By what means it was found.
    pub(crate) containment: Containment,
    /// The processes that are left.
    pub(crate) survivors: Vec<String>,
}

impl Remains {
    /// Ends all that can be found of a job by its working folder, and by the folder of the
    /// cgroup that was noted.
    pub(crate) fn end(work_folder: &Path, cgroup: Option<PathBuf>) -> Self {
        let work = work_folder.canonicalize().ok();
        let cgroup = cgroup.map(Cgroup::recorded);
        let containment = cgroup
            .as_ref()
            .map_or(Containment::Sweep, |_| Containment::Cgroup);
        for _ in 0..ATTEMPTS {
            let marked = work.as_deref().map_or_else(Vec::new, sweep::those_in);
            marked.iter().for_each(Descendant::kill);
            cgroup.iter().for_each(Cgroup::kill);
            if marked.is_empty() && cgroup.as_ref().is_none_or(Cgroup::is_empty) {
                cgroup.iter().for_each(Cgroup::remove);
                break;
            }
            sleep(PAUSE);
        }
        let marked = work.as_deref().map_or_else(Vec::new, sweep::those_in);
        let members = cgroup.map_or_else(Vec::new, |cgroup| cgroup.members());
        Self {
            containment,
            survivors: sweep::names(marked, members),
        }
    }

    /// Whether it is certain that nothing else is left.
    pub(crate) fn is_all_known(&self) -> bool {
        self.containment == Containment::Cgroup && self.survivors.is_empty()
    }
}
