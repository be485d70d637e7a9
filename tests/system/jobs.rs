//! What a job may use of its host, and what it leaves there.

use lab::host::Host;
use lab::service::Service;
use lab::{Gate, Lab, run};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

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

#[test]
fn a_shim_that_is_killed_takes_its_job_along() {
    let lab = Lab::new();
    let host = lab.running_host();
    let gate = host.path("gate");
    Gate::make(&gate);
    let gate = gate.display().to_string();
    lab.command("hardy", &[("GATE", &gate)], json!({}));
    let [id] = lab.job("hardy", &[&host])[..] else {
        panic!()
    };
    let reached = Gate::reached(&gate);
    // What was printed is known once the shim has taken it.
    let show = ["job", "show", "-f", &id.to_string()];
    Service::start(host.pilot().args(show)).wait_for("left ");
    run(Command::new("kill").args(["-KILL", &shim_of(&host, id).to_string()]));
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "interrupted");
    let log = job["log"].as_str().unwrap();
    let left = log.trim().strip_prefix("left ").unwrap();
    assert!(!is_alive(left), "{job}");
    drop(reached);
}

#[test]
fn the_time_of_the_package_is_told_apart_from_that_of_the_function() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("limits", &[], json!({ "timeout": 30 }));
    let job = lab.run_job("limits", &host);
    let told = |name: &str| job["result"][name].as_u64().unwrap();
    assert!(told("Preparation") > 0, "{job}");
    assert!(told("Milliseconds") < 30_000, "{job}");
    let containment = &job["result"]["Containment"];
    assert!(containment == "cgroup" || containment == "sweep", "{job}");
}

/// Whoever adopted a killed process may leave it unreaped: it has no memory then.
fn is_alive(pid: &str) -> bool {
    let statm = fs::read_to_string(Path::new("/proc").join(pid).join("statm"));
    statm.is_ok_and(|pages| !pages.starts_with("0 "))
}

/// The process whose current folder is that of the job.
fn shim_of(host: &Host, id: i64) -> u32 {
    let folder = host.job(id);
    let is_shim =
        |pid: &u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder);
    let shims = lab::host::processes_below(&host.state());
    shims.into_iter().find(is_shim).unwrap()
}
