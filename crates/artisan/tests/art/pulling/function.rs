//! Credentials and settings: for art, and not for the function.

use super::*;
use crate::home::succeeded;
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

#[test]
fn a_function_sees_its_own_folder_and_nothing_that_is_for_art() {
    let fixture = Fixture::new();
    let mut exe = fixture.exe();
    exe.env("ART_REG_USER", "ann")
        .env("ART_REG_PWD", "hunter2")
        .env("INPUT", "seen");
    exe.env("ART_PHASE_FILE", fixture.host.path("phase"));
    let printed = succeeded(&mut exe);
    assert!(
        printed.starts_with(fixture.host.path("art/run").to_str().unwrap()),
        "{printed}"
    );
    assert!(printed.contains("\nINPUT=seen\n") && printed.contains("\nART_FX_NAME=f\n"));
    for hidden in [
        "hunter2",
        "ART_REG_",
        "ART_VERIFY_KEYS",
        "ART_PHASE_FILE",
        "ARTISAN_HOME",
    ] {
        assert!(!printed.contains(hidden), "{hidden} in {printed}");
    }
    assert_eq!(fs::read(fixture.host.path("phase")).unwrap(), b"run\n");
    assert!(fixture.host.left_behind().is_empty());
}

/// Gives a folder and its content to another user.
fn give_away(path: &Path) {
    chown(path, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

/// Root may read everything: as root, this is tried as another user.
#[test]
fn a_function_cannot_read_the_password_from_art_itself() {
    let fixture = Fixture::new();
    fixture.publish("  - name: look\n    export: true\n    run: [cat /proc/$PPID/environ]\n");
    let (art, keys) = (fixture.host.path("art-copy"), fixture.host.path("keys.pgp"));
    // Not by this process: its other tests' children would keep it open.
    succeeded(Command::new("cp").args([env!("CARGO_BIN_EXE_art").as_ref(), art.as_path()]));
    fs::copy(fixture.publisher.path("publisher_pub.pgp"), &keys).unwrap();
    let prepared = fixture.host.art_with(&fixture.registry);
    let mut exe = Command::new(art);
    exe.env_clear()
        .envs(
            prepared
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("ART_VERIFY_KEYS", keys)
        .env("ART_REG_USER", "ann")
        .env("ART_REG_PWD", "hunter2")
        .args(["exe", &fixture.registry.name(), "look"]);
    if rustix::process::getuid().is_root() {
        give_away(&fixture.host.path(""));
        exe.uid(OTHER_USER).gid(OTHER_USER);
    }
    let output = exe.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("Permission denied"), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn credentials_go_to_the_registry() {
    let fixture = Fixture::new();
    succeeded(
        fixture
            .exe()
            .env("ART_REG_USER", "ann")
            .env("ART_REG_PWD", "hunter2"),
    );
    for request in fixture.registry.requests() {
        assert_eq!(
            request.authorization.as_deref(),
            Some("Basic YW5uOmh1bnRlcjI=")
        );
    }
}
