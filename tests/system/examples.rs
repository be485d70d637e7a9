//! The packages of `examples/`, on a host.

use lab::Lab;
use lab::host::Host;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// A lab with an example in its registry, and a host.
fn lab_with(example: &str) -> (Lab, Host) {
    let lab = Lab::without_package();
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(example);
    lab.publish(&source, &format!("examples/{example}:latest"));
    let host = lab.running_host();
    (lab, host)
}

/// Runs a function of an example and returns the job.
fn run(lab: &Lab, host: &Host, example: &str, function: &str, inputs: &[(&str, &str)]) -> Value {
    let package = lab.package(&format!("examples/{example}:latest"));
    lab.command(function, inputs, json!({ "package": package }));
    lab.run_job(function, host)
}

fn log(job: &Value) -> &str {
    job["log"].as_str().unwrap()
}

#[test]
fn hello_greets() {
    let (lab, host) = lab_with("hello");
    let job = run(
        &lab,
        &host,
        "hello",
        "hello",
        &[("GREETING", "good morning")],
    );
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(log(&job).contains("good morning from "), "{job}");
    assert!(log(&job).contains("this is hello of "), "{job}");

    let job = run(&lab, &host, "hello", "slow", &[("SECONDS", "1")]);
    assert_eq!(log(&job), "second 1 of 1\ndone\n", "{job}");
}

#[test]
fn disk_usage_fails_only_when_a_file_system_is_too_full() {
    let (lab, host) = lab_with("ops");
    // No file system is used to 101 percent, and every one to nothing or more.
    let job = run(&lab, &host, "ops", "disk-usage", &[("FULL", "101")]);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(log(&job).starts_with("Filesystem"), "{job}");

    let job = run(&lab, &host, "ops", "disk-usage", &[("FULL", "0")]);
    assert_eq!(job["status"], "failed", "{job}");
    assert_eq!(job["result"]["ExitCode"], 1, "{job}");
    assert!(log(&job).contains("used to 0% or more: /"), "{job}");

    let job = run(&lab, &host, "ops", "disk-usage", &[("FULL", "$(id)")]);
    assert_eq!(job["result"]["ExitCode"], 2, "{job}");
    assert!(log(&job).contains("not '$(id)'"), "{job}");
}

#[test]
fn replace_file_replaces_in_one_step_and_keeps_the_mode() {
    const NEW: &str = "line 1\n\"$(touch oops)\" `touch oops` $HOME ; 'ü' \\n\n";
    let (lab, host) = lab_with("ops");
    let folder = host.path("etc");
    fs::create_dir(&folder).unwrap();
    let target = folder.join("a file.conf");
    fs::write(&target, "old\n").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let mut reader = File::open(&target).unwrap();

    let inputs = [("TARGET", target.to_str().unwrap()), ("CONTENT", NEW)];
    let job = run(&lab, &host, "ops", "replace-file", &inputs);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert_eq!(fs::read_to_string(&target).unwrap(), NEW);
    let replaced = fs::metadata(&target).unwrap();
    assert_eq!(replaced.permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing else");

    // Whoever had the file open still sees the old one, whole.
    let mut seen = String::new();
    reader.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "old\n");

    let job = run(&lab, &host, "ops", "replace-file", &inputs);
    assert!(log(&job).contains("has this content already"), "{job}");
    assert_eq!(fs::metadata(&target).unwrap().ino(), replaced.ino());
}

#[test]
fn replace_file_makes_no_new_file() {
    let (lab, host) = lab_with("ops");
    let nowhere = host.path("nowhere");
    let inputs = [("TARGET", nowhere.to_str().unwrap()), ("CONTENT", "new")];
    let job = run(&lab, &host, "ops", "replace-file", &inputs);
    assert_eq!(job["result"]["ExitCode"], 1, "{job}");
    assert!(log(&job).contains("there is no file"), "{job}");
    assert!(!nowhere.exists());
}
