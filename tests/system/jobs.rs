//! What a job may use of its host, and what it leaves there.

use lab::{Lab, run};
use serde_json::json;
use std::fs;

#[test]
fn a_job_is_held_to_the_limits_of_its_command() {
    let lab = Lab::new();
    let host = lab.running_host();
    let limits = json!({
        "memory": 1_u64 << 30, "file_size": 64 << 20, "descriptors": 99, "cpu": 77,
    });
    lab.command("limits", &[], json!({ "limits": limits }));
    let job = lab.run_job("limits", &host);
    // In the units of ulimit: KiB, blocks of 512 bytes, descriptors, seconds.
    assert_eq!(job["log"], "1048576\n131072\n99\n77\n0\n", "{job}");
    let left = host.job(job["id"].as_i64().unwrap()).join("work");
    assert!(!left.exists(), "the working folder goes with the job");
}

#[test]
fn a_working_folder_is_kept_on_request_and_shown() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("limits", &[], json!({ "keep": true }));
    let job = lab.run_job("limits", &host);
    let id = job["id"].to_string();
    let shown = run(host.pilot().args(["job", "show", &id, "--json"]));
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let kept = shown["kept"].as_str().unwrap();
    assert_eq!(
        fs::read_to_string(format!("{kept}/note")).unwrap(),
        "a note\n"
    );
    let shown = run(host.pilot().args(["job", "show", &id]));
    assert!(shown.contains(&format!("kept       {kept}")), "{shown}");
}
