//! The way of a job, from the operator to the host and back.

use lab::{Lab, run};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_job_for_two_hosts_comes_back_from_each() {
    let lab = Lab::new();
    let hosts = [lab.running_host(), lab.running_host()];
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    let ids = lab.job("greet", &[&hosts[0], &hosts[1]]);
    for (host, id) in hosts.iter().zip(ids) {
        let job = lab.end_of(host, id);
        assert_eq!(job["host_uuid"], host.id());
        assert_eq!(
            (&job["status"], &job["error"]),
            (&json!("succeeded"), &json!(false))
        );
        assert_eq!(job["log"], "Hello from greet\nand on the other stream\n");
        assert_eq!(job["result"]["ExitCode"], 0);
        assert!(host.agent().log().contains("signature good"));
    }
}

#[test]
fn a_host_that_was_off_gets_its_job_when_it_comes() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    lab.command("greet", &[("GREETING", "Late")], json!({}));
    let [id] = lab.job("greet", &[&host])[..] else {
        panic!()
    };
    assert_eq!(
        lab.control.rest().get(&format!("/job/{id}"))["status"],
        "queued"
    );
    host.start();
    assert_eq!(
        lab.end_of(&host, id)["log"],
        "Late from greet\nand on the other stream\n"
    );
}

#[test]
fn a_host_without_a_code_waits_until_it_is_admitted() {
    let lab = Lab::new();
    let host = lab.seeded_host();
    let status = run(host.pilot().arg("status"));
    assert!(
        status.contains(&host.fingerprint()) && status.contains("waiting to be admitted"),
        "{status}"
    );
    let listed = run(lab.control.pilotctl().args(["host", "ls", "-o", "wide"]));
    assert!(
        listed.contains(&host.id()) && listed.contains(&host.fingerprint()),
        "{listed}"
    );

    let wrong = host
        .fingerprint()
        .replace(|c: char| c.is_ascii_digit(), "e");
    let admitted = lab
        .control
        .pilotctl()
        .args(["host", "admit", &host.id(), "--fingerprint", &wrong])
        .output()
        .unwrap();
    assert!(!admitted.status.success());

    lab.admit(&host);
    lab.command("greet", &[("GREETING", "Seed")], json!({}));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

#[test]
fn what_the_agent_keeps_is_its_users_alone() {
    let lab = Lab::without_package();
    let host = lab.running_host();
    let mut folders = vec![host.state()];
    while let Some(folder) = folders.pop() {
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o077,
            0,
            "{}",
            folder.display()
        );
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}
