use super::*;
use needs::{Need, lacks};
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A folder to remove, beside one that has to stay.
fn scene() -> (TempDir, std::path::PathBuf, std::path::PathBuf) {
    let home = TempDir::new().unwrap();
    let [folder, outside] = ["folder", "outside"].map(|name| home.path().join(name));
    fs::create_dir(&folder).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "x").unwrap();
    (home, folder, outside)
}

#[test]
fn a_tree_goes_and_what_is_not_there_is_gone_already() {
    let (_home, folder, _) = scene();
    fs::create_dir_all(folder.join("a/b/c")).unwrap();
    fs::write(folder.join("a/b/c/d"), "x").unwrap();
    // Names that moved folders would get.
    fs::create_dir_all(folder.join("0/1")).unwrap();
    fs::write(folder.join("1"), "x").unwrap();
    for _ in 0..2 {
        remove(&folder, PATIENCE).unwrap();
        assert!(!folder.exists());
    }
}

#[test]
fn links_are_removed_and_not_followed() {
    let (home, folder, outside) = scene();
    symlink(&outside, folder.join("link")).unwrap();
    symlink(outside.join("precious"), folder.join("file")).unwrap();
    remove(&folder, PATIENCE).unwrap();
    symlink(&outside, &folder).unwrap();
    remove(&folder, PATIENCE).unwrap();
    assert!(folder.symlink_metadata().is_err());
    assert!(outside.join("precious").exists());
    drop(home);
}

#[test]
fn a_tree_deeper_than_there_are_descriptors_goes() {
    let (_home, folder, _) = scene();
    let deep = "for i in $(seq 3000); do mkdir d; cd d; done; touch file";
    let mut make = Command::new("sh");
    let made = make.args(["-c", deep]).current_dir(&folder).status();
    assert!(made.unwrap().success());
    remove(&folder, PATIENCE).unwrap();
    assert!(!folder.exists());
}

#[test]
fn what_was_closed_to_its_owner_goes_too() {
    let (_home, folder, _) = scene();
    fs::create_dir_all(folder.join("a/b/c")).unwrap();
    for place in ["a/b/c", "a/b", "a"] {
        fs::set_permissions(folder.join(place), Permissions::from_mode(0o000)).unwrap();
    }
    remove(&folder, PATIENCE).unwrap();
    assert!(!folder.exists());
}

#[test]
fn it_ends_in_time_and_goes_on_with_the_next_call() {
    let (_home, folder, _) = scene();
    fs::create_dir_all(folder.join("a/b")).unwrap();
    let error = remove(&folder, Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    remove(&folder, PATIENCE).unwrap();
    assert!(!folder.exists());
}

/// Only root may mount, and here in a mount namespace of its own, which ends with
/// the program: so this test runs itself once more in one, where that is possible.
#[test]
fn what_is_mounted_stays_and_everything_else_goes() {
    const HOME: &str = "REMOVAL_TEST_HOME";
    if let Some(home) = std::env::var_os(HOME) {
        return remove_with_mounts(Path::new(&home));
    }
    if lacks(&[Need::MountNamespace]) {
        return;
    }
    let (home, _, outside) = scene();
    let name = "tests::what_is_mounted_stays_and_everything_else_goes";
    let mut again = Command::new("unshare");
    again.args(["--mount", "--propagation", "private"]);
    again.arg(std::env::current_exe().unwrap());
    let again = again.args(["--exact", name]).env(HOME, home.path());
    let again = again.output().unwrap();
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success(), "{told}");
    assert!(outside.join("precious").exists() && outside.join("in it").exists());
}

fn remove_with_mounts(home: &Path) {
    let [folder, outside] = ["folder", "outside"].map(|name| home.join(name));
    for (place, source) in [("deep/down/bound", Some(&outside)), ("deep/disk", None)] {
        let place = folder.join(place);
        fs::create_dir_all(&place).unwrap();
        let mut mount = Command::new("mount");
        match source {
            Some(source) => mount.arg("--bind").arg(source),
            None => mount.args(["-t", "tmpfs", "none"]),
        };
        assert!(mount.arg(&place).status().unwrap().success());
        fs::write(place.join("in it"), "x").unwrap();
    }
    fs::create_dir_all(folder.join("deep/a/b")).unwrap();
    let error = remove(&folder, PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy, "{error}");
    assert!(!folder.join("deep/a").exists());
}
