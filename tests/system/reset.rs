//! Erasing a host's identity before its disk becomes an image.

use crate::complaints::assert_complains;
use lab::host::Host;
use lab::{Lab, run};
use serde_json::{Value, json};
use std::fs;

/// A host that has run and reported a job, and whose agent has stopped.
fn worn_host(lab: &Lab) -> (Host, i64) {
    let mut host = lab.running_host();
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let [id] = lab.job("greet", &[&host])[..] else {
        panic!("one job")
    };
    lab.end_of(&host, id);
    host.agent().signal("TERM");
    let (code, log) = host.take_agent().end();
    assert!(code.success(), "{log}");
    (host, id)
}

fn state(host: &Host) -> Vec<String> {
    let entries = fs::read_dir(host.state()).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_host_that_was_reset_is_another_one_when_it_enrols_again() {
    let lab = Lab::new();
    let (mut host, _) = worn_host(&lab);
    let before = host.fingerprint();
    let keys = host.state().join("artisan/keys/verify");
    fs::create_dir_all(&keys).unwrap();
    fs::write(keys.join("deployed.pgp"), "an operator's").unwrap();

    let output = run(host.pilot().args(["reset", "--yes", "--json"]));
    let output: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(output["lost_jobs"], json!([]));
    assert_eq!(
        output["removed"][0],
        host.state().join("identity").to_str().unwrap()
    );
    assert_eq!(state(&host), ["agent.lock", "artisan", "lock"]);
    assert!(keys.join("deployed.pgp").exists());
    assert!(host.path(".pilot").exists(), "the configuration stays");
    let again = run(host.pilot().args(["reset", "--yes"]));
    assert!(again.contains("nothing to remove"), "{again}");

    run(lab
        .control
        .pilotctl()
        .args(["host", "rm", "--yes", &host.id()]));
    host.write("code", &lab.control.invite());
    run(host
        .pilot()
        .args(["enrol", lab.control.url(), "--code-file", "code"]));
    assert_ne!(host.fingerprint(), before);
    fs::remove_dir_all(host.state().join("artisan/keys")).unwrap();
    host.start();
    host.agent().wait_for("connected to");
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

#[test]
fn nothing_is_removed_under_an_agent_or_without_being_asked_for() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let before = state(&host);
    assert_complains(host.pilot().arg("reset"), 2, &["add --yes"]);
    host.start();
    host.agent().wait_for("connected to");
    let words = ["another pilot is running"];
    assert_complains(host.pilot().args(["reset", "--yes", "--force"]), 78, &words);
    host.kill();
    assert!(before.iter().all(|name| state(&host).contains(name)));
}

#[test]
fn jobs_that_control_does_not_know_the_end_of_are_lost_only_by_force() {
    let lab = Lab::new();
    let (host, id) = worn_host(&lab);
    // As if control did not know it.
    fs::remove_file(host.job(id).join("reported")).unwrap();
    let id = id.to_string();
    assert_complains(host.pilot().args(["reset", "--yes"]), 1, &[&id, "--force"]);
    assert!(state(&host).contains(&"identity".to_owned()));
    let output = run(host.pilot().args(["reset", "--yes", "--force"]));
    assert!(
        output.contains(&format!("lost what became of jobs {id}")),
        "{output}"
    );
    assert!(!host.state().join("jobs").exists());
}

#[test]
fn a_job_that_runs_keeps_its_host_from_being_reset() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    lab.command("endless", &[], json!({}));
    let id = lab.job("endless", &[&host])[0];
    host.agent().wait_for(&format!("job {id} started"));
    host.kill();
    let words = [&*format!("job {id} is running"), "pilot job stop"];
    assert_complains(host.pilot().args(["reset", "--yes", "--force"]), 1, &words);
    run(host.pilot().args(["job", "stop"]));
    run(host.pilot().args(["reset", "--yes", "--force"]));
    assert!(!state(&host).contains(&"identity".to_owned()));
}

#[test]
fn no_command_works_after_an_interrupted_reset() {
    let lab = Lab::new();
    let (host, id) = worn_host(&lab);
    // As if the host had gone down in the middle of a job's folder.
    host.write("state/reset", "");
    fs::remove_file(host.state().join("identity")).unwrap();
    fs::remove_file(host.job(id).join("reported")).unwrap();
    host.write("code", &lab.control.invite());
    let words = ["was not removed completely", "pilot reset"];
    assert_complains(&mut host.pilot(), 78, &words);
    let url = lab.control.url();
    let mut enrol = host.pilot();
    assert_complains(
        enrol.args(["enrol", url, "--code-file", "code"]),
        78,
        &words,
    );
    run(host.pilot().args(["reset", "--yes"]));
    assert_eq!(state(&host), ["agent.lock", "artisan", "lock"]);
    let enrolled = enrol.output().unwrap();
    assert!(
        lab::output_text(&enrolled).contains("another key holds"),
        "a new key"
    );
}
