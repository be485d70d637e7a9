//! Where the state is, if `PILOT_HOME` is not set.
//!
//! Every command asks this, so the answer must not depend on what a disk
//! happens to allow at the moment, and finding it changes nothing: an agent
//! that looked elsewhere for once would be another host.

use crate::sys::user::{self, ROOT};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const SYSTEM_HOME: &str = "/var/lib/pilot";

/// Permission to make files in a folder: to write to it and to enter it.
const OWNER_MAKES_FILES: u32 = 0o300;

/// The system's state folder, or the program's: the one that has an identity already, else the
/// system's if this user may use it. If neither is possible, it is the system's too: there the
/// error says whose folder it is.
pub(super) fn default_home(program_folder: &Path) -> PathBuf {
    choose(Path::new(SYSTEM_HOME), program_folder, user::effective_id()).to_path_buf()
}

fn choose<'a>(system: &'a Path, program_folder: &'a Path, user: u32) -> &'a Path {
    let in_use = [system, program_folder]
        .into_iter()
        .find(|home| home.join("identity").exists());
    let is_systems = || is_for(system, user) || system.is_dir() && !is_owner(program_folder, user);
    in_use.unwrap_or_else(|| if is_systems() { system } else { program_folder })
}

fn is_owner(folder: &Path, user: u32) -> bool {
    fs::metadata(folder).is_ok_and(|found| found.uid() == user)
}

/// Whether the folder is the user's, or could be. Root, who may do everything,
/// is to see the state of whomever it belongs to.
fn is_for(folder: &Path, user: u32) -> bool {
    let owned = |found: fs::Metadata| {
        let makes_files = found.mode() & OWNER_MAKES_FILES == OWNER_MAKES_FILES;
        found.is_dir() && found.uid() == user && makes_files
    };
    user == ROOT || fs::metadata(folder).is_ok_and(owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    /// A program's folder and a place for the system's, which is not there.
    fn places() -> (TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let [system, program] = ["system", "program"].map(|name| folder.path().join(name));
        fs::create_dir(&program).unwrap();
        (folder, system, program)
    }

    #[test]
    fn an_identity_decides_wherever_it_is() {
        let (_folder, system, program) = places();
        fs::write(program.join("identity"), "").unwrap();
        assert_eq!(choose(&system, &program, ROOT), program);
        fs::create_dir(&system).unwrap();
        assert_eq!(choose(&system, &program, ROOT), program);
        fs::write(system.join("identity"), "").unwrap();
        assert_eq!(choose(&system, &program, ROOT), system);
    }

    #[test]
    fn the_systems_folder_is_its_owners_and_roots() {
        let (_folder, system, program) = places();
        assert_eq!(choose(&system, &program, ROOT), system);
        assert_eq!(choose(&system, &program, 4711), program);
        fs::create_dir(&system).unwrap();
        let owner = fs::metadata(&system).unwrap().uid();
        assert_eq!(choose(&system, &program, owner), system);
    }

    #[test]
    fn without_a_usable_folder_the_systems_home_is_used() {
        let (_folder, system, program) = places();
        let stranger = fs::metadata(&program).unwrap().uid() + 1;
        assert_eq!(choose(&system, &program, stranger), program);
        fs::create_dir(&system).unwrap();
        assert_eq!(choose(&system, &program, stranger), system);
    }

    #[test]
    fn a_folder_that_its_owner_cannot_write_to_is_no_home() {
        let (_folder, system, program) = places();
        fs::create_dir(&system).unwrap();
        fs::set_permissions(&system, fs::Permissions::from_mode(0o500)).unwrap();
        let owned_by_another = |user| choose(&system, &program, user) == program;
        let owner = fs::metadata(&system).unwrap().uid();
        assert!(owner == ROOT || owned_by_another(owner));
        assert_eq!(choose(&system, &program, ROOT), system);
    }

    #[test]
    fn looking_makes_nothing() {
        let (folder, system, program) = places();
        choose(&system, &program, ROOT);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(program).unwrap().count(), 0);
    }
}
