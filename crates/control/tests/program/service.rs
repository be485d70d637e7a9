//! The service: starting, stopping, going on where it was.

use super::fixture::{Fixture, PASSWORD, PUT, enrol, now, pilotctl, run, stderr};
use std::time::Duration;
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

#[test]
fn a_held_ping_does_not_keep_the_service_from_stopping() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &served.url, host, &key);
    let ping = Request {
        method: "POST",
        target: "/ping",
        body: b"",
    };
    let token = Token::new(&key, host, now(), 1, &ping).to_string();
    let (agent, url) = (fixture.agent(), served.url.clone());
    let held = std::thread::spawn(move || {
        let request = agent.post(format!("{url}/ping"));
        let request = request
            .header("Authorization", token)
            .header("Prefer", "wait=60");
        let answer = request.send_empty().unwrap();
        (
            answer.status().as_u16(),
            answer.headers().contains_key("pilot-answer"),
        )
    });
    while !is_connected(&fixture, &served.url) {
        std::thread::yield_now();
    }
    assert!(served.stop() < Duration::from_secs(5));
    assert_eq!(held.join().unwrap(), (204, true));
}

#[test]
fn a_number_is_used_up_though_control_is_killed_before_it_answers() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &served.url, host, &key);
    let ping = Request {
        method: "POST",
        target: "/ping",
        body: b"",
    };
    let token = Token::new(&key, host, now(), 1, &ping).to_string();
    let send = |url: &str, wait: &'static str| {
        let request = fixture.agent().post(format!("{url}/ping"));
        let request = request.header("Authorization", token.clone());
        request.header("Prefer", wait)
    };
    let held = send(&served.url, "wait=60");
    let held = std::thread::spawn(move || held.send_empty().map(drop));
    while !is_connected(&fixture, &served.url) {
        std::thread::yield_now();
    }
    served.service.kill();
    assert!(held.join().unwrap().is_err(), "it was not answered");
    let served = fixture.serve();
    let mut answer = send(&served.url, "wait=0").send_empty().unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    let refusal: serde_json::Value = answer.body_mut().read_json().unwrap();
    assert_eq!(
        (&refusal["reason"], &refusal["last"]),
        (&"sequence".into(), &1.into())
    );
    served.stop();
}

/// Whether the one host counts as connected, as `host ls --json` says.
fn is_connected(fixture: &Fixture, url: &str) -> bool {
    let listed = fixture.client(url, PASSWORD, &["host", "ls", "--json"]);
    let hosts: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    hosts[0]["connected"] == true
}

#[test]
fn what_was_told_survives_a_restart() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let put = [
        &PUT[..],
        &[
            "--var",
            "A=b",
            "--limit-memory",
            "1G",
            "--limit-cpu",
            "5m",
            "--keep",
        ],
    ]
    .concat();
    assert!(fixture.client(&served.url, PASSWORD, &put).status.success());
    served.stop();
    let served = fixture.serve();
    let shown = fixture.client(&served.url, PASSWORD, &["cmd", "show", "k"]);
    let command: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(command["input"]["var"][0]["value"], "b");
    let limits = serde_json::json!({ "memory": 1 << 30, "cpu": 300 });
    assert_eq!(
        (&command["limits"], &command["keep"]),
        (&limits, &true.into())
    );
    let absurd = [&put[..put.len() - 1], &["--limit-processes", "1"]].concat();
    let refused = fixture.client(&served.url, PASSWORD, &absurd);
    assert!(
        stderr(&refused).contains("the limit processes is 1"),
        "{}",
        stderr(&refused)
    );
    served.stop();
}

#[test]
fn two_services_never_share_a_store() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let second = run(&mut fixture.serve_command());
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains("in use"), "{}", stderr(&second));
    served.stop();
}

#[test]
fn the_log_names_who_was_refused() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let added = fixture.add("bob", "reader", PASSWORD);
    assert!(added.status.success(), "{}", stderr(&added));
    let as_bob = [("PILOTCTL_USER", "bob")];
    let refused = fixture.client_with(&served.url, &["host", "invite"], &as_bob);
    assert_eq!(refused.status.code(), Some(1));
    let as_eve = [("PILOTCTL_USER", "eve\u{1b}[2J")];
    assert_eq!(
        fixture
            .client_with(&served.url, &["host", "ls"], &as_eve)
            .status
            .code(),
        Some(3)
    );
    let by_bob = ["user=\"bob\"", "role=reader", "request=\"POST /enrolment\""];
    for words in [&by_bob[..], &["eve"]] {
        served.service.line_with(words);
    }
    let log = served.service.log();
    assert!(!log.contains('\u{1b}') && !log.contains(PASSWORD), "{log}");
}

#[test]
fn what_is_wrong_at_start_is_said_before_anything_is_served() {
    let fixture = Fixture::new();
    let short = fixture.add_user("short");
    assert_eq!(short.status.code(), Some(2));
    assert!(fixture.add_user(PASSWORD).status.code() == Some(1));
    std::fs::write(fixture.path("job_key.pgp"), "no key").unwrap();
    let refused = run(&mut fixture.serve_command());
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("job key"), "{}", stderr(&refused));
    let again = run(pilotctl()
        .args(["tls", "init", "--host", "x", "--dir"])
        .arg(fixture.path("tls")));
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("not replaced"));
}
