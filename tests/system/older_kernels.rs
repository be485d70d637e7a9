//! Kernels that lack what newer ones have: it is done without, and the doctor says
//! what that costs.

use lab::host::Host;
use lab::older_kernel::{self, LINUX_4_9};
use lab::{Lab, output_text, run};
use needs::{Need, lacks};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// A running host on a kernel without these means.
fn host_without(lab: &Lab, means: &str) -> Host {
    let mut host = lab.host();
    host.wrapper = older_kernel::without(means, &host.path(""));
    lab.enrol(&host);
    host.start();
    host.agent().wait_for("connected to");
    host
}

/// What the other tests rely on.
#[test]
fn what_came_after_linux_4_9_is_not_there() {
    if lacks(&[Need::Program("strace")]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let starter = older_kernel::without(LINUX_4_9, folder.path());
    let mut traced = Command::new("strace");
    traced.args(["-f", "-e", "trace=statx"]).args(&starter);
    let output = traced.args(["stat", "-c", "%F", "/"]).output().unwrap();
    let said = output_text(&output);
    let of_statx = || said.lines().filter(|line| line.contains("statx("));
    assert!(of_statx().count() > 0, "{said}");
    assert!(of_statx().all(|line| line.contains("ENOSYS")), "{said}");
    assert!(said.contains("directory"), "an older call serves: {said}");
}

#[test]
fn an_agent_on_linux_4_9_runs_jobs_and_ends_them() {
    let lab = Lab::new();
    let host = host_without(&lab, LINUX_4_9);
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let job = lab.run_job("greet", &host);
    assert_eq!(job["status"], "succeeded", "{job}");
    lab.command("endless", &[], json!({ "timeout": 2 }));
    let job = lab.run_job("endless", &host);
    assert_eq!(job["status"], "timed_out", "{job}");
    let log = job["log"].as_str().unwrap().trim();
    let left = log.strip_prefix("left ").unwrap();
    assert!(!Path::new("/proc").join(left).exists(), "{job}");
}

#[test]
fn the_doctor_says_what_linux_4_9_lacks_and_what_has_it() {
    let lab = Lab::without_package();
    let host = host_without(&lab, LINUX_4_9);
    let doctor = run(host.pilot().arg("doctor"));
    for text in [
        "seccomp, without Landlock",
        "Landlock: 5.13",
        "by their numbers",
        "pidfd_open: 5.3",
    ] {
        assert!(doctor.contains(text), "{text}: {doctor}");
    }
}

/// Where nothing would hold together what a job starts, it is not started.
#[test]
fn a_job_is_in_a_cgroup_where_its_orphans_cannot_be_adopted() {
    if lacks(&[Need::Root, Need::MountNamespace]) {
        return;
    }
    let lab = Lab::new();
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let mut host = host_without(&lab, "adoption");
    let job = lab.run_job("greet", &host);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert_eq!(job["result"]["Containment"], "cgroup", "{job}");

    host.kill();
    let hide = "mount -t tmpfs none /sys/fs/cgroup && exec \"$@\"";
    let hidden = ["unshare", "--mount", "sh", "-c", hide, "sh"].map(str::to_owned);
    host.wrapper.splice(..0, hidden);
    host.start();
    host.agent().wait_for("connected to");
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["log"]),
        (&json!("failed"), &json!(""))
    );
    let why = job["result"]["Err"].as_str().unwrap();
    assert!(why.contains("give the agent one"), "{why}");
}

#[test]
fn an_agent_works_on_a_kernel_without_the_means_for_a_sandbox() {
    let lab = Lab::new();
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    for (lacking, text) in [
        ("landlock", "seccomp, without Landlock"),
        ("seccomp", "), without seccomp"),
        (
            "landlock,seccomp",
            "limits alone, without Landlock and seccomp",
        ),
    ] {
        let host = host_without(&lab, lacking);
        let job = lab.run_job("greet", &host);
        assert_eq!(job["status"], "succeeded", "{lacking}: {job}");
        let doctor = run(host.pilot().arg("doctor"));
        assert!(doctor.contains(text), "{lacking}: {doctor}");
    }
}
