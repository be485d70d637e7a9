//! What an agent and its runner refuse, and how they say so.

use crate::double::{Asked, Double, Reply, job_key, now, signed};
use lab::control::Keys;
use lab::host::Host;
use lab::wait::wait_for;
use lab::{Lab, package_source, run};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use trust::SecretKey;
use wire::HostId;
use wire::command::Command;
use wire::envelope::Envelope;

/// What a good control would offer.
pub fn offer(asked: &Asked) -> Envelope {
    Envelope {
        value: Command {
            job_id: 77,
            package: "r.example/tests/a:b".into(),
            function: "greet".into(),
            ..Command::default()
        },
        interval: 1_000_000_000,
        host: Some(asked.token.host),
        n: Some(asked.token.n),
        issued: Some(now()),
        expires: Some(now() + 300),
        cancel: vec![],
        query: vec![],
        follow: vec![],
        rotate: false,
    }
}

/// A host whose first ping is answered by `first`, and whose runner leaves a
/// mark when it is started.
fn host_that_gets(
    folder: &TempDir,
    key: &SecretKey,
    first: impl Fn(&Asked) -> Reply + Send + 'static,
) -> (Double, Host) {
    let script = move |count, asked: &Asked| {
        if count == 1 {
            first(asked)
        } else {
            asked.nothing()
        }
    };
    host_with_runner(
        folder,
        key,
        &format!("touch {}", mark(folder).display()),
        script,
    )
}

/// A host whose pings are answered by `script`, and whose runner is a line of
/// shell.
pub fn host_with_runner(
    folder: &TempDir,
    key: &SecretKey,
    line: &str,
    script: impl FnMut(u32, &Asked) -> Reply + Send + 'static,
) -> (Double, Host) {
    let double = Double::start(folder.path(), Box::new(script));
    let runner = folder.path().join("runner");
    fs::write(&runner, format!("#!/bin/sh\n{line}\n")).unwrap();
    fs::set_permissions(&runner, fs::Permissions::from_mode(0o700)).unwrap();
    let host = double.host(
        folder.path(),
        key,
        &format!("PILOT_ART={}", runner.display()),
    );
    (double, host)
}

/// The same key once more, for a script of its own.
pub fn copy_of(key: &SecretKey) -> SecretKey {
    SecretKey::from_bytes(key.to_armor().unwrap().as_bytes()).unwrap()
}

pub fn mark(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("ran")
}

/// The first answer is refused with `why` in the log; nothing is run, nothing is kept, and not
/// logged again.
#[track_caller]
pub fn assert_refused(
    key: &SecretKey,
    why: &str,
    first: impl Fn(&Asked) -> Reply + Send + 'static,
) {
    let folder = TempDir::new().unwrap();
    let (double, host) = host_that_gets(&folder, key, first);
    host.agent().wait_for(why);
    double.next_ping();
    host.agent().signal("HUP");
    let next = double.next_ping();
    assert_eq!((next.result, next.received), (None, vec![]), "{why}");
    assert!(!host.job(77).exists() && !mark(&folder).exists(), "{why}");
}

#[test]
fn what_a_good_control_offers_is_run() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let (double, host) = host_that_gets(&folder, &key, move |asked| {
        asked.reply(201, signed(&offer(asked), &signer))
    });
    host.agent().wait_for("job 77 is reported");
    double.next_ping();
    assert!(
        mark(&folder).exists(),
        "the mark of the refusal tests can appear"
    );
}

/// Envelopes that are wrong in one way each, signed by the right key.
#[test]
fn abuse_an_answer_for_another_host_to_an_earlier_ping_or_expired() {
    let other = HostId::derive("other", "", b"");
    type Change = fn(Envelope, HostId) -> Envelope;
    let cases: [(&str, Change); 4] = [
        ("not for this host", |good, other| Envelope {
            host: Some(other),
            ..good
        }),
        ("does not answer this ping", |good, _| Envelope {
            n: good.n.map(|n| n + 1),
            ..good
        }),
        ("has expired", |good, _| Envelope {
            expires: Some(now() - 1),
            ..good
        }),
        ("not for this host", |good, _| Envelope {
            host: None,
            n: None,
            expires: None,
            ..good
        }),
    ];
    for (why, change) in cases {
        let key = job_key();
        let signer = copy_of(&key);
        assert_refused(&key, why, move |asked| {
            asked.reply(201, signed(&change(offer(asked), other), &signer))
        });
    }
}

#[test]
fn abuse_a_compromised_courier_or_control_changes_a_byte() {
    let flip = |mut body: Vec<u8>| {
        let at = body
            .windows(5)
            .position(|window| window == b"greet")
            .unwrap();
        body[at] ^= 1;
        body
    };
    let key = job_key();
    let signer = || copy_of(&key);
    // An attacker on the way, without the host key: the MAC.
    let one = signer();
    assert_refused(&key, "not from control", move |asked| {
        let good = asked.reply(201, signed(&offer(asked), &one));
        Reply {
            body: flip(good.body),
            ..good
        }
    });
    // An attacker who has taken over control's front, but has not got the job key.
    let other = signer();
    assert_refused(&key, "does not match", move |asked| {
        asked.reply(201, flip(signed(&offer(asked), &other)))
    });
}

#[test]
fn abuse_a_bad_signature_does_not_stop_the_agent() {
    let stranger = job_key();
    assert_refused(&job_key(), "not one of the trusted keys", move |asked| {
        asked.reply(201, signed(&offer(asked), &stranger))
    });
}

#[test]
fn abuse_a_proxy_answers_200_to_everything() {
    for status in [200, 204] {
        assert_refused(&job_key(), "not from control", move |_| Reply {
            status,
            mac: None,
            body: b"welcome".to_vec(),
        });
    }
}

/// A job that runs and says something, as the first answer.
fn job_with_output(
    folder: &TempDir,
    rest: impl Fn(&Asked) -> Reply + Send + 'static,
) -> (Double, Host) {
    let key = job_key();
    let signer = copy_of(&key);
    host_with_runner(
        folder,
        &key,
        "echo something",
        move |count, asked| match count {
            1 => asked.reply(201, signed(&offer(asked), &signer)),
            _ => rest(asked),
        },
    )
}

fn has_log(asked: &Asked) -> bool {
    asked
        .ping
        .result
        .as_ref()
        .is_some_and(|result| result.log == "something\n")
}

/// Only control acknowledges a result: if a proxy answers instead, in any way,
/// the host keeps the result and sends it again.
#[test]
fn abuse_a_proxy_answers_200_to_a_result() {
    let folder = TempDir::new().unwrap();
    let round = Arc::new(AtomicU32::new(0));
    let answered = Arc::new(AtomicU32::new(0));
    let (current, note) = (Arc::clone(&round), Arc::clone(&answered));
    let (_double, host) = job_with_output(&folder, move |asked| {
        if !has_log(asked) {
            return asked.nothing();
        }
        let round = current.load(Ordering::SeqCst);
        note.store(round + 1, Ordering::SeqCst);
        let (status, body) = match round {
            0 => (200, b"welcome".to_vec()),
            1 => (204, vec![]),
            2 => (201, b"{}".to_vec()),
            _ => return asked.nothing(),
        };
        Reply {
            status,
            mac: None,
            body,
        }
    });
    // A reload gives up the exchange that is under way: only the round decides what the next one
    // gets, and not how many there were.
    for number in 1..=3 {
        wait_for("an answer", || answered.load(Ordering::SeqCst) == number);
        host.agent().wait_for("trying again in");
        assert!(!host.agent().log().contains("job 77 is reported"));
        assert!(host.job(77).join("result").exists());
        round.store(number, Ordering::SeqCst);
        host.agent().signal("HUP");
    }
    host.agent().wait_for("job 77 is reported");
}

#[test]
fn a_result_that_is_too_large_is_sent_without_its_log() {
    let folder = TempDir::new().unwrap();
    let (_double, host) = job_with_output(&folder, |asked| {
        if has_log(asked) {
            asked.reply(413, b"too large".to_vec())
        } else {
            asked.nothing()
        }
    });
    host.agent().wait_for("refused with status 413");
    host.agent().signal("HUP");
    host.agent().wait_for("job 77 is reported");
}

#[test]
fn a_result_that_is_never_accepted_does_not_stop_the_pings() {
    let folder = TempDir::new().unwrap();
    let (double, host) = job_with_output(&folder, |asked| {
        if asked.ping.result.is_some() {
            Reply {
                status: 413,
                mac: None,
                body: vec![],
            }
        } else {
            asked.nothing()
        }
    });
    for _ in 0..2 {
        host.agent().wait_for("refused with status 413");
        host.agent().signal("HUP");
    }
    let idle = std::iter::repeat_with(|| double.next_ping())
        .find(|ping| ping.result.is_none() && ping.received == [77]);
    assert!(idle.is_some());
}

/// Changes one byte in the middle of every archive of the registry.
fn tamper_with_archives(lab: &Lab) {
    let folders = fs::read_dir(lab.path("data/packages")).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let archives = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "zip"));
    assert!(
        archives
            .map(|path| {
                let mut bytes = fs::read(&path).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                fs::write(path, bytes).unwrap();
            })
            .count()
            > 0
    );
}

#[test]
fn abuse_a_package_is_changed_in_the_registry() {
    let lab = Lab::new();
    let host = lab.running_host();
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    tamper_with_archives(&lab);
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("pull")),
        "{job}"
    );
    let why = job["result"]["Err"].as_str().unwrap();
    assert!(why.contains("damaged on control's disk"), "{job}");
    assert!(!job["log"].as_str().unwrap().contains("Hi from"));
    let log = lab.control.service().log();
    assert!(
        log.contains("an archive does not match its package"),
        "{log}"
    );
    run(lab
        .art()
        .args(["push", &lab.package("tests/package:latest")]));
    assert_eq!(lab.run_job("greet", &host)["status"], "succeeded");
}

/// A lab whose registry takes any package, and a host that does not.
fn lab_with_package(sign: impl Fn(&Lab, &str)) -> (Lab, Host) {
    let lab = Lab::with_keys(Keys::Deployed);
    let host = lab.seeded_host();
    lab.admit(&host);
    let name = lab.package("tests/package:latest");
    run(lab.art().args(["build", "-t", &name]).arg(package_source()));
    sign(&lab, &name);
    lab.command("greet", &[("GREETING", "Hi")], json!({}));
    (lab, host)
}

#[test]
fn abuse_an_unsigned_package() {
    let (lab, host) = lab_with_package(|lab, name| {
        run(lab.art().args(["push", "--unsigned", name]));
    });
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("verify")),
        "{job}"
    );
    assert!(
        job["result"]["Err"]
            .as_str()
            .unwrap()
            .contains("not signed"),
        "{job}"
    );
}

#[test]
fn abuse_the_job_key_signs_a_package() {
    let (lab, host) = lab_with_package(|lab, name| {
        run(lab
            .art()
            .args(["sign", "-k"])
            .arg(lab.control.path("job_key.pgp"))
            .arg(name));
        run(lab.art().args(["push", name]));
    });
    let job = lab.run_job("greet", &host);
    assert_eq!(
        (&job["status"], &job["result"]["Phase"]),
        (&json!("failed"), &json!("verify")),
        "{job}"
    );
    assert!(!job["log"].as_str().unwrap().contains("Hi from"));
}
