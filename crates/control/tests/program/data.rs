//! The service's data and their key: made for their owner alone, backed up whole.

use super::fixture::{Fixture, PASSWORD, pilotctl, run, stderr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

#[test]
fn a_backup_that_fails_leaves_nothing_and_blocks_nobody() {
    let fixture = Fixture::new();
    let packages = fixture.path("data/packages");
    std::fs::create_dir_all(packages.join("ops%2Fhello")).unwrap();
    // No user can copy a link to nothing, not even root.
    let broken = packages.join("ops%2Fhello/1.zip");
    std::os::unix::fs::symlink("nowhere", &broken).unwrap();
    let backup = || {
        run(pilotctl()
            .args(["backup", "--data"])
            .arg(fixture.path("data"))
            .arg("-o")
            .arg(fixture.path("backups/control")))
    };
    let failed = backup();
    assert_eq!(failed.status.code(), Some(1), "{}", stderr(&failed));
    let left = std::fs::read_dir(fixture.path("backups")).unwrap().count();
    assert_eq!(left, 0, "{}", stderr(&failed));
    std::fs::remove_file(&broken).unwrap();
    let made = backup();
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(fixture.path("backups/control/pilotctl.db").is_file());
    let again = backup();
    assert!(
        stderr(&again).contains("not replaced"),
        "{}",
        stderr(&again)
    );
}

#[test]
fn a_backup_that_is_interrupted_leaves_nothing() {
    let fixture = Fixture::new();
    let archives = fixture.path("data/packages/ops%2Fhello");
    std::fs::create_dir_all(&archives).unwrap();
    // Nobody writes to it: the copy waits there.
    let made = Command::new("mkfifo").arg(archives.join("1.zip")).status();
    assert!(made.unwrap().success());
    let backups = fixture.path("backups");
    let begun = backups.join(".unfinished-control/packages/ops%2Fhello");
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut backup = pilotctl()
            .args(["backup", "--data"])
            .arg(fixture.path("data"))
            .arg("-o")
            .arg(backups.join("control"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !begun.exists() {
            assert!(backup.try_wait().unwrap().is_none(), "it waits");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(lab::service::signal(backup.id(), signal));
        assert_eq!(backup.wait().unwrap().code(), Some(code), "{signal}");
        assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 0, "{signal}");
    }
}

#[test]
fn secrets_are_written_for_their_owner_alone() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let code = fixture.path("code");
    let output = code.to_str().unwrap();
    let invited = fixture.client(&served.url, PASSWORD, &["host", "invite", "-o", output]);
    assert!(invited.status.success(), "{}", stderr(&invited));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["code", "tls/ca.key", "tls/server.key", "data/pilotctl.db"] {
        assert_eq!(mode(&fixture.path(name)), 0o600, "{name}");
    }
    for name in ["tls", "data"] {
        assert_eq!(mode(&fixture.path(name)), 0o700, "{name}");
    }
    served.stop();
}

#[test]
fn a_full_disk_is_a_failure_and_no_panic() {
    let fixture = Fixture::new();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let list = pilotctl()
        .args(["user", "ls", "--data"])
        .arg(fixture.path("data"))
        .stdout(full.unwrap())
        .output()
        .unwrap();
    assert_eq!(list.status.code(), Some(1));
    assert!(
        stderr(&list).contains("standard output"),
        "{}",
        stderr(&list)
    );
}

#[test]
fn a_misspelt_data_folder_is_not_made() {
    let fixture = Fixture::new();
    let folder = fixture.path("misspelt");
    let list = run(pilotctl().args(["user", "ls", "--data"]).arg(&folder));
    assert_eq!(list.status.code(), Some(1));
    assert!(!folder.exists());
}

/// Runs `pilotctl` from a shell with a umask of zero.
fn run_with_open_umask(arguments: &[&str]) -> Output {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().args(["-c", r#"umask 0; exec "$0" "$@""#]);
    run(shell.arg(env!("CARGO_BIN_EXE_pilotctl")).args(arguments))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn abuse_a_umask_of_zero_opens_no_key_and_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).to_str().unwrap().to_owned();
    std::fs::write(path("password"), PASSWORD).unwrap();
    let added = run_with_open_umask(&[
        "user",
        "add",
        "ada",
        "--data",
        &text("data"),
        "--password-file",
        &text("password"),
    ]);
    assert!(added.status.success(), "{}", stderr(&added));
    assert!(
        stderr(&added).contains("keep a copy of it"),
        "{}",
        stderr(&added)
    );
    let made = run_with_open_umask(&["store", "make-key", &text("other.key")]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert_eq!(mode(&path("data")), 0o700);
    for file in ["data.key", "other.key", "data/pilotctl.db"] {
        assert_eq!(mode(&path(file)), 0o600, "{file}");
    }
    let again = run_with_open_umask(&["store", "make-key", &text("other.key")]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        stderr(&again).contains("not replaced"),
        "{}",
        stderr(&again)
    );
}

#[test]
fn the_key_of_the_database_is_replaced_while_the_service_is_stopped_and_missed_when_it_is_gone() {
    let fixture = Fixture::new();
    let key = fixture.path("data.key");
    let rekey = || {
        run(pilotctl()
            .args(["store", "rekey", "--data"])
            .arg(fixture.path("data")))
    };
    let first = std::fs::read(&key).unwrap();
    let served = fixture.serve();
    let refused = rekey();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("in use"), "{}", stderr(&refused));
    served.stop();
    assert!(rekey().status.success());
    assert_eq!(mode(&key), 0o600);
    let second = std::fs::read(&key).unwrap();
    assert_ne!(first, second);
    fixture.serve().stop();

    for (content, word) in [
        (None, "restore it from its backup"),
        (Some(first), "this database has key"),
    ] {
        let _ = std::fs::remove_file(&key);
        if let Some(content) = content {
            std::fs::write(&key, content).unwrap();
        }
        let refused = run(&mut fixture.serve_command());
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(word), "{}", stderr(&refused));
    }
    let elsewhere = fixture.path("elsewhere.key");
    std::fs::write(&elsewhere, second).unwrap();
    let mut listing = pilotctl();
    listing
        .args(["user", "ls", "--data"])
        .arg(fixture.path("data"));
    let listed = run(listing.arg("--store-key").arg(elsewhere));
    assert!(listed.status.success(), "{}", stderr(&listed));
}
