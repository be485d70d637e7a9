//! Functions that end well, end badly, or do not end.

use lab::host::Host;
use lab::service::Service;
use lab::{Barrier, Lab, run};
use serde_json::json;
use std::fs;
use std::path::Path;

#[test]
fn a_failure_comes_back_with_exit_code_and_output() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("fail", &[], json!({}));
    let job = lab.run_job("fail", &host);
    assert_eq!(
        (&job["status"], &job["error"]),
        (&json!("failed"), &json!(true))
    );
    assert_eq!(
        (&job["result"]["ExitCode"], &job["result"]["Phase"]),
        (&json!(3), &json!("run"))
    );
    assert_eq!(job["result"]["Err"], "fail ended with exit code 3");
    assert_eq!(job["log"], "before the end\n");
}

#[test]
fn what_runs_past_its_limit_is_killed_with_all_that_it_started() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("endless", &[], json!({ "timeout": 2 }));
    let job = lab.run_job("endless", &host);
    assert_eq!(job["status"], "timed_out");
    assert_eq!(
        job["result"]["Err"],
        "endless ran past its limit of 2 s and was ended"
    );
    let left = job["log"]
        .as_str()
        .unwrap()
        .trim()
        .strip_prefix("left ")
        .unwrap()
        .to_owned();
    assert!(
        !Path::new("/proc").join(left).exists(),
        "the process that left is gone too"
    );
}

#[test]
fn a_running_job_can_be_cancelled() {
    let lab = Lab::new();
    let host = lab.running_host();
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let [id] = lab.job("tally", &[&host])[..] else {
        panic!()
    };
    host.agent().wait_for(&format!("job {id} started"));
    assert_eq!(lab.control.rest().delete(&format!("/job/{id}")), 202);
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "cancelled");
    assert_eq!(job["result"]["Err"], "tally was cancelled while it ran");
}

#[test]
fn jobs_can_be_looked_at_on_the_host() {
    let lab = Lab::new();
    let host = lab.running_host();
    let [barrier, tally] = gate_and_tally(&host);
    lab.command(
        "tally",
        &[("BARRIER", &barrier), ("TALLY", &tally)],
        json!({}),
    );
    let [id] = lab.job("tally", &[&host])[..] else {
        panic!()
    };
    let barrier = Barrier::reached(&barrier);
    let mut follow = host.pilot();
    let follower = Service::start(follow.args(["job", "show", "-f", &id.to_string()]));
    follower.wait_for("begun");
    let shown = || run(host.pilot().args(["job", "show", &id.to_string()]));
    let running = shown();
    assert!(
        running.contains("state      running") && running.ends_with("\n\nbegun\n"),
        "{running}"
    );
    barrier.open();
    lab.end_of(&host, id);
    let ended = shown();
    assert!(
        ended.contains("status     succeeded") && ended.ends_with("went on after go\n"),
        "{ended}"
    );
    let listed = run(host.pilot().args(["job", "ls"]));
    assert!(
        listed.contains(&format!("{id}  reported   succeeded")),
        "{listed}"
    );
}

#[test]
fn of_much_output_head_and_tail_are_kept() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("chatty", &[], json!({ "max_output": 1000 }));
    let job = lab.run_job("chatty", &host);
    let log = job["log"].as_str().unwrap();
    assert!(
        log.starts_with("the head\n") && log.ends_with("the tail\n") && log.len() < 1100,
        "{log}"
    );
    assert!(job["result"]["Cut"].as_u64().unwrap() > 2_990_000);
}

#[test]
fn secrets_reach_only_the_function() {
    const SECRET: &str = "s3cret-of-the-function";
    let lab = Lab::new();
    let host = lab.running_host();
    let [barrier, _] = gate_and_tally(&host);
    let input = json!({
        "var": [{ "name": "BARRIER", "description": "", "required": true, "type": "path", "value": barrier }],
        "secret": [{ "name": "TOKEN", "description": "", "required": true, "value": SECRET }],
    });
    let mut more = lab.credentials();
    (more["input"], more["verbose"]) = (input, true.into());
    lab.command("secretive", &[], more);
    let [id] = lab.job("secretive", &[&host])[..] else {
        panic!()
    };
    host.agent().wait_for(&format!("job {id} started"));
    let barrier = Barrier::reached(&barrier);
    let lines = command_lines();
    let held = below(&host.job(id));
    let cores = core_limits(&host);
    barrier.open();
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert!(
        job["log"]
            .as_str()
            .unwrap()
            .contains("a secret of 22 characters")
    );

    assert!(cores.len() > 1, "shim and runner at least: {cores:?}");
    assert!(cores.iter().all(|limit| limit == "0"), "{cores:?}");

    let listed = lab.control.rest().get("/cmd").to_string();
    let job_id = id.to_string();
    let on_host = [
        &["job", "show", &job_id, "--json"][..],
        &["status", "--json"],
    ];
    let on_host = on_host.map(|arguments| run(host.pilot().args(arguments)));
    let of_operator = [
        &["job", "show", &job_id, "--json"][..],
        &["cmd", "ls", "--json"],
    ];
    let of_operator = of_operator.map(|arguments| run(lab.control.pilotctl().args(arguments)));
    for secret in [SECRET, lab::REGISTRY_PASSWORD] {
        for (place, text) in [
            ("the process list", &lines),
            ("the job's folder while it ran", &held),
            ("the job's folder afterwards", &below(&host.job(id))),
            ("the agent's log", &host.agent().log()),
            ("control's log", &lab.control.service().log()),
            ("the result", &job.to_string()),
            ("the list of commands", &listed),
            ("pilot --json", &on_host.concat()),
            ("pilotctl --json", &of_operator.concat()),
        ] {
            assert!(!text.contains(secret), "{secret} in {place}: {text}");
        }
    }
}

#[test]
fn what_cannot_run_is_refused_when_it_is_defined() {
    let lab = Lab::new();
    let package = lab.package("tests/package:latest");
    for (function, more, why) in [
        ("hidden", &[][..], "exports no function hidden"),
        ("gret", &[], "did you mean greet?"),
        ("greet", &[], "needs GREETING"),
        ("greet", &["--var", "GREETNG=Hi"], "did you mean GREETING?"),
        ("greet", &["--var", "GREETING="], "the value given is empty"),
        (
            "greet",
            &["--var", "GREETING=a", "--var", "GREETING=b"],
            "GREETING is given twice",
        ),
    ] {
        let mut put = lab.control.pilotctl();
        put.args(["cmd", "put", "--key", "k", "--package", &package])
            .args(["--function", function])
            .args(more);
        let output = put.output().unwrap();
        let text = lab::output_text(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(why), "{text}");
    }
}

/// A FIFO and a file on the host.
pub fn gate_and_tally(host: &Host) -> [String; 2] {
    Barrier::make(&host.path("barrier"));
    ["barrier", "tally"].map(|name| host.path(name).display().to_string())
}

/// The limits of core dumps of a job's processes.
fn core_limits(host: &Host) -> Vec<String> {
    let pids = lab::host::processes_below(&host.path("")).into_iter();
    let limits = pids.filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/limits")).ok());
    let soft = |limits: String| {
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        line.unwrap().split_whitespace().nth(4).unwrap().to_owned()
    };
    limits.map(soft).collect()
}

fn command_lines() -> String {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The content of all files in a folder.
fn below(folder: &Path) -> String {
    let files = fs::read_dir(folder)
        .unwrap()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_file());
    files
        .map(|entry| String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned())
        .collect()
}

/// The first line of a PEM key alone would be a secret that opens nothing.
#[test]
fn a_secret_of_many_lines_arrives_whole() {
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----";
    let lab = Lab::new();
    let host = lab.running_host();
    let [barrier, _] = gate_and_tally(&host);
    let file = lab.path("key.pem");
    fs::write(&file, format!("\u{FEFF}{PEM}\n")).unwrap();
    let password = lab.path("password");
    fs::write(&password, format!("\u{FEFF}{}\r\n", lab::REGISTRY_PASSWORD)).unwrap();
    run(lab.control.pilotctl().args([
        "cmd",
        "put",
        "--key",
        "secretive",
        "--package",
        &lab.package("tests/package:latest"),
        "--function",
        "secretive",
        "--var",
        &format!("BARRIER={barrier}"),
        "--secret-file",
        &format!("TOKEN={}", file.display()),
        "--registry-user",
        "reader",
        "--registry-password-file",
        &password.display().to_string(),
    ]));
    let [id] = lab.job("secretive", &[&host])[..] else {
        panic!()
    };
    Barrier::reached(&barrier).open();
    let job = lab.end_of(&host, id);
    let text = format!("a secret of {} characters", PEM.len());
    assert!(job["log"].as_str().unwrap().contains(&text), "{job}");
}
