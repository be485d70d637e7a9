//! Users and the audit log, by the command line: through the service, and on its machine.

use super::fixture::{Fixture, PASSWORD, pilotctl, run, stderr};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A file with a password.
fn file(fixture: &Fixture, password: &str) -> String {
    let path = fixture.path(&format!("{}.new", password.len()));
    fs::write(&path, password).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn an_admin_manages_users_from_anywhere_and_the_log_has_it() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let ada = |arguments: &[&str]| fixture.client(&served.url, PASSWORD, arguments);
    let first = file(&fixture, "first password");
    let added = ada(&[
        "user",
        "add",
        "bob",
        "--role",
        "reader",
        "--password-file",
        &first,
    ]);
    assert_eq!(text(&added), "added bob as reader\n");
    assert!(text(&ada(&["user", "ls"])).contains("bob   reader"));
    text(&ada(&["user", "role", "bob", "operator"]));
    let bob = |password: &str, arguments: &[&str]| {
        let as_bob = [("PILOTCTL_USER", "bob"), ("PILOTCTL_PASSWORD", password)];
        fixture.client_with(&served.url, arguments, &as_bob)
    };
    let second = file(&fixture, "the second password");
    let changed = bob(
        "first password",
        &["user", "password", "--password-file", &second],
    );
    assert_eq!(text(&changed), "bob has another password now\n");
    assert_eq!(
        bob("first password", &["host", "ls"]).status.code(),
        Some(3)
    );
    text(&bob("the second password", &["host", "ls"]));
    text(&ada(&["user", "rm", "bob", "--yes"]));
    assert_eq!(
        bob("the second password", &["host", "ls"]).status.code(),
        Some(3)
    );
    let refused = ada(&["user", "rm", "ada", "-y"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("the only admin"),
        "{}",
        stderr(&refused)
    );
    let listed = text(&ada(&["audit", "ls", "--on", "bob"]));
    let what: Vec<_> = listed
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().nth(4).unwrap())
        .collect();
    assert_eq!(
        what,
        ["user.remove", "user.password", "user.role", "user.add"],
        "{listed}"
    );
    assert!(text(&ada(&["audit", "verify"])).contains("is whole"));
    served.stop();
}

#[test]
fn the_log_is_exported_whole_and_a_change_of_the_database_is_named() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let ada = |arguments: &[&str]| fixture.client(&served.url, PASSWORD, arguments);
    for _ in 0..3 {
        text(&ada(&["host", "invite"]));
    }
    let exported = text(&ada(&["audit", "export"]));
    let entries: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let who: Vec<_> = entries
        .iter()
        .map(|entry| entry["who"].as_str().unwrap())
        .collect();
    assert_eq!(who.len(), 4);
    assert!(who[0].starts_with("unix:") && entries[0]["from"] == "this machine");
    assert_eq!((who[3], &entries[3]["from"]), ("ada", &"127.0.0.1".into()));
    assert_eq!(
        text(&ada(&["audit", "export", "--after", "3"]))
            .lines()
            .count(),
        1
    );
    served.stop();
    let verify = || {
        let mut verify = pilotctl();
        run(verify
            .args(["audit", "verify", "--data"])
            .arg(fixture.path("data")))
    };
    assert!(text(&verify()).contains("4 entries, 1 to 4"));
    // A byte of an entry, as somebody who may write to the file can change it.
    let database = fixture.path("data/pilotctl.db");
    let mut bytes = fs::read(&database).unwrap();
    let place = bytes
        .windows(9)
        .rposition(|part| part == b"127.0.0.1")
        .unwrap();
    bytes[place] = b'3';
    fs::write(&database, bytes).unwrap();
    let broken = verify();
    assert_eq!(broken.status.code(), Some(1));
    let said = stderr(&broken);
    assert!(
        said.contains("entry") && said.contains("was changed"),
        "{said}"
    );
}

#[test]
fn a_program_signs_in_with_a_token_from_a_file() {
    let fixture = Fixture::new();
    let served = fixture.serve();
    let ada = |arguments: &[&str]| fixture.client(&served.url, PASSWORD, arguments);
    let token = fixture.path("token").to_str().unwrap().to_owned();
    let made = ada(&["token", "add", "ci", "--may", "read,pull", "-o", &token]);
    assert_eq!(text(&made).trim(), token);
    assert_eq!(
        fs::metadata(&token).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let by_token = |arguments: &[&str]| {
        let mut pilotctl = pilotctl();
        pilotctl.args(arguments).env("PILOTCTL_URL", &served.url);
        pilotctl.env("PILOTCTL_CA_FILE", fixture.path("tls/ca.pem"));
        run(pilotctl.env("PILOTCTL_TOKEN_FILE", &token))
    };
    text(&by_token(&["host", "ls"]));
    let refused = by_token(&["host", "invite"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("it allows read, pull"),
        "{}",
        stderr(&refused)
    );
    let listed = text(&ada(&["token", "ls"]));
    assert!(listed.contains("ci    ada   read,pull"), "{listed}");
    text(&ada(&["token", "rm", "ci", "--yes"]));
    let gone = by_token(&["host", "ls"]);
    assert_eq!(gone.status.code(), Some(3));
    assert!(stderr(&gone).contains("API token"), "{}", stderr(&gone));
    fs::write(&token, "hunter2\n").unwrap();
    let wrong = by_token(&["host", "ls"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(!stderr(&wrong).contains("hunter2"));
    served.stop();
}
