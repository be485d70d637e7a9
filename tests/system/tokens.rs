//! Tokens: who may ask, when, and how often.

use lab::host::{Host, Identity};
use lab::rest::client;
use lab::{Lab, run};
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use wire::answer::{HEADER, Reason, Rejection};
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Pings with a token, and returns status, whether the answer has a MAC, and
/// the body.
pub fn ping(lab: &Lab, token: &Token) -> (u16, bool, String) {
    send(lab, "/ping", token, b"")
}

/// As [`ping`], for another request of a host.
pub fn ask(lab: &Lab, host: &Identity, target: &str, body: &[u8], n: u64) -> (u16, bool, String) {
    let covered = Request {
        method: "POST",
        target,
        body,
    };
    let token = Token::new(&host.key, host.host, now(), n, &covered);
    send(lab, target, &token, body)
}

fn send(lab: &Lab, target: &str, token: &Token, body: &[u8]) -> (u16, bool, String) {
    let request = client(&lab.control.ca()).post(format!("{}{target}", lab.control.url()));
    let mut response = request
        .header("Authorization", token.to_string())
        .send(body)
        .unwrap();
    let mac = response.headers().contains_key(HEADER);
    (
        response.status().as_u16(),
        mac,
        response.body_mut().read_to_string().unwrap(),
    )
}

pub fn token(host: HostId, key: &HostKey, unix: u64, n: u64) -> Token {
    Token::new(
        key,
        host,
        unix,
        n,
        &Request {
            method: "POST",
            target: "/ping",
            body: b"",
        },
    )
}

#[test]
fn abuse_a_token_is_replayed_now_and_after_a_restart() {
    let mut lab = Lab::without_package();
    let identity = lab.enrolled_host().identity();
    let token = token(identity.host, &identity.key, now(), 1);
    let (status, mac, _) = ping(&lab, &token);
    assert!((status == 201 || status == 204) && mac, "{status}");
    let assert_refused = |lab: &Lab| {
        let (status, mac, body) = ping(lab, &token);
        let rejection: Rejection = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, mac, rejection.reason, rejection.last),
            (401, true, Reason::Sequence, Some(1))
        );
    };
    assert_refused(&lab);
    lab.control.kill();
    lab.control.start_again();
    assert_refused(&lab);
}

#[test]
fn abuse_strangers_and_forgers_hear_the_same() {
    let lab = Lab::without_package();
    let identity = lab.enrolled_host().identity();
    let other_key = HostKey::new([7; 32]);
    let unknown = ping(
        &lab,
        &token(HostId::derive("nobody", "", b""), &other_key, now(), 1),
    );
    let forged = ping(&lab, &token(identity.host, &other_key, now(), 1));
    assert_eq!(unknown, forged);
    assert_eq!((unknown.0, unknown.1), (401, false));
}

#[test]
fn abuse_a_deleted_host_goes_on() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let identity = host.identity();
    run(lab
        .control
        .pilotctl()
        .args(["host", "rm", "--yes", &host.id()]));
    let (status, mac, _) = ping(&lab, &token(identity.host, &identity.key, now(), 1));
    assert_eq!((status, mac), (401, false));
}

/// A library that moves the wall clock of the process that loads it.
fn clock_shift(host: &Host) -> PathBuf {
    let [source, library] = ["clock.c", "clock.so"].map(|name| host.path(name));
    host.write(
        "clock.c",
        r#"
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>
        int clock_gettime(clockid_t clock, struct timespec *now) {
            int result = syscall(SYS_clock_gettime, clock, now);
            const char *shift = getenv("CLOCK_SHIFT");
            if (result == 0 && clock == CLOCK_REALTIME && shift) now->tv_sec += atol(shift);
            return result;
        }
        "#,
    );
    run(Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &source]));
    library
}

/// A host whose clock is `shift` seconds off.
fn host_with_clock(lab: &Lab, shift: &str) -> Host {
    let mut host = lab.enrolled_host();
    let library = clock_shift(&host).display().to_string();
    host.environment.extend([
        ("LD_PRELOAD".into(), library),
        ("CLOCK_SHIFT".into(), shift.into()),
    ]);
    host.start();
    host.agent().wait_for("clock: this host's clock is");
    host
}

fn assert_runs_a_job(lab: &Lab, host: &Host) {
    host.agent().wait_for("connected to");
    lab.command("greet", &[("GREETING", "On time")], serde_json::json!({}));
    assert_eq!(lab.run_job("greet", host)["status"], "succeeded");
}

#[test]
fn a_clock_ahead_is_recovered_from_by_one_authenticated_retry() {
    let lab = Lab::new();
    let host = host_with_clock(&lab, "86400");
    host.agent().wait_for("trying once more");
    assert_runs_a_job(&lab, &host);
    assert_eq!(host.agent().log().matches("trying once more").count(), 1);
}

#[test]
fn a_clock_behind_is_not_believed() {
    let lab = Lab::new();
    assert_runs_a_job(&lab, &host_with_clock(&lab, "-3600"));
}
