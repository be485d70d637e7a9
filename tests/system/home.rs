//! The folder of the agent's state, and what may happen to it.

use crate::complaints::{assert_complains, bare_host, complaint};
use lab::Lab;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

#[test]
fn a_home_of_another_user_is_left_alone() {
    let (_folder, host) = bare_host();
    fs::create_dir(host.state()).unwrap();
    // A user who cannot give a folder away uses one of root's.
    let given_away = chown(host.state(), Some(65_534), None).is_ok();
    let home = if given_away {
        host.state()
    } else {
        "/usr".into()
    };
    host.configure("");
    let pilot = || {
        let mut pilot = host.pilot();
        pilot.env("PILOT_HOME", &home);
        pilot
    };
    let code = format!("pilot1.{}..", "A".repeat(22));
    host.write("code", &code);
    let words = ["belongs to another user", "PILOT_HOME"];
    assert_complains(&mut pilot(), 78, &words);
    assert_complains(
        pilot().args(["enrol", "https://127.0.0.1:1", "--code-file", "code"]),
        78,
        &words,
    );
    assert!(!home.join("lock").exists());
}

#[test]
fn a_home_that_is_open_to_others_is_closed() {
    let (_folder, mut host) = bare_host();
    fs::create_dir(host.state()).unwrap();
    fs::set_permissions(host.state(), fs::Permissions::from_mode(0o755)).unwrap();
    host.configure("");
    host.start();
    host.agent().wait_for("was open to other users");
    assert_eq!(fs::metadata(host.state()).unwrap().mode() & 0o777, 0o700);
}

/// Every name below a folder, with its permissions and when it last changed.
pub fn traces(folder: &Path) -> Vec<(String, u32, i64, i64)> {
    let mut all = vec![];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let found = entry.metadata().unwrap();
        let name = entry.path().display().to_string();
        all.push((name, found.mode(), found.ctime(), found.ctime_nsec()));
        if found.is_dir() {
            all.extend(traces(&entry.path()));
        }
    }
    all.sort();
    all
}

#[test]
fn asking_for_the_status_changes_nothing() {
    let (_folder, host) = bare_host();
    host.configure("");
    let (status, text) = complaint(host.pilot().arg("status"));
    assert_eq!(status, Some(0), "{text}");
    assert!(!host.state().exists(), "no folder is made");

    let lab = Lab::without_package();
    let host = lab.running_host();
    // The next ping comes after everything of the first is on disk.
    host.agent().wait_for("Ping number");
    let before = traces(&host.state());
    let (_, text) = complaint(host.pilot().arg("status"));
    assert!(text.contains("agent        running"), "{text}");
    assert_eq!(traces(&host.state()), before);
}
