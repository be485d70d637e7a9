//! The children of this process, until the kernel has given them back: only its owner may reap a
//! child, or its id could name another process when the owner uses it. An orphan that this
//! process adopted, for instance as the first of a container, has no owner.
#![forbid(unsafe_code)]

use crate::sys::fork::{self, Fork};
use crate::sys::process::{self, Pid, Wait, adopts_orphans, ended_child};
use std::io;
use std::sync::Mutex;

/// Children that their owner waits for.
static OWNED: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Children that were killed or have ended, without an owner.
static DYING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Forks. The caller waits for the child, or passes it to [`take_over`].
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
pub(crate) fn take_over(pid: Pid) {
    if let Ok(mut dying) = DYING.lock() {
        dying.push(pid);
    }
    sweep();
}

/// Reaps ended children without an owner; to be called after SIGCHLD.
pub(crate) fn sweep() {
    if let Ok(mut dying) = DYING.lock() {
        dying.retain(|pid| matches!(try_wait(*pid), Ok(Wait::Running)));
    }
    if adopts_orphans() {
        reap_orphans();
    }
}

/// An owned child hides those behind it until its owner has reaped it, which is soon.
fn reap_orphans() {
    let is_owned = |pid| OWNED.lock().is_ok_and(|owned| owned.contains(&pid));
    while let Some(orphan) = ended_child().filter(|pid| !is_owned(*pid)) {
        if process::try_wait(orphan).is_err() {
            return;
        }
    }
}
