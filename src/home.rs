//! The agent's home: one folder, one agent.
#![forbid(unsafe_code)]

use crate::failure::{Context, Failure};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Whoever looks at the lock, or is about to end, holds it for a moment.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// Takes the lock of a home, so that there is one agent for one state. It is
/// held for as long as the file is open.
///
/// # Errors
/// When another process keeps it.
pub(crate) fn lock(home: &Path) -> Result<File, Failure> {
    let path = home.join("lock");
    let mut options = OpenOptions::new();
    let options = options.write(true).create(true).truncate(false).mode(0o600);
    let file = options
        .open(&path)
        .context(format_args!("cannot open {}", path.display()))?;
    for _ in 0..ATTEMPTS {
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        sleep(PAUSE);
    }
    Err(Failure::configuration(format!(
        "another pilot is running with the state in {}; stop it, or set PILOT_HOME and PILOT_INSTANCE for a second one",
        home.display()
    )))
}

/// Whether an agent runs with this home. Asking takes a share of the lock for a
/// moment, which keeps no agent from starting.
pub(crate) fn is_in_use(home: &Path) -> bool {
    let lock = File::open(home.join("lock"));
    lock.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agent_has_the_home_and_everybody_may_ask() {
        let home = tempfile::tempdir().unwrap();
        assert!(!is_in_use(home.path()) && !home.path().join("lock").exists());
        let held = lock(home.path()).unwrap();
        assert!(is_in_use(home.path()));
        assert!(
            lock(home.path())
                .unwrap_err()
                .to_string()
                .contains("another pilot")
        );
        drop(held);
        assert!(!is_in_use(home.path()));
        assert!(lock(home.path()).is_ok());
    }
}
