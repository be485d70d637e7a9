//! The children of this process, until the kernel has given them back: an id must
//! not be reaped by anybody but its owner, or it could name another process by the
//! time its owner uses it. A process that was left to this one, as to the first of a
//! container, has no owner.
#![forbid(unsafe_code)]

use crate::sys::fork::{self, Fork};
use crate::sys::process::{self, Pid, Wait, adopts_orphans, ended_child};
use std::io;
use std::sync::Mutex;

/// Children that somebody waits for.
static OWNED: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Children that nobody waits for any more.
static DYING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Copies this process. Whoever does that waits for the child, or has it admitted.
///
/// # Errors
/// As [`fork::fork`].
pub(crate) fn fork() -> io::Result<Fork> {
    let fork = fork::fork()?;
    if let (Fork::Parent(pid), Ok(mut owned)) = (&fork, OWNED.lock()) {
        owned.push(*pid);
    }
    Ok(fork)
}

/// Reaps a child of this process if it has ended, on behalf of its owner.
///
/// # Errors
/// As [`process::try_wait`].
pub(crate) fn try_wait(child: Pid) -> io::Result<Wait> {
    let found = process::try_wait(child);
    if !matches!(found, Ok(Wait::Running))
        && let Ok(mut owned) = OWNED.lock()
    {
        owned.retain(|pid| *pid != child);
    }
    found
}

/// Takes over a child that was killed or has ended.
pub(crate) fn admit(pid: Pid) {
    if let Ok(mut dying) = DYING.lock() {
        dying.push(pid);
    }
    sweep();
}

/// Reaps whoever has ended and nobody waits for; to be called when SIGCHLD came.
pub(crate) fn sweep() {
    if let Ok(mut dying) = DYING.lock() {
        dying.retain(|pid| matches!(try_wait(*pid), Ok(Wait::Running)));
    }
    if adopts_orphans() {
        reap_orphans();
    }
}

/// One that is owned hides those behind it until its owner has reaped it, which is soon.
fn reap_orphans() {
    let is_owned = |pid| OWNED.lock().is_ok_and(|owned| owned.contains(&pid));
    while let Some(orphan) = ended_child().filter(|pid| !is_owned(*pid)) {
        if process::try_wait(orphan).is_err() {
            return;
        }
    }
}
