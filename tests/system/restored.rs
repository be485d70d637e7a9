//! Disks from another time: a host's, and control's.

use crate::functions::gate_and_tally;
use lab::{Gate, Lab, run};
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
    let [gate, tally] = gate_and_tally(&host);
    lab.command("tally", &[("GATE", &gate), ("TALLY", &tally)], json!({}));
    let id = lab.job("tally", &[&host])[0];
    Gate::reached(&gate).open();
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
fn a_host_that_lost_its_jobs_says_so_and_takes_new_ones() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    let [gate, tally] = gate_and_tally(&host);
    lab.command("tally", &[("GATE", &gate), ("TALLY", &tally)], json!({}));
    let id = lab.job("tally", &[&host])[0];
    drop(Gate::reached(&gate));
    host.kill();
    // Its shim may be writing just now, and goes on elsewhere.
    fs::rename(host.state().join("jobs"), host.path("lost")).unwrap();
    host.start();
    let told = lab.end_of(&host, id);
    assert_eq!(told["status"], "interrupted", "{told}");
    lab.command("greet", &[("GREETING", "hello")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

#[test]
fn control_restored_from_a_backup_gets_the_result_again_and_runs_nothing_twice() {
    let mut lab = Lab::new();
    let mut host = lab.running_host();
    let [gate, tally] = gate_and_tally(&host);
    lab.command("tally", &[("GATE", &gate), ("TALLY", &tally)], json!({}));
    host.kill();
    let id = lab.job("tally", &[&host])[0];
    let (data, backup) = (lab.control.path("data"), lab.control.path("backup"));
    lab.control.kill();
    copy(&data, &backup);
    lab.control.start_again();
    host.start();
    Gate::reached(&gate).open();
    assert_eq!(lab.end_of(&host, id)["status"], "succeeded");

    lab.control.kill();
    copy(&backup, &data);
    lab.control.start_again();
    host.agent().signal("HUP");
    let told = lab.end_of(&host, id);
    assert_eq!(told["status"], "succeeded", "{told}");
    assert_eq!(told["log"], "begun\nwent on after go\n");
    assert_eq!(fs::read_to_string(&tally).unwrap(), "run\n");
}
