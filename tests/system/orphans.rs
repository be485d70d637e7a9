//! A program that is the first of a container, or has asked for orphans, has children
//! that others left to it.

use lab::programs::programs;
use lab::service::Service;
use lab::wait::wait_for;
use lab::{Barrier, Lab, clean, run};
use needs::{Need, is_root, lacks};
use serde_json::json;
use std::fs;
use std::process::Command;

/// What makes a program the first one of a PID namespace.
fn container() -> &'static [&'static str] {
    const OF_ROOT: &[&str] = &["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const OF_OTHERS: &[&str] = &[
        "unshare",
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ];
    if is_root() { OF_ROOT } else { OF_OTHERS }
}

/// Whether there can be one.
#[track_caller]
fn lacks_container() -> bool {
    let attempt = [container(), &["true"]].concat();
    lacks(&[Need::Ability("to make a PID namespace", &attempt)])
}

fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    list.split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

fn zombies_of(pid: u32) -> usize {
    let state = |pid| fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let states = children(pid).into_iter().map(state);
    states.filter(|status| status.contains("State:\tZ")).count()
}

/// Leaves processes that end at once to the first one of a namespace.
fn leave_orphans(first: u32) {
    // The pipe is closed when the last of them has ended.
    run(Command::new("nsenter")
        .args(["--target", &first.to_string(), "--all", "sh", "-c"])
        .arg("for i in 1 2 3 4 5; do (sleep 0 & :); done"));
}

/// Waits for a moment at which it has reaped all that has ended. Nothing reports it, and
/// children of its own may end at any time.
#[track_caller]
fn assert_reaps(pid: u32) {
    wait_for("the end of all zombies", || zombies_of(pid) == 0);
}

#[test]
fn an_agent_that_is_the_first_of_a_container_reaps_what_is_left_to_it() {
    if lacks_container() {
        return;
    }
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.wrapper = container().iter().copied().map(str::to_owned).collect();
    host.environment.push(("PILOT_WAIT".into(), "1".into()));
    host.start();
    host.agent().wait_for("connected to");
    let [first] = children(host.agent().pid())[..] else {
        panic!("one child of unshare")
    };
    for _ in 0..3 {
        leave_orphans(first);
        // Its own children are reaped by the code that waits for them.
        lab.command("greet", &[("GREETING", "Hello")], json!({}));
        let job = lab.run_job("greet", &host);
        assert_eq!(job["status"], "succeeded", "{job}");
    }
    assert_reaps(first);
    let status = run(host.pilot().arg("status"));
    assert!(status.contains("connected to"), "{status}");
}

/// Becomes what its arguments say, with the orphans of its descendants as its children
/// (PR_SET_CHILD_SUBREAPER, which execve keeps).
const ADOPTING: &str = "import ctypes, os, sys\n\
    assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0\n\
    os.execvp(sys.argv[1], sys.argv[1:])";

/// As under a supervisor that adopts, and so is no parent of the agent's orphans.
#[test]
fn an_agent_that_adopts_orphans_reaps_what_jobs_have_detached() {
    if lacks(&[Need::Program("python3")]) {
        return;
    }
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    host.wrapper = ["python3", "-c", ADOPTING].map(str::to_owned).into();
    host.start();
    host.agent().wait_for("connected to");
    let agent = host.agent().pid();
    let barrier = lab.path("barrier");
    Barrier::make(&barrier);
    let inputs = [("BARRIER", barrier.to_str().unwrap())];
    lab.command("leave", &inputs, json!({ "detach": true }));
    for _ in 0..2 {
        let job = lab.run_job("leave", &host);
        assert_eq!(job["status"], "succeeded", "{job}");
        let left: u32 = job["log"].as_str().unwrap().trim().parse().unwrap();
        let waits = Barrier::reached(&barrier);
        assert_adopts(agent, left);
        waits.open();
        assert_reaps_this(agent, left);
    }
}

/// Waits until it is no child any more, not even one that has ended.
#[track_caller]
fn assert_reaps_this(pid: u32, orphan: u32) {
    wait_for("the end of an orphan", || !children(pid).contains(&orphan));
}

/// Waits until the shim, which has it at first, has ended.
#[track_caller]
fn assert_adopts(pid: u32, orphan: u32) {
    wait_for("an adoption", || children(pid).contains(&orphan));
}

/// The shim has asked for the orphans of its job, whose function may run for long.
#[test]
fn a_shim_reaps_what_its_function_leaves_while_that_runs() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("orphans", &[], json!({}));
    let job = lab.run_job("orphans", &host);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert_eq!(job["log"], "reaped 3\n", "{job}");
}

#[test]
fn a_runner_that_is_the_first_of_a_container_reaps_what_is_left_to_it() {
    if lacks_container() {
        return;
    }
    let lab = Lab::new();
    let name = lab.package("tests/package:latest");
    let verify = lab.path("artisan/keys/verify");
    fs::create_dir_all(&verify).unwrap();
    fs::copy(
        lab.control.path("registry_pub.pgp"),
        verify.join("registry.pgp"),
    )
    .unwrap();
    let (unshare, options) = container().split_first().unwrap();
    let mut runner = clean(unshare.as_ref());
    runner.args(options).arg(&programs().publisher);
    runner.envs(
        lab.art()
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let said = run(runner.args(["exe", &name, "orphans"]));
    assert!(said.contains("reaped 3\n"), "{said}");
}

#[test]
fn a_control_that_is_the_first_of_a_container_reaps_what_is_left_to_it() {
    if lacks_container() {
        return;
    }
    let mut lab = Lab::without_package();
    lab.control.kill();
    let (unshare, options) = container().split_first().unwrap();
    let mut serve = clean(unshare.as_ref());
    serve.args(options).arg(&programs().pilotctl);
    serve.args(["serve", "--listen", "127.0.0.1:0"]);
    lab.control.name_files(&mut serve);
    let serve = Service::start(&mut serve);
    serve.wait_for("listening on");
    let [first] = children(serve.pid())[..] else {
        panic!("one child of unshare")
    };
    leave_orphans(first);
    assert_reaps(first);
}
