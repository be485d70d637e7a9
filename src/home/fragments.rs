//! What a crash left of a state: records half written, and names that a power
//! cut could still undo.

use super::emptying::NAMES;
use crate::keys::TRIAL_CA;
use crate::log;
use crate::storage;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing but what the agent puts there.
const OWN_FOLDERS: [&str; 2] = ["trust", "jobs"];

/// Repairs a home after a crash. What is found there was written, but its writer may have died
/// before the name was synced. The caller holds the home's locks.
pub(crate) fn make_good(home: &Path) {
    for path in fragments(home) {
        if let Err(error) = storage::remove(&path) {
            log::warning!("cannot clear {} away: {error}", path.display());
        }
    }
    let own = OWN_FOLDERS.map(|name| home.join(name));
    let folders = own.iter().filter(|path| path.exists());
    for folder in folders.map(PathBuf::as_path).chain([home]) {
        if let Err(error) = storage::sync_folder(folder) {
            log::warning!("cannot sync {}: {error}", folder.display());
        }
    }
}

/// Files that were written to replace others, or renamed to be removed. A home may contain other
/// files, with any name.
fn fragments(home: &Path) -> Vec<PathBuf> {
    let own = NAMES.iter().map(|name| home.join(format!("{name}.new")));
    let inner = OWN_FOLDERS
        .iter()
        .flat_map(|name| files_in(&home.join(name)));
    let half_written = inner.filter(|path| path.extension().is_some_and(|end| end == "new"));
    // Only the enrolment that made it reads it.
    let trial = home.join("trust").join(TRIAL_CA);
    own.chain(half_written)
        .chain([trial])
        .filter(|path| path.symlink_metadata().is_ok_and(|found| !found.is_dir()))
        .collect()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_half_written_goes_and_what_others_put_there_stays() {
        let home = tempfile::tempdir().unwrap();
        let make = |name: &str| fs::write(home.path().join(name), "x").unwrap();
        fs::create_dir_all(home.path().join("jobs/7")).unwrap();
        fs::create_dir(home.path().join("trust")).unwrap();
        let gone = [
            "identity.new",
            "reserve.new",
            "trust/ca.pem.new",
            "trust/trial-ca.pem",
            "jobs/remembered.new",
        ];
        let there = [
            "identity",
            "notes.new",
            "jobs/7/request.new",
            "trust/ca.pem",
        ];
        gone.iter().chain(&there).for_each(|name| make(name));
        make_good(home.path());
        let is_there = |name: &&str| home.path().join(name).exists();
        assert!(!gone.iter().any(&is_there));
        assert!(there.iter().all(&is_there), "its job is not over");
    }
}
