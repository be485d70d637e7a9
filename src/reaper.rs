//! Children that nobody waits for any more, until the kernel has given them
//! back: an id must not be reaped by anybody but its owner, or it could name
//! another process by the time its owner uses it.
#![forbid(unsafe_code)]

use crate::sys::process::{Pid, Wait, try_wait};
use std::sync::Mutex;

static DYING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Takes over a child that was killed or has ended.
pub(crate) fn admit(pid: Pid) {
    if let Ok(mut dying) = DYING.lock() {
        dying.push(pid);
        dying.retain(is_there);
    }
}

/// Reaps whoever has ended; to be called when SIGCHLD came.
pub(crate) fn sweep() {
    if let Ok(mut dying) = DYING.lock() {
        dying.retain(is_there);
    }
}

fn is_there(pid: &Pid) -> bool {
    matches!(try_wait(*pid), Ok(Wait::Running))
}
