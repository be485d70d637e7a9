//! The packages in `examples/`, and our own build file.

use crate::home::{Home, failed, succeeded};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(home: &Home, example: &str, function: &str) -> Command {
    let mut command = home.art();
    command
        .args(["run", function])
        .arg(repository().join("examples").join(example));
    command
}

#[test]
fn they_can_be_built() {
    let home = Home::new();
    for example in ["hello", "ops"] {
        let folder = repository().join("examples").join(example);
        succeeded(
            home.art()
                .args(["build", "-t", "r.example.com/a"])
                .arg(folder),
        );
    }
}

#[test]
fn our_own_build_file_builds_the_agent() {
    let error = failed(Home::new().art().args(["run", "?"]).arg(repository()), 123);
    assert!(error.contains("build-linux, test"), "{error}");
}

#[test]
fn hello_greets_on_both_streams() {
    let output = run(&Home::new(), "hello", "hello")
        .env("GREETING", "hi  there")
        .output()
        .unwrap();
    assert!(output.stdout.starts_with(b"hi  there from "));
    assert_eq!(output.stderr, b"this is hello of a local folder\n");
}

#[test]
fn slow_counts_for_the_given_time() {
    let printed = succeeded(run(&Home::new(), "hello", "slow").env("DURATION", "1"));
    assert_eq!(printed, "second 1 of 1\ndone\n");
}

#[test]
fn a_full_disk_is_a_failure() {
    let home = Home::new();
    assert!(succeeded(run(&home, "ops", "disk-usage").env("FULL", "101")).contains("Filesystem"));
    let error = failed(run(&home, "ops", "disk-usage").env("FULL", "0"), 1);
    assert!(error.contains("used to 0% or more: /"), "{error}");
    failed(run(&home, "ops", "disk-usage").env("FULL", "1; id"), 123);
}

#[test]
fn a_file_is_replaced_with_mode_and_link_kept() {
    let home = Home::new();
    let (file, link) = (home.path("a file"), home.path("link"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    let content = "new \"$(id)\"\n\n";
    let mut replace = run(&home, "ops", "replace-file");
    replace.env("TARGET", &link).env("CONTENT", content);
    assert!(succeeded(&mut replace).contains("is replaced"));
    assert!(succeeded(&mut replace).contains("already"));
    assert_eq!(fs::read_to_string(&file).unwrap(), content);
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(link.is_symlink());
    let entries: Vec<_> = fs::read_dir(home.path(""))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(entries.len(), 3, "{entries:?}");
}

#[test]
fn only_a_file_that_is_there_is_replaced() {
    let home = Home::new();
    for (target, code) in [("relative", 2), ("/nowhere/at/all", 1), ("/tmp", 1)] {
        let mut replace = run(&home, "ops", "replace-file");
        failed(replace.env("TARGET", target).env("CONTENT", "x"), code);
    }
}

/// Stands in for systemctl and rc-service: restarts well, and is as active as
/// `ACTIVE` says.
const SERVICES: &str = "#!/bin/sh\ncase \"$*\" in\n  *restart*) exit 0 ;;\n  *is-active* | *-q*) exit \"$ACTIVE\" ;;\nesac\necho it has crashed\n";

#[test]
fn a_service_must_run_after_its_restart() {
    let home = Home::new();
    for name in ["systemctl", "rc-service"] {
        let path = home.path(name);
        fs::write(&path, SERVICES).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!(
        "{}:{}",
        home.path("").display(),
        std::env::var("PATH").unwrap()
    );
    let restart = |active: &str, service: &str| {
        let mut restart = run(&home, "ops", "restart-service");
        restart.envs([
            ("PATH", path.as_str()),
            ("SETTLE", "0"),
            ("ACTIVE", active),
            ("SERVICE", service),
        ]);
        restart
    };
    assert!(succeeded(&mut restart("0", "nginx")).contains("restarted and running"));
    let error = failed(&mut restart("3", "nginx"), 1);
    assert!(
        error.contains("is not running") && error.contains("it has crashed"),
        "{error}"
    );
    failed(&mut restart("0", "--no-block"), 2);
}
