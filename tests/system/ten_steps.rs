//! The way of a job, from the operator to the host and back.

use crate::lab::host::Host;
use crate::lab::{Lab, run};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use wire::HostId;

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
    let listed = run(lab.control.pilotctl().args(["host", "ls"]));
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
fn a_code_enrols_one_host_and_only_one() {
    let lab = Lab::without_package();
    let code = lab.control.invite();
    let [first, second] = [lab.host(), lab.host()];
    let enrol = |host: &Host| {
        host.write("code", &code);
        host.configure("");
        host.pilot()
            .args(["enrol", lab.control.url(), "--code-file", "code"])
            .output()
            .unwrap()
    };
    assert!(enrol(&first).status.success());
    assert!(enrol(&first).status.success(), "repeating it is harmless");
    let refused = enrol(&second);
    assert_eq!(refused.status.code(), Some(77));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("used up"));
}

#[test]
fn the_first_contact_is_pinned_by_the_code() {
    let lab = Lab::without_package();
    let other = Lab::without_package();
    let host = lab.host();
    host.configure("");
    host.write("code", &lab.control.invite());
    let refused = host
        .pilot()
        .args(["enrol", other.control.url(), "--code-file", "code"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(75));
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        message.contains("does not present the CA that the enrolment code names"),
        "{message}"
    );
    assert!(
        !other.control.service().log().contains("enrol"),
        "nothing was sent"
    );
}

#[test]
fn a_clone_of_a_host_takes_an_id_of_its_own() {
    let lab = Lab::without_package();
    let first = lab.enrolled_host();
    let copy = lab.host();
    fs::copy(first.path("machine-id"), copy.path("machine-id")).unwrap();
    copy.configure("");
    copy.write("code", &lab.control.invite());
    run(copy
        .pilot()
        .args(["enrol", lab.control.url(), "--code-file", "code"]));
    let [one, other]: [HostId; 2] = [&first, &copy].map(|host| host.id().parse().unwrap());
    assert_ne!(one, other);
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
