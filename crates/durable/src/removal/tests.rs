use super::*;
use needs::{Need, lacks};
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A folder to remove, beside one to keep.
fn scene() -> (TempDir, std::path::PathBuf, std::path::PathBuf) {
    let home = TempDir::new().unwrap();
    let [folder, outside] = ["folder", "outside"].map(|name| home.path().join(name));
    fs::create_dir(&folder).unwrap();
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "x").unwrap();
    (home, folder, outside)
}

#[test]
fn a_tree_is_removed_and_a_missing_one_is_no_error() {
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
fn folders_that_their_owner_may_not_enter_are_removed() {
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

const HOME: &str = "DURABLE_TEST_HOME";

/// Only root may mount, and here in a mount namespace of its own, which ends with
/// the program: so such a test runs itself once more in one, where that is possible.
fn in_a_mount_namespace(test: &str, home: &Path) {
    let mut again = Command::new("unshare");
    again.args(["--mount", "--propagation", "private"]);
    again.arg(std::env::current_exe().unwrap());
    let again = again.args(["--exact", &format!("removal::tests::{test}")]);
    let again = again.env(HOME, home).output().unwrap();
    let stderr = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.success(), "{stderr}");
}

fn mount(arguments: &[&str], place: &Path) {
    let mut mount = Command::new("mount");
    assert!(mount.args(arguments).arg(place).status().unwrap().success());
}

#[test]
fn mounts_are_kept_and_everything_else_is_removed() {
    if let Some(home) = std::env::var_os(HOME) {
        return remove_with_mounts(Path::new(&home));
    }
    if lacks(&[Need::MountNamespace]) {
        return;
    }
    let (home, _, outside) = scene();
    in_a_mount_namespace(
        "mounts_are_kept_and_everything_else_is_removed",
        home.path(),
    );
    assert!(outside.join("precious").exists() && outside.join("in it").exists());
}

fn remove_with_mounts(home: &Path) {
    let [folder, outside] = ["folder", "outside"].map(|name| home.join(name));
    for (place, source) in [("deep/down/bound", Some(&outside)), ("deep/disk", None)] {
        let place = folder.join(place);
        fs::create_dir_all(&place).unwrap();
        match source {
            Some(source) => mount(&["--bind", source.to_str().unwrap()], &place),
            None => mount(&["-t", "tmpfs", "none"], &place),
        }
        fs::write(place.join("in it"), "x").unwrap();
    }
    fs::create_dir_all(folder.join("deep/a/b")).unwrap();
    let error = remove(&folder, PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy, "{error}");
    assert!(!folder.join("deep/a").exists());
}

/// A folder of a container's image cannot be moved (`EXDEV`).
#[test]
fn folders_of_a_lower_layer_are_removed_and_mounts_are_kept() {
    if let Some(home) = std::env::var_os(HOME) {
        return remove_from_an_overlay(Path::new(&home));
    }
    let overlay = "mount -t tmpfs none /mnt && mkdir /mnt/l /mnt/u /mnt/w && \
                   mount -t overlay -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w none /mnt/l";
    let command = ["unshare", "--mount", "sh", "-c", overlay];
    if lacks(&[Need::Ability("to mount an overlayfs", &command)]) {
        return;
    }
    let (home, _, outside) = scene();
    in_a_mount_namespace(
        "folders_of_a_lower_layer_are_removed_and_mounts_are_kept",
        home.path(),
    );
    assert!(outside.join("precious").exists());
}

fn remove_from_an_overlay(home: &Path) {
    let disk = home.join("disk");
    fs::create_dir(&disk).unwrap();
    mount(&["-t", "tmpfs", "none"], &disk);
    let [lower, upper, work, merged] =
        ["lower", "upper", "work", "merged"].map(|name| disk.join(name));
    // More levels than are held open, side branches, and names of moved folders.
    let deepest = "d/".repeat(3 * MOST_OPEN);
    for place in ["wide/a/0/x", "wide/a/1", "wide/b/c", "busy/a/b", &deepest] {
        fs::create_dir_all(lower.join("folder").join(place)).unwrap();
        fs::write(lower.join("folder").join(place).join("file"), "x").unwrap();
    }
    for place in [&upper, &work, &merged] {
        fs::create_dir(place).unwrap();
    }
    let layers = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.display(),
        upper.display(),
        work.display()
    );
    mount(&["-t", "overlay", "none", "-o", &layers], &merged);
    let folder = merged.join("folder");
    fs::create_dir_all(folder.join("wide/a/new/e")).unwrap();
    let moved = fs::rename(folder.join("wide"), folder.join("elsewhere"));
    assert_eq!(moved.unwrap_err().kind(), io::ErrorKind::CrossesDevices);

    let busy = folder.join("busy/a/b/mounted");
    fs::create_dir(&busy).unwrap();
    mount(&["--bind", home.join("outside").to_str().unwrap()], &busy);
    let error = remove(&folder, PATIENCE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy, "{error}");
    let left: Vec<_> = fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let mut unmount = Command::new("umount");
    assert!(unmount.arg(&busy).status().unwrap().success());
    remove(&folder, PATIENCE).unwrap();
    assert!(!folder.exists());
}
