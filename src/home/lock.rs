//! The two locks of a home: the instance lock, which allows one agent, and the state lock,
//! which allows one process to change the state.
//!
//! An agent holds the instance lock while it runs, and takes the state lock when it can work. So
//! a host can be enrolled beside an agent that waits for that.

use super::emptying::refuse_half_empty;
use super::unusable;
use crate::failure::Failure;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

const INSTANCE: &str = "agent.lock";
const STATE: &str = "lock";

/// A process that checks a lock, or is about to end, holds it for a moment.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// What goes on in a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Nothing.
    Idle,
    /// An agent waits for what it needs.
    Waiting,
    /// An agent, or a command that changes the state, works.
    Working,
}

/// Takes the place of this home's one agent, for as long as the file is open.
///
/// # Errors
/// When another agent has it.
pub(crate) fn take_instance_lock(home: &Path) -> Result<File, Failure> {
    take(home, INSTANCE)?.ok_or_else(|| in_use(home))
}

/// Takes the lock of a home's state, for as long as the file is open.
///
/// # Errors
/// When another process keeps it, or the state was not removed completely.
pub(crate) fn lock(home: &Path) -> Result<File, Failure> {
    try_lock(home)?.ok_or_else(|| in_use(home))
}

/// Takes the lock of a home's state; `None` when another process keeps it.
///
/// # Errors
/// When the file cannot be opened, or the state was not removed completely.
pub(crate) fn try_lock(home: &Path) -> Result<Option<File>, Failure> {
    let lock = take(home, STATE)?;
    refuse_half_empty(home)?;
    Ok(lock)
}

/// Takes everything, so that neither an agent nor a command works with the home
/// while it is emptied.
///
/// # Errors
/// When an agent or another command is there.
pub(crate) fn seize(home: &Path) -> Result<[File; 2], Failure> {
    let state = take(home, STATE)?.ok_or_else(|| in_use(home))?;
    Ok([take_instance_lock(home)?, state])
}

fn take(home: &Path, name: &str) -> Result<Option<File>, Failure> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(home.join(name));
    let file = file.map_err(|error| unusable(home, &error))?;
    for _ in 0..ATTEMPTS {
        if file.try_lock().is_ok() {
            return Ok(Some(file));
        }
        sleep(PAUSE);
    }
    Ok(None)
}

fn in_use(home: &Path) -> Failure {
    Failure::configuration(format!(
        "another pilot is running with the state in {}; stop it, or set PILOT_HOME and PILOT_INSTANCE for a second one",
        home.display()
    ))
}

/// What goes on in a home. Asking takes a share of the locks for a moment,
/// which keeps no agent from starting.
pub(crate) fn activity(home: &Path) -> Activity {
    match [STATE, INSTANCE].map(|name| is_taken(home, name)) {
        [true, _] => Activity::Working,
        [false, true] => Activity::Waiting,
        [false, false] => Activity::Idle,
    }
}

fn is_taken(home: &Path, name: &str) -> bool {
    let lock = File::open(home.join(name));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The process id of the agent that sits in this home, as far as it can be seen
/// from here (`/proc/locks`, proc(5)).
pub(crate) fn agent(home: &Path) -> Option<u32> {
    let inode = std::fs::metadata(home.join(INSTANCE))
        .ok()?
        .ino()
        .to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let is_flock = fields.nth(1) == Some("FLOCK");
        let (pid, place) = (fields.nth(2)?, fields.next()?);
        let is_it = is_flock && place.rsplit(':').next() == Some(&inode);
        is_it.then(|| pid.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_has_the_home_and_everybody_may_ask() {
        let home = tempfile::tempdir().unwrap();
        let now = || activity(home.path());
        assert_eq!(now(), Activity::Idle);
        assert!(!home.path().join(STATE).exists(), "asking makes nothing");
        let instance = take_instance_lock(home.path()).unwrap();
        let refusal = take_instance_lock(home.path()).unwrap_err().to_string();
        assert!(refusal.contains("another pilot"), "{refusal}");
        assert_eq!(now(), Activity::Waiting);
        assert_eq!(agent(home.path()), Some(std::process::id()));
        let state = lock(home.path()).unwrap();
        assert_eq!(now(), Activity::Working);
        assert!(try_lock(home.path()).unwrap().is_none());
        drop((instance, state));
        assert_eq!(now(), Activity::Idle);
        assert!(take_instance_lock(home.path()).is_ok());
    }
}
