//! A host gets another key, and the one before ends.

use crate::double::{Asked, Double, Reply, job_key, signed};
use crate::refusals::{copy_of, offer};
use crate::tokens::{ask, now, ping, token};
use lab::host::Host;
use lab::{Lab, run};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use wire::command::Command;
use wire::envelope::Envelope;
use wire::rotation::NextKey;

const DONE: &str = "this host has a new key, with the fingerprint";

fn rotate_on(host: &Host) -> Value {
    let output = run(host.pilot().args(["key", "rotate", "--json"]));
    serde_json::from_str(&output).unwrap()
}

/// The host works with its new key, and the old one is worth nothing.
fn assert_replaced(lab: &Lab, host: &Host, old: &lab::host::Identity) {
    lab.control
        .service()
        .wait_for("the host has replaced its key");
    assert_ne!(host.fingerprint(), old.key.fingerprint());
    let (status, mac, _) = ping(lab, &token(old.host, &old.key, now(), 1 << 40));
    assert_eq!((status, mac), (401, false), "the old key");
    lab.command("greet", &[("GREETING", "Hello")], json!({}));
    assert_eq!(lab.run_job("greet", host)["status"], "succeeded");
    assert!(!host.state().join("key.next").exists());
}

#[test]
fn an_operator_has_a_host_replace_its_key_without_a_visit() {
    let lab = Lab::new();
    let host = lab.running_host();
    let old = host.identity();
    run(lab.control.pilotctl().args(["host", "rotate", &host.id()]));
    host.agent().wait_for(DONE);
    assert_replaced(&lab, &host, &old);
}

#[test]
fn a_key_is_replaced_on_the_host_beside_its_agent() {
    let lab = Lab::new();
    let host = lab.running_host();
    let old = host.identity();
    let rotated = rotate_on(&host);
    assert_eq!(rotated["in_force"], true);
    assert_eq!(rotated["fingerprint"], host.fingerprint());
    assert_replaced(&lab, &host, &old);
}

/// Prepared while no agent ran; sent, but the answer was lost; in force, but the record of the
/// preparation was left behind: the agent goes on from there.
#[test]
fn a_replacement_that_was_interrupted_goes_on() {
    let lab = Lab::new();
    let mut host = lab.enrolled_host();
    let old = host.identity();
    let first = rotate_on(&host);
    assert_eq!(first["in_force"], false);
    assert_eq!(rotate_on(&host)["fingerprint"], first["fingerprint"]);
    let prepared = fs::read_to_string(host.state().join("key.next")).unwrap();
    let key = serde_json::from_str(prepared.split_once('\n').unwrap().1).unwrap();
    let body = serde_json::to_vec(&NextKey { key }).unwrap();
    let (status, mac, _) = ask(&lab, &old, "/key", &body, 1);
    assert_eq!((status, mac), (204, true));
    host.start();
    host.agent().wait_for(DONE);
    assert_replaced(&lab, &host, &old);
    assert_eq!(host.fingerprint(), first["fingerprint"]);

    host.kill();
    fs::write(host.state().join("key.next"), prepared).unwrap();
    host.start();
    host.agent().wait_for("connected to");
    assert!(!host.state().join("key.next").exists());
    assert_eq!(host.fingerprint(), first["fingerprint"]);
}

/// A control from before keys could be replaced, or a proxy that lets only known
/// requests through: the key stays, and nothing else is the worse for it.
#[test]
fn a_control_that_cannot_replace_a_key_is_no_failure_of_the_link() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let script = move |count, asked: &Asked| match count {
        1 => {
            let envelope = Envelope {
                value: Command::default(),
                rotate: true,
                ..offer(asked)
            };
            asked.reply(201, signed(&envelope, &signer))
        }
        // This is `POST /key`.
        2 => Reply {
            status: 404,
            mac: None,
            body: b"not found".to_vec(),
        },
        _ => asked.nothing(),
    };
    let double = Double::start(folder.path(), Box::new(script));
    let host = double.host(folder.path(), &key, "PILOT_WAIT=0");
    host.agent().wait_for("connected to");
    let before = host.fingerprint();
    host.agent()
        .wait_for("cannot replace this host's key (status 404");
    for _ in 0..3 {
        double.next_ping();
    }
    host.agent().signal("USR1");
    host.agent().wait_for("state: ");
    assert_eq!(host.fingerprint(), before);
    let log = host.agent().log();
    assert!(!log.contains("proxy in between"), "{log}");
    assert_eq!(log.matches("cannot replace").count(), 1, "{log}");
}

#[test]
fn a_host_that_is_not_enrolled_has_no_key_to_replace() {
    let lab = Lab::without_package();
    let host = lab.host();
    host.configure("");
    let refused = host.pilot().args(["key", "rotate"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(78));
    assert!(lab::output_text(&refused).contains("not enrolled"));
}
