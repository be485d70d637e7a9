//! What a job prints, while it runs.

use crate::functions::gate_and_tally;
use crate::recovery::one_process;
use lab::host::{Host, processes_below};
use lab::service::{Service, signal};
use lab::{Barrier, Lab, run};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

/// Begins a job that waits at a barrier, and waits until it is there.
fn begin(lab: &Lab, host: &Host, function: &str) -> (i64, Barrier) {
    let [barrier, tally] = gate_and_tally(host);
    let inputs = [("BARRIER", barrier.as_str()), ("TALLY", tally.as_str())];
    let inputs = if function == "tally" {
        &inputs[..]
    } else {
        &inputs[..1]
    };
    lab.command(function, inputs, json!({}));
    let id = lab.job(function, &[host])[0];
    (id, Barrier::reached(barrier))
}

fn pilot_job_show(host: &Host, options: &[&str], id: i64) -> Command {
    let mut show = host.pilot();
    show.args(["job", "show"]).args(options).arg(id.to_string());
    show
}

#[test]
fn on_the_host_a_running_job_shows_its_output_so_far_and_as_it_comes() {
    let lab = Lab::new();
    let host = lab.running_host();
    let (id, barrier) = begin(&lab, &host, "tally");
    let follower = Service::start(&mut pilot_job_show(&host, &["-f"], id));
    follower.wait_for("begun");
    let shown = run(&mut pilot_job_show(&host, &[], id));
    assert!(
        shown.contains("running") && shown.ends_with("\n\nbegun\n"),
        "{shown}"
    );
    barrier.open();
    follower.wait_for(&format!("pilot: job {id} succeeded"));
    assert!(follower.end().0.success());
}

#[test]
fn an_operator_sees_the_output_as_it_comes_and_how_the_job_ended() {
    let lab = Lab::new();
    let host = lab.running_host();
    let (id, barrier) = begin(&lab, &host, "tally");
    let mut follow = lab.control.pilotctl();
    follow.args(["job", "show", "-f", &id.to_string()]);
    let follower = Service::start(&mut follow);
    follower.wait_for("begun");
    let shown = lab.control.rest().get(&format!("/job/{id}"));
    assert_eq!(shown["status"], "received");
    assert_eq!(shown["progress"]["text"], "begun\n");
    assert_eq!(shown["progress"]["phase"], "run");
    barrier.open();
    // The two streams come in any order.
    follower.wait_for(&format!("pilotctl: {id} succeeded on"));
    let (status, log) = follower.end();
    assert!(status.success(), "{log}");
    assert_eq!(log.matches("begun").count(), 1, "{log}");
    assert_eq!(run(&mut follow), "begun\nwent on after go\n");
}

#[test]
fn who_follows_a_job_makes_no_host_ping_more_often_than_it_may() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.environment
        .push(("PILOT_MIN_INTERVAL".into(), "3".into()));
    host.start();
    host.agent().wait_for("connected to");
    let (id, barrier) = begin(&lab, &host, "tally");
    let mut follow = lab.control.pilotctl();
    let follower = Service::start(follow.args(["job", "show", "-f", &id.to_string()]));
    follower.wait_for("begun");
    // The third had what was printed; from then on the host is hurried. (It may register
    // again in between, when this machine's addresses change.)
    for _ in 0..4 {
        host.agent().wait_for("Ping number");
    }
    let fourth = Instant::now();
    host.agent().wait_for("Ping number");
    assert!(fourth.elapsed() > Duration::from_secs(2));
    barrier.open();
    assert!(follower.end().0.success());
}

#[test]
fn of_an_interrupted_job_head_and_tail_are_known() {
    let lab = Lab::new();
    let host = lab.running_host();
    let (id, _gate) = begin(&lab, &host, "torrent");
    let follower = Service::start(&mut pilot_job_show(&host, &["-f"], id));
    follower.wait_for("the tail");
    let shown = run(&mut pilot_job_show(&host, &[], id));
    assert!(shown.contains("\n\nthe head\n") && shown.ends_with("the tail\n"));

    let shim = one_process(&processes_below(&host.path("")), "shim");
    assert!(signal(shim, "KILL"));
    let ended = lab.end_of(&host, id);
    assert_eq!(ended["status"], "interrupted");
    let log = ended["log"].as_str().unwrap();
    assert!(log.starts_with("the head\n") && log.ends_with("the tail\n"));
    let cut = ended["result"]["Cut"].as_u64().unwrap();
    assert!(log.contains(&format!("[… {cut} bytes cut …]")));
    assert_eq!(
        cut + (256 << 10),
        3_000_000 + "the head\n\nthe tail\n".len() as u64
    );
}
