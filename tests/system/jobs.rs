//! What a job may use of its host, and what it leaves there.

use lab::host::Host;
use lab::service::{Service, signal};
use lab::{Barrier, Lab, run};
use needs::{Need, lacks};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
    let left = host
        .job(job["id"].as_str().unwrap().parse().unwrap())
        .join("work");
    assert!(!left.exists(), "the working folder goes with the job");
}

#[test]
fn a_working_folder_is_kept_on_request_and_shown() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("limits", &[], json!({ "keep": true }));
    let job = lab.run_job("limits", &host);
    let id = job["id"].as_str().unwrap().to_owned();
    let shown = run(host.pilot().args(["job", "show", &id, "--json"]));
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let ids = [&shown["id"], &shown["result"]["JobId"]];
    assert_eq!(ids, [id.as_str(), id.as_str()], "no program rounds text");
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
    let barrier = host.path("barrier");
    Barrier::make(&barrier);
    let barrier = barrier.display().to_string();
    lab.command("hardy", &[("BARRIER", &barrier)], json!({}));
    let [id] = lab.job("hardy", &[&host])[..] else {
        panic!()
    };
    let reached = Barrier::reached(&barrier);
    // What was printed is known once the shim has taken it.
    let show = ["job", "show", "-f", &id.to_string()];
    Service::start(host.pilot().args(show)).wait_for("left ");
    assert!(signal(shim_of(&host, id), "KILL"));
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "interrupted");
    let log = job["log"].as_str().unwrap();
    let left = log.trim().strip_prefix("left ").unwrap();
    assert!(!is_alive(left), "{job}");
    drop(reached);
}

#[test]
fn preparation_and_function_are_timed_separately() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("limits", &[], json!({ "timeout": 30 }));
    let job = lab.run_job("limits", &host);
    let time_of = |name: &str| job["result"][name].as_u64().unwrap();
    assert!(time_of("Preparation") > 0, "{job}");
    assert!(time_of("Milliseconds") < 30_000, "{job}");
    let containment = &job["result"]["Containment"];
    assert!(containment == "cgroup" || containment == "sweep", "{job}");
}

/// An unprivileged user that every system has, and its number.
const SOMEBODY: (&str, &str) = ("nobody", "65534");

#[test]
fn a_job_of_another_user_sees_nothing_of_the_agent() {
    if lacks(&[Need::Root]) {
        return;
    }
    let lab = Lab::new();
    fs::set_permissions(lab.path(""), Permissions::from_mode(0o711)).unwrap();
    let mut host = lab.enrolled_host();
    let state = host.state().display().to_string();
    lab.command("curious", &[("TALLY", &state)], json!({}));
    host.start();
    host.agent().wait_for("connected to");
    let log = |host: &Host| {
        let job = lab.run_job("curious", host);
        assert_eq!(job["status"], "succeeded", "{job}");
        job["log"].as_str().unwrap().to_owned()
    };
    let as_root = log(&host);
    assert!(as_root.starts_with("user 0 "), "{as_root}");
    for can in ["can read identity", "can read started", "can list"] {
        assert!(as_root.contains(can), "{can}: {as_root}");
    }

    drop(host.take_agent());
    host.configure(&format!("PILOT_JOB_USER={}", SOMEBODY.0));
    host.start();
    host.agent().wait_for("connected to");
    for _ in 0..2 {
        let number = SOMEBODY.1;
        let all = format!("user {number} groups {number}\nwrote\n");
        assert_eq!(log(&host), all, "and nothing else");
    }
}

#[test]
fn a_user_that_is_not_there_runs_no_job() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_JOB_USER=nobody-of-this-name");
    host.start();
    host.agent().wait_for("connected to");
    lab.command("limits", &[], json!({}));
    let job = lab.run_job("limits", &host);
    assert_eq!(job["status"], "failed");
    let text = job["result"]["Err"].as_str().unwrap();
    assert!(
        text.contains("PILOT_JOB_USER=nobody-of-this-name"),
        "{text}"
    );
}

#[test]
fn what_a_function_started_has_its_grace_to_clean_up() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    let tally = host.path("tally");
    host.configure("PILOT_GRACE=60");
    host.start();
    host.agent().wait_for("connected to");
    let inputs = [("TALLY", tally.to_str().unwrap())];
    lab.command("careful", &inputs, json!({ "timeout": 2 }));
    let job = lab.run_job("careful", &host);
    assert_eq!(job["status"], "timed_out", "{job}");
    assert_eq!(fs::read_to_string(tally).unwrap(), "cleaned up\n");
    assert!(job["result"].get("Survivors").is_none(), "{job}");
}

/// The process that adopted a killed one may not have reaped it yet: it has no memory then.
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

#[test]
fn wait_reports_each_end_and_the_remaining_jobs() {
    let lab = Lab::new();
    let here = lab.running_host();
    let mut away = lab.enrolled_host();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let mut wait = lab.control.pilotctl();
    wait.args(["job", "run", &here.id(), &away.id()]);
    let waiting = Service::start(wait.args(["--cmd", "greet", "--wait"]));
    waiting.wait_for(" succeeded on ");
    waiting.wait_for("Hi from greet");
    let text = waiting.wait_for("waiting for 1 of 2 jobs");
    assert!(text.contains(" queued)"), "{text}");
    away.start();
    waiting.wait_for(" succeeded on ");
    let (status, output) = waiting.end();
    assert!(status.success(), "{output}");
    assert_eq!(output.matches("Hi from greet").count(), 2, "{output}");
}
