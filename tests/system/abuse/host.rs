//! What the agent's own surroundings could be made to do to it.

use lab::host::Host;
use lab::service::Service;
use lab::{Lab, clean};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Starts the agent from a shell that first says `prelude`.
fn start_after(host: &Host, prelude: &str) -> Service {
    let mut shell = clean(Path::new("/bin/sh"));
    shell
        .env("HOME", host.path("home"))
        .env("PILOT_LOG_LEVEL", "debug")
        .current_dir(host.path(""))
        .args(["-c", &format!("{prelude}; exec ./pilot")]);
    Service::start(&mut shell)
}

fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_path_buf()];
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(all_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn abuse_a_umask_of_zero_opens_nothing() {
    let lab = Lab::new();
    let host = lab.host();
    host.write("code", &lab.control.invite());
    host.configure("");
    let enrol = format!(
        "umask 0; ./pilot enrol {} --code-file code",
        lab.control.url()
    );
    let agent = start_after(&host, &enrol);
    agent.wait_for("connected to");
    lab.command("greet", &[("GREETING", "Hello")], serde_json::json!({}));
    let [id] = lab.job("greet", &[&host])[..] else {
        panic!("one job")
    };
    agent.wait_for(&format!("job {id} is reported"));
    // What packages bring is theirs; the runner keeps it in a private folder.
    let artisan = host.state().join("artisan");
    for path in all_below(&host.state()) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        let is_package = path.starts_with(&artisan) && path != artisan;
        assert!(
            is_package || mode == expected,
            "{}: {mode:o}",
            path.display()
        );
    }
}

/// Jobs do not inherit a descriptor that the agent's parent left open.
#[test]
fn abuse_inherited_descriptors_reach_no_job() {
    let lab = Lab::new();
    let host = lab.enrolled_host();
    host.write("treasure", "gold");
    let listing = host.path("listing");
    let runner = format!("#!/bin/sh\nls -l /proc/self/fd > {}\n", listing.display());
    host.write("runner", &runner);
    let executable = fs::Permissions::from_mode(0o700);
    fs::set_permissions(host.path("runner"), executable).unwrap();
    let prelude = "export PILOT_ART=$PWD/runner; exec 8> other; exec 9< treasure";
    let agent = start_after(&host, prelude);
    agent.wait_for("connected to");
    lab.command("greet", &[("GREETING", "Hello")], serde_json::json!({}));
    let [id] = lab.job("greet", &[&host])[..] else {
        panic!("one job")
    };
    agent.wait_for(&format!("job {id} is reported"));
    let listing = fs::read_to_string(listing).unwrap();
    assert!(listing.contains(" 1 -> "), "{listing}");
    assert!(
        !listing.contains("treasure") && !listing.contains("other"),
        "{listing}"
    );
}
