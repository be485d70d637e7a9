//! The shortest way in: one key pair, made with `art` and renamed, and a host
//! that has the public key where the agent looks for it.

use lab::control::Keys;
use lab::{Lab, package_source, run};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A lab whose job key is a pair that was made and renamed as an operator
/// would.
fn lab_with_renamed_keys() -> Lab {
    let mut lab = Lab::with_keys(Keys::Deployed);
    lab.publish(&package_source(), "tests/package:latest");
    let folder = lab.control.path("");
    run(lab.art().current_dir(&folder).args([
        "pgp",
        "gen",
        "-n",
        "pilot-control",
        "-e",
        "mycompany@email.com",
        "-c",
        "the key pair used by pilotctl service",
    ]));
    let made = ["pilot-control_pub.pgp", "pilot-control_key.pgp"].map(|name| folder.join(name));
    assert_eq!(made.each_ref().map(|file| mode(file)), [0o644, 0o600]);
    for (made, name) in made.iter().zip(["job_pub.pgp", "job_key.pgp"]) {
        fs::rename(made, folder.join(name)).unwrap();
    }
    lab.control.kill();
    lab.control.start_again();
    lab
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[track_caller]
fn assert_runs_a_job_with_the_key_at(place: &str) {
    let lab = lab_with_renamed_keys();
    let host = lab.host_with_key_at(place);
    lab.admit(&host);
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let job = lab.run_job("greet", &host);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(host.agent().log().contains("signature good"));
}

#[test]
fn the_key_is_found_in_the_pilot_folder() {
    assert_runs_a_job_with_the_key_at(".pilot_verify.pgp");
}

#[test]
fn the_key_is_found_in_the_users_home() {
    assert_runs_a_job_with_the_key_at("home/.pilot_verify.pgp");
}
