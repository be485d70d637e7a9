//! Erasing a host's identity: everything that an agent has put into its home goes, and what an
//! operator has put there stays.
//!
//! A note that this has begun comes first and goes last: until then no agent starts and no
//! enrolment begins, so that nothing continues with half of a state. The identity goes before
//! everything else.

use crate::failure::{Context, Failure};
use crate::storage;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// A process that waits for it sees that.
const PATIENCE: Duration = Duration::from_secs(600);

const NOTE: &str = "reset";

/// What an agent keeps in its home, in the order in which it goes.
pub(super) const NAMES: [&str; 9] = [
    "identity",
    "identity.draft",
    "key.next",
    "trust",
    "jobs",
    "sequence",
    "clock",
    "link",
    "reserve",
];

/// A record may be half written, or set aside.
const ENDINGS: [&str; 3] = ["", ".new", ".damaged"];

/// The runner's folder; the keys in it are put there by an operator.
const RUNNER: &str = "artisan";
const RUNNERS_KEYS: &str = "keys";

/// What there is to remove, in the order in which it goes.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn content(home: &Path) -> io::Result<Vec<PathBuf>> {
    let own = NAMES.iter().flat_map(|name| {
        let paths = ENDINGS.map(|ending| home.join(format!("{name}{ending}")));
        paths
            .into_iter()
            .filter(|path| path.symlink_metadata().is_ok())
    });
    let mut found: Vec<PathBuf> = own.collect();
    match fs::read_dir(home.join(RUNNER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        entries => {
            for entry in entries? {
                let entry = entry?;
                found.extend((entry.file_name() != RUNNERS_KEYS).then(|| entry.path()));
            }
        }
    }
    Ok(found)
}

/// Removes this content, and returns once that survives a power cut. Interrupted,
/// it is completed by doing it again.
///
/// # Errors
/// When the disk refuses, with what could not be removed.
pub(crate) fn empty(home: &Path, content: &[PathBuf]) -> Result<(), Failure> {
    let note = home.join(NOTE);
    storage::replace(&note, b"").context(format_args!("cannot write {}", note.display()))?;
    for path in content {
        remove(path).context(format_args!("cannot remove {}", path.display()))?;
    }
    storage::remove(&note).context(format_args!("cannot remove {}", note.display()))
}

fn remove(path: &Path) -> io::Result<()> {
    if !path.symlink_metadata()?.is_dir() {
        return storage::remove(path);
    }
    storage::remove_folder(path, PATIENCE)
}

/// Whether the home is being emptied, or was not emptied completely.
pub(crate) fn is_half_empty(home: &Path) -> bool {
    home.join(NOTE).exists()
}

/// Refuses to work with an incomplete state.
pub(super) fn refuse_half_empty(home: &Path) -> Result<(), Failure> {
    if !is_half_empty(home) {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "the state in {} was not removed completely: run `pilot reset` again",
        home.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::home::{lock, seize};

    /// A home with something of everything.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for folder in [
            "jobs/7/work",
            "trust",
            "artisan/keys/verify",
            "artisan/packages",
        ] {
            fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        for file in [
            "identity",
            "sequence.damaged",
            "trust/ca.pem",
            ".pilot",
            "jobs/7/result",
        ] {
            fs::write(home.path().join(file), "x").unwrap();
        }
        home
    }

    fn names(home: &Path) -> Vec<String> {
        let entries = fs::read_dir(home).unwrap().map(Result::unwrap);
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_agents_things_go_and_the_operators_stay() {
        let home = home();
        let found = content(home.path()).unwrap();
        assert_eq!(found[0], home.path().join("identity"), "it goes first");
        empty(home.path(), &found).unwrap();
        assert_eq!(names(home.path()), [".pilot", "artisan"]);
        assert_eq!(names(&home.path().join("artisan")), ["keys"]);
        assert!(content(home.path()).unwrap().is_empty());
    }

    #[test]
    fn an_interrupted_reset_blocks_the_home_until_it_is_completed() {
        let home = home();
        let mut found = content(home.path()).unwrap();
        // As if there were something that cannot be removed, or a power cut.
        found.insert(1, home.path().join("gone"));
        assert!(empty(home.path(), &found).is_err());
        assert!(!home.path().join("identity").exists());
        assert!(home.path().join("jobs").exists());
        let refusal = lock(home.path()).unwrap_err().to_string();
        assert!(refusal.contains("pilot reset"), "{refusal}");

        let locks = seize(home.path()).unwrap();
        empty(home.path(), &content(home.path()).unwrap()).unwrap();
        drop(locks);
        assert!(lock(home.path()).is_ok());
    }

    #[test]
    fn a_link_is_removed_and_not_followed() {
        let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(elsewhere.path().join("precious"), "x").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), home.path().join("jobs")).unwrap();
        empty(home.path(), &content(home.path()).unwrap()).unwrap();
        assert!(!home.path().join("jobs").exists());
        assert!(elsewhere.path().join("precious").exists());
    }
}
