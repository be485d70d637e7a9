//! Cancelling a job, wherever it is.

use crate::functions::gate_and_tally;
use lab::host::{Host, processes_below};
use lab::relay::Relay;
use lab::wait::wait_for;
use lab::{Barrier, Lab, output_text, run};
use serde_json::json;
use std::path::Path;

/// Defines a job that counts its runs and waits; returns its barrier and its tally.
fn define(lab: &Lab, host: &Host) -> [String; 2] {
    let [barrier, tally] = gate_and_tally(host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    [barrier, tally]
}

fn cancel(lab: &Lab, id: i64) -> String {
    let id = id.to_string();
    run(lab.control.pilotctl().args(["job", "cancel", &id]))
}

fn status(lab: &Lab, id: i64) -> serde_json::Value {
    lab.control.rest().get(&format!("/job/{id}"))["status"].clone()
}

#[test]
fn a_job_that_waits_for_its_host_is_cancelled_at_once_and_never_runs() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    let [_, tally] = define(&lab, &host);
    let id = lab.job("tally", &[&host])[0];
    assert!(cancel(&lab, id).contains("had not begun"));
    assert_eq!(status(&lab, id), "cancelled");
    assert!(cancel(&lab, id).contains("nothing was changed"));
    host.start();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    assert!(!Path::new(&tally).exists());
}

#[test]
fn a_job_whose_offer_was_lost_is_cancelled_and_never_runs() {
    let lab = Lab::new();
    let relay = Relay::to(lab.control.authority());
    let mut host = lab.enrolled_host();
    host.configure(&format!("PILOT_CTL_URI={}", relay.url()));
    host.start();
    host.agent().wait_for("connected to");
    let [_, tally] = define(&lab, &host);
    relay.lose_answers(true);
    let id = lab.job("tally", &[&host])[0];
    host.agent().wait_for(" WARN ");
    assert!(relay.lost() > 0, "it was offered");
    assert!(cancel(&lab, id).contains("is being cancelled"));
    relay.lose_answers(false);
    host.agent().signal("HUP");
    wait_for("the end of the job", || status(&lab, id) == "cancelled");
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
    assert!(!Path::new(&tally).exists());
}

#[test]
fn a_running_job_is_cancelled_though_its_agent_and_control_restart() {
    let mut lab = Lab::new();
    let mut host = lab.running_host();
    let [barrier, _] = define(&lab, &host);
    let id = lab.job("tally", &[&host])[0];
    let _gate = Barrier::reached(barrier);
    wait_for("control's note", || status(&lab, id) == "received");
    host.kill();
    assert!(cancel(&lab, id).contains("is being cancelled"));
    assert_eq!(status(&lab, id), "cancelling");
    lab.control.kill();
    lab.control.start_again();
    assert_eq!(status(&lab, id), "cancelling");
    host.start();
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "cancelled", "{job}");
    assert_eq!(job["log"], "begun\n", "{job}");
}

#[test]
fn a_cancel_that_comes_after_the_end_changes_nothing() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    let [barrier, _] = define(&lab, &host);
    let id = lab.job("tally", &[&host])[0];
    let barrier = Barrier::reached(barrier);
    wait_for("control's note", || status(&lab, id) == "received");
    // It ends when control cannot hear of it.
    host.kill();
    barrier.open();
    let home = host.path("");
    wait_for("the end of the shim", || processes_below(&home).is_empty());
    assert!(cancel(&lab, id).contains("is being cancelled"));
    host.start();
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "succeeded", "{job}");
    let said = cancel(&lab, id);
    assert!(said.contains("had ended already: succeeded"), "{said}");
    assert_eq!(status(&lab, id), "succeeded");
}

#[test]
fn an_unknown_job_cannot_be_cancelled() {
    let lab = Lab::without_package();
    let mut unknown = lab.control.pilotctl();
    let output = unknown.args(["job", "cancel", "12345"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", output_text(&output));
    assert!(
        output_text(&output).contains("12345"),
        "{}",
        output_text(&output)
    );
}
