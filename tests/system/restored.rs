//! Disks from another time: a host's, and control's.

use crate::functions::gate_and_tally;
use lab::host::Host;
use lab::{Barrier, Lab, run};
use needs::{Need, lacks};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Copies a folder as it is.
fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    run(Command::new("cp").arg("-a").args([from, to]));
}

#[test]
fn a_host_restored_from_an_image_runs_nothing_twice_and_goes_on() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    host.kill();
    let image = host.path("image");
    copy(&host.state(), &image);

    host.start();
    host.agent().wait_for("connected to");
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let id = lab.job("tally", &[&host])[0];
    Barrier::reached(&barrier).open();
    assert_eq!(lab.end_of(&host, id)["status"], "succeeded");
    host.kill();
    // So many numbers are reserved at once: the image knows of none of them.
    copy(&image, &host.state());
    host.start();
    host.agent().wait_for("its state was restored or cloned");
    host.agent().wait_for("connected to");

    lab.command("greet", &[("GREETING", "hello")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    assert_eq!(fs::read_to_string(&tally).unwrap(), "run\n");
    let shown = lab.control.rest().get(&format!("/host/{}", host.id()));
    assert_eq!(shown["restored_times"], 1, "{shown}");
}

#[test]
fn a_host_that_lost_its_jobs_reports_that_and_takes_new_ones() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let id = lab.job("tally", &[&host])[0];
    drop(Barrier::reached(&barrier));
    host.kill();
    // Its shim may be writing just now, and goes on elsewhere.
    fs::rename(host.state().join("jobs"), host.path("lost")).unwrap();
    host.start();
    let job_at_control = lab.end_of(&host, id);
    assert_eq!(job_at_control["status"], "interrupted", "{job_at_control}");
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

#[test]
fn control_restored_from_a_backup_gets_the_result_again_and_runs_nothing_twice() {
    let mut lab = Lab::new();
    let mut host = lab.running_host();
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    host.kill();
    let id = lab.job("tally", &[&host])[0];
    let (data, backup) = (lab.control.path("data"), lab.control.path("backup"));
    lab.control.kill();
    copy(&data, &backup);
    lab.control.start_again();
    host.start();
    Barrier::reached(&barrier).open();
    assert_eq!(lab.end_of(&host, id)["status"], "succeeded");

    lab.control.kill();
    copy(&backup, &data);
    lab.control.start_again();
    host.agent().signal("HUP");
    let job_at_control = lab.end_of(&host, id);
    assert_eq!(job_at_control["status"], "succeeded", "{job_at_control}");
    assert_eq!(job_at_control["log"], "begun\nwent on after go\n");
    assert_eq!(fs::read_to_string(&tally).unwrap(), "run\n");
}

/// Has the agent killed at the call by which it notes a job as begun.
fn killed_before_it_begins(host: &mut Host, id: i64) {
    let file = host.job(id).join("started.new").display().to_string();
    let words = [
        "strace",
        "-qq",
        "-o",
        "/dev/null",
        "-P",
        &file,
        "-e",
        "trace=?open,openat",
    ];
    let fault = ["-e", "inject=?open,openat:signal=SIGKILL:when=1"];
    host.wrapper = words
        .iter()
        .chain(&fault)
        .map(|word| (*word).to_owned())
        .collect();
    host.start();
    let (status, log) = host.take_agent().end();
    assert!(!status.success(), "{log}");
    host.wrapper.clear();
    let has = |name: &str| host.job(id).join(name).exists();
    assert!(has("received") && !has("started"), "{log}");
}

#[test]
fn a_job_that_waits_on_an_image_begins_only_if_control_still_has_it() {
    if lacks(&[Need::Program("strace")]) {
        return;
    }
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let id = lab.job("tally", &[&host])[0];
    killed_before_it_begins(&mut host, id);
    let image = host.path("image");
    copy(&host.state(), &image);

    host.start();
    Barrier::reached(&barrier).open();
    assert_eq!(lab.end_of(&host, id)["status"], "succeeded");
    host.kill();

    copy(&image, &host.state());
    host.start();
    host.agent().wait_for("its state was restored or cloned");
    let job_at_control = lab.end_of(&host, id);
    assert_eq!(job_at_control["status"], "succeeded", "{job_at_control}");
    assert_eq!(fs::read_to_string(&tally).unwrap(), "run\n");
    let shown = run(host.pilot().args(["job", "show", &id.to_string()]));
    assert!(shown.contains("cancelled before it began"), "{shown}");
}

#[test]
fn two_copies_of_a_host_that_run_at_once_are_reported_until_that_is_acknowledged() {
    let lab = Lab::without_package();
    let mut original = lab.running_host();
    original.kill();
    let mut copied = lab.host();
    copied.configure("");
    for name in ["state", "machine-id"] {
        copy(&original.path(name), &copied.path(name));
    }
    let id = original.id();
    assert_eq!(copied.id(), id, "nothing tells them apart");
    for host in [&mut original, &mut copied] {
        host.environment.push(("PILOT_WAIT".into(), "1".into()));
        host.start();
    }
    let pilotctl = |arguments: &[&str]| run(lab.control.pilotctl().args(arguments));
    let times = || {
        let shown = pilotctl(&["host", "show", &id, "--json"]);
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["restored_times"].as_u64().unwrap()
    };
    for host in [&original, &copied] {
        host.agent().wait_for("its state was restored or cloned");
    }
    while times() < 2 {
        copied.agent().wait_for("Ping number");
    }
    assert!(pilotctl(&["host", "ls"]).contains("restored or cloned"));
    let shown = pilotctl(&["host", "show", &id]);
    assert!(shown.contains("do two copies of it run?"), "{shown}");

    copied.kill();
    original.kill();
    original.start();
    original.agent().wait_for("connected to");
    pilotctl(&["host", "acknowledge", &id]);
    original.agent().wait_for("Ping number");
    assert_eq!(times(), 0);
    assert!(!pilotctl(&["host", "ls"]).contains("cloned"));
}

#[test]
fn a_host_that_lost_all_of_its_state_enrols_under_another_id() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    let lost = host.id();
    host.kill();
    fs::remove_dir_all(host.state()).unwrap();
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    let orphan = lab.job_for("greet", std::slice::from_ref(&lost))[0];

    lab.enrol(&host);
    assert_ne!(host.id(), lost);
    host.start();
    host.agent().wait_for("connected to");
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    let waiting = lab.control.rest().get(&format!("/job/{orphan}"));
    assert_eq!(waiting["status"], "queued", "it is another host's");
    let shown = run(lab.control.pilotctl().args(["host", "show", &lost]));
    assert!(
        shown.contains("its id was claimed by another key"),
        "{shown}"
    );
}

#[test]
fn a_host_that_control_has_forgotten_reports_that_and_enrols_again() {
    let mut lab = Lab::new();
    lab.control.back_up("backup");
    let mut host = lab.running_host();
    let id = host.id();
    lab.control.kill();
    lab.control.restore("backup");
    lab.control.start_again();
    host.agent().signal("HUP");
    host.agent().wait_for("does not accept this host's key");
    host.agent().signal("TERM");
    assert!(host.take_agent().end().0.success());

    lab.enrol(&host);
    assert_eq!(host.id(), id, "it is still the same one");
    host.start();
    host.agent().wait_for("connected to");
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}
