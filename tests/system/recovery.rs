//! Things that break on the way: answers, control, agents, shims.

use crate::functions::gate_and_tally;
use lab::host::{Host, processes_below};
use lab::relay::Relay;
use lab::service::signal;
use lab::wait::wait_for;
use lab::{Barrier, Lab, run};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A job that counts its runs and waits at a barrier.
struct Waiting {
    barrier: String,
    tally: String,
}

impl Waiting {
    fn define(lab: &Lab, host: &Host) -> Self {
        let [barrier, tally] = gate_and_tally(host);
        lab.command(
            "tally",
            &[("BARRIER", &barrier), ("TALLY", &tally)],
            json!({}),
        );
        Self { barrier, tally }
    }

    fn runs(&self) -> usize {
        fs::read_to_string(&self.tally)
            .unwrap_or_default()
            .lines()
            .count()
    }
}

fn one(ids: &[i64]) -> i64 {
    assert_eq!(ids.len(), 1);
    ids[0]
}

fn assert_ran_once(lab: &Lab, host: &Host, id: i64, job: &Waiting) {
    let job_at_control = lab.end_of(host, id);
    assert_eq!(job_at_control["status"], "succeeded", "{job_at_control}");
    assert_eq!(job_at_control["log"], "begun\nwent on after go\n");
    assert_eq!(job.runs(), 1);
}

#[test]
fn a_job_whose_answer_was_lost_is_offered_again_and_runs_once() {
    let lab = Lab::new();
    let relay = Relay::to(lab.control.authority());
    let mut host = lab.host();
    host.configure("");
    host.write("code", &lab.control.invite());
    run(host
        .pilot()
        .args(["enrol", &relay.url(), "--code-file", "code"]));
    host.start();
    host.agent().wait_for("connected to");
    let job = Waiting::define(&lab, &host);

    relay.lose_answers(true);
    let id = one(&lab.job("tally", &[&host]));
    host.agent().wait_for("WARN");
    assert!(relay.lost() >= 1, "the answer was on its way");
    assert_eq!(
        lab.control.rest().get(&format!("/job/{id}"))["status"],
        "queued"
    );

    relay.lose_answers(false);
    host.agent().signal("HUP");
    Barrier::reached(&job.barrier).open();
    assert_ran_once(&lab, &host, id, &job);
}

#[test]
fn control_may_restart_between_job_and_result() {
    let mut lab = Lab::new();
    let host = lab.running_host();
    let job = Waiting::define(&lab, &host);
    let id = one(&lab.job("tally", &[&host]));
    let barrier = Barrier::reached(&job.barrier);
    lab.control.kill();
    barrier.open();
    host.agent().wait_for(&format!("job {id} ended"));
    lab.control.start_again();
    host.agent().signal("HUP");
    assert_ran_once(&lab, &host, id, &job);
}

#[test]
fn an_agent_killed_before_it_could_report_reports_after_its_restart() {
    let mut lab = Lab::new();
    let mut host = lab.running_host();
    let job = Waiting::define(&lab, &host);
    let id = one(&lab.job("tally", &[&host]));
    let barrier = Barrier::reached(&job.barrier);
    lab.control.kill();
    barrier.open();
    host.agent().wait_for(&format!("job {id} ended"));
    host.kill();
    lab.control.start_again();
    host.start();
    assert_ran_once(&lab, &host, id, &job);

    host.kill();
    host.start();
    host.agent().wait_for("connected to");
    assert!(
        !host.agent().log().contains("is reported"),
        "it is reported once"
    );
}

#[test]
fn a_job_outlives_its_agent_and_is_reported_by_the_next() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    let job = Waiting::define(&lab, &host);
    let id = one(&lab.job("tally", &[&host]));
    let barrier = Barrier::reached(&job.barrier);
    host.kill();
    host.start();
    host.agent().wait_for("connected to");
    let path = format!("/job/{id}");
    let is_known = || lab.control.rest().get(&path)["status"] == "received";
    wait_for("the ping that names the job", is_known);
    barrier.open();
    assert_ran_once(&lab, &host, id, &job);
}

#[test]
fn a_job_that_ends_while_no_agent_runs_is_reported_by_the_next() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    let job = Waiting::define(&lab, &host);
    let id = one(&lab.job("tally", &[&host]));
    let barrier = Barrier::reached(&job.barrier);
    host.agent().signal("TERM");
    host.agent().wait_for(&format!("job {id} runs on"));
    let (status, log) = host.take_agent().end();
    assert!(status.success(), "{log}");
    let shim = one_process(&processes_below(&host.path("")), "shim");
    barrier.open();
    run(Command::new("tail")
        .arg(format!("--pid={shim}"))
        .args(["-f", "/dev/null"]));
    host.start();
    assert_ran_once(&lab, &host, id, &job);
}

#[test]
fn a_job_whose_shim_is_killed_is_interrupted_and_leaves_no_runner() {
    let lab = Lab::new();
    let host = lab.running_host();
    let job = Waiting::define(&lab, &host);
    let id = one(&lab.job("tally", &[&host]));
    let _gate = Barrier::reached(&job.barrier);
    let processes = processes_below(&host.path(""));
    let [shim, art] = ["shim", "exe"].map(|word| one_process(&processes, word));
    assert!(signal(shim, "KILL"));
    let job_at_control = lab.end_of(&host, id);
    assert_eq!(
        (&job_at_control["status"], job.runs()),
        (&json!("interrupted"), 1)
    );
    assert!(
        job_at_control["log"]
            .as_str()
            .unwrap()
            .starts_with("begun\n"),
        "{job_at_control}"
    );
    run(Command::new("tail")
        .arg(format!("--pid={art}"))
        .args(["-f", "/dev/null"]));
}

/// The process that has `word` among its arguments; an emulator has its own before.
pub(crate) fn one_process(processes: &[u32], word: &str) -> u32 {
    let has_word = |pid: &u32| {
        let line =
            fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")).unwrap_or_default();
        line.split(|&byte| byte == 0)
            .skip(1)
            .any(|argument| argument == word.as_bytes())
    };
    *processes
        .iter()
        .find(|pid| has_word(pid))
        .unwrap_or_else(|| panic!("no {word} among {processes:?}"))
}

/// The disk cannot read the result for a while: the host goes on pinging, once an interval, and
/// reports the job when it can.
#[test]
fn a_result_that_cannot_be_read_costs_one_ping_an_interval() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.environment.push(("PILOT_WAIT".into(), "0".into()));
    host.start();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    let id = one(&lab.job("greet", &[&host]));
    lab.end_of(&host, id);
    host.kill();
    let [result, aside] = ["result", "aside"].map(|name| host.job(id).join(name));
    // As if control had not acknowledged it. The agent may have ended before it recorded that.
    let _ = fs::remove_file(host.job(id).join("reported"));
    fs::rename(&result, &aside).unwrap();
    fs::create_dir(&result).unwrap();
    host.start();
    host.agent().wait_for("its result cannot be read now");
    let began = Instant::now();
    for _ in 0..4 {
        host.agent().wait_for("Ping number ");
    }
    let passed = began.elapsed();
    assert!(passed > Duration::from_secs(2), "four pings in {passed:?}");

    fs::remove_dir(&result).unwrap();
    fs::rename(&aside, &result).unwrap();
    host.agent().wait_for("is reported");
}
