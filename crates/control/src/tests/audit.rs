//! The audit log, and attacks on it.

use super::agents::{Agent, invite};
use super::audited::entries_after;
use super::commands::{greet, prepare, run};
use super::service::{PASSWORD, Service};
use crate::domain::audit::tests::ada;
use crate::domain::audit::{Action, AuditFilter, Entry, What};
use crate::domain::definition::Definition;
use crate::domain::retention::Retention;
use crate::domain::user::Role;
use crate::service::{denials, retention::sweep};
use crate::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::time::Duration;

/// A service whose log has at least this many entries.
async fn with_entries(number: i64) -> Service {
    let service = Service::start().await;
    while service.store.newest_audit().await < number {
        let answer = service.ada("PUT", "/cmd", greet()).await;
        assert!(answer.status.is_success());
    }
    service
}

async fn verified(service: &Service) -> Value {
    let answer = service.ada("GET", "/audit/verify", Value::Null).await;
    assert_eq!(answer.status(), 200);
    answer.json()
}

#[tokio::test]
async fn abuse_rows_of_the_log_are_changed_removed_added_and_swapped() {
    for (damage, finding) in [
        (
            "UPDATE audit SET who = 'eve' WHERE number = 3",
            "entry 3 was changed",
        ),
        (
            "UPDATE audit SET at = at + 1 WHERE number = 1",
            "entry 1 was changed",
        ),
        (
            "UPDATE audit SET at = 'x' WHERE number = 2",
            "entry 2 was changed",
        ),
        ("DELETE FROM audit WHERE number = 2", "entry 2 was removed"),
        (
            "DELETE FROM audit WHERE number >= 4",
            "entries 4 to 5 were removed",
        ),
        ("DELETE FROM audit", "entries 1 to 5 were removed"),
        (
            "INSERT INTO audit SELECT 6, at, who, token, origin, action, kind, target, before,
                 after, size, previous, mac FROM audit WHERE number = 5",
            "entry 6 was added",
        ),
        (
            "UPDATE audit SET number = -number WHERE number IN (2, 3);
             UPDATE audit SET number = 5 + number WHERE number < 0",
            "entry 2 was changed, entry 3 was changed",
        ),
        (
            "UPDATE audit_ends SET newest = 4",
            "the record of where the log begins",
        ),
        (
            "DELETE FROM audit_ends",
            "the record of where the log begins",
        ),
        (
            "DELETE FROM audit; UPDATE audit_ends SET newest = 0, newest_mac = x''",
            "the record of where the log begins",
        ),
        // As it was before the first entry.
        (
            "DELETE FROM audit; UPDATE audit_ends SET removed = 0, removed_mac = x'', newest = 0,
                 newest_mac = x'', seal = x''",
            "the record of where the log begins",
        ),
    ] {
        let service = with_entries(5).await;
        assert_eq!(verified(&service).await["whole"], true);
        service.store.change(damage).await;
        let found = verified(&service).await;
        let findings = found["findings"].as_array().unwrap();
        let text: Vec<_> = findings.iter().map(|text| text.as_str().unwrap()).collect();
        let text = text.join(", ");
        assert_eq!(found["whole"], false, "{damage}");
        assert!(text.starts_with(finding), "{damage}: {text}");
        // Control goes on, and does not heal what was damaged.
        let answer = service.ada("PUT", "/cmd", greet()).await;
        assert!(answer.status.is_success(), "{damage}");
        assert_eq!(verified(&service).await["whole"], false, "{damage}");
    }
}

#[tokio::test]
async fn abuse_the_newest_entries_are_cut_off_with_a_record_of_before() {
    for writes_after in [false, true] {
        let service = with_entries(3).await;
        service
            .store
            .change("CREATE TABLE t AS SELECT * FROM audit_ends")
            .await;
        service.ada("DELETE", "/cmd/greet", Value::Null).await;
        let cut = "DELETE FROM audit WHERE number > 3; DELETE FROM audit_ends;
             INSERT INTO audit_ends SELECT * FROM t";
        service.store.change(cut).await;
        if writes_after {
            service.ada("PUT", "/cmd", greet()).await;
        }
        let found = verified(&service).await;
        let text = found["findings"].to_string();
        assert!(text.contains("an older one"), "{text}");
        assert_eq!(service.store.newest_entry().await.unwrap(), None);
        // A next start knows it too, if control has written since.
        let (data, key) = (service.folder().join("data"), service.folder().join("key"));
        let again = Store::open(&data, &key).await.unwrap();
        let findings = again.verify_audit().await.unwrap();
        assert_eq!(findings.is_whole(), !writes_after);
    }
}

#[tokio::test]
async fn what_another_process_adds_and_what_is_rolled_back_is_no_damage() {
    let service = with_entries(3).await;
    let (data, key) = (service.folder().join("data"), service.folder().join("key"));
    let other = Store::open(&data, &key).await.unwrap();
    assert!(other.add_user(&user("eve"), 0, &ada()).await.is_ok());
    assert_eq!(verified(&service).await["whole"], true);
    let fails_at_commit = "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE c (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER t AFTER UPDATE ON audit_ends BEGIN INSERT INTO c VALUES (7); END";
    service.store.change(fails_at_commit).await;
    assert!(
        service
            .store
            .add_user(&user("bob"), 0, &ada())
            .await
            .is_err()
    );
    service.store.change("DROP TRIGGER t").await;
    assert!(
        other
            .remove_command("greet", |_| true, &ada())
            .await
            .unwrap()
            == crate::store::PutCommand::Done
    );
    assert_eq!(verified(&service).await["whole"], true);
    assert!(service.store.newest_entry().await.unwrap().is_some());
}

#[tokio::test]
async fn abuse_the_log_is_verified_for_many_at_once() {
    let service = with_entries(2).await;
    let permit = service.inner.verifying.try_acquire().unwrap();
    let answer = service.ada("GET", "/audit/verify", Value::Null).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers.contains_key("retry-after"));
    drop(permit);
    assert_eq!(verified(&service).await["whole"], true);
}

#[tokio::test]
async fn what_cannot_be_logged_is_not_done() {
    let service = with_entries(2).await;
    let refuse = "CREATE TRIGGER t BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'cut'); END";
    service.store.change(refuse).await;
    for (method, target, body) in [
        ("DELETE", "/cmd/greet", Value::Null),
        (
            "PUT",
            "/cmd",
            json!({ "key": "k", "package": "r.io/p", "function": "f" }),
        ),
        ("POST", "/enrolment", json!({})),
    ] {
        assert_eq!(service.ada(method, target, body).await.status(), 500);
    }
    let added = service.store.add_user(&user("eve"), 0, &ada()).await;
    assert!(added.is_err());
    service.store.change("DROP TRIGGER t").await;
    let commands = service.ada("GET", "/cmd", Value::Null).await.json();
    assert_eq!(
        (
            commands[0]["key"].as_str(),
            commands.as_array().unwrap().len()
        ),
        (Some("greet"), 1)
    );
    assert!(service.store.user("eve").await.unwrap().is_none());
    assert_eq!(verified(&service).await["whole"], true);
}

/// What is left of the journal when the power is cut ends with any of its frames.
#[tokio::test]
async fn a_power_cut_leaves_a_change_and_its_entry_or_neither() {
    const FRAME: usize = 24 + 4_096;
    let service = with_entries(2).await;
    let data = service.folder().join("data");
    let begun = fs::read(data.join("pilotctl.db-wal")).unwrap().len();
    for number in 0..4 {
        let mut command = greet();
        command["key"] = format!("k{number}").into();
        assert_eq!(service.ada("PUT", "/cmd", command).await.status(), 201);
    }
    let [database, journal] =
        ["", "-wal"].map(|end| fs::read(data.join(format!("pilotctl.db{end}"))).unwrap());
    let mut seen = BTreeSet::new();
    for cut in (begun..=journal.len()).step_by(FRAME) {
        let copy = tempfile::tempdir().unwrap();
        let path = |name: &str| copy.path().join(name);
        fs::create_dir(path("data")).unwrap();
        fs::write(path("data/pilotctl.db"), &database).unwrap();
        fs::write(path("data/pilotctl.db-wal"), &journal[..cut]).unwrap();
        fs::copy(service.folder().join("key"), path("key")).unwrap();
        let store = Store::open(&path("data"), &path("key")).await.unwrap();
        let (changed, logged) = changes(&store).await;
        assert_eq!(changed, logged, "cut at {cut} of {}", journal.len());
        assert!(store.verify_audit().await.unwrap().is_whole());
        seen.insert(changed.len());
        store.close().await;
    }
    assert_eq!(seen, (1..=5).collect(), "the cuts are in every change");
}

/// The commands that there are, and those that the log has.
async fn changes(store: &Store) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut changed, mut logged) = (BTreeSet::new(), BTreeSet::new());
    let take = |command: Definition| {
        changed.insert(command.key);
        ControlFlow::Continue(())
    };
    store.commands("", take).await.unwrap();
    let puts = AuditFilter {
        what: Some(What::Action(Action::CommandPut)),
        ..AuditFilter::default()
    };
    let take = |entry: Entry| {
        logged.insert(entry.target);
        ControlFlow::Continue(())
    };
    store.audit(&puts, take).await.unwrap();
    (changed, logged)
}

fn user(name: &str) -> crate::domain::user::User {
    crate::domain::user::User {
        name: name.into(),
        role: Role::Reader,
        password: "$argon2id$".into(),
        scope: crate::domain::scope::Scope::everything(),
    }
}

#[tokio::test]
async fn abuse_no_secret_is_in_the_log() {
    let service = Service::start().await;
    let code = invite(&service, json!({ "label": ["web"] })).await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    service.ada("DELETE", "/cmd/greet", Value::Null).await;
    let other = json!({ "name": "eve", "role": "reader", "password": "a secret of eve" });
    service.ada("POST", "/user", other).await;
    let changed = json!({ "password": "another of eve" });
    service.ada("PUT", "/user/eve/password", changed).await;
    let issued = service.ada("POST", "/token", json!({ "name": "ci" })).await;
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    let mut hidden = vec![token, "a secret of eve".into(), "another of eve".into()];
    hidden.extend(["hunter2".to_owned(), "s3cret".into(), PASSWORD.into(), code]);
    hidden.push(wire::encoding::hex(agent.key.as_bytes()));
    for entry in entries_after(&service, 0).await {
        for secret in &hidden {
            assert!(!format!("{entry:?}").contains(secret), "{entry:?}");
        }
    }
    // Nor anywhere in the files, but for the outputs of jobs.
    service.store.close().await;
    let database = fs::read(service.folder().join("data/pilotctl.db")).unwrap();
    for secret in &hidden {
        let found = database
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}

#[tokio::test]
async fn a_changed_secret_is_seen_and_not_shown() {
    let service = Service::start().await;
    service.ada("PUT", "/cmd", greet()).await;
    let mut other = greet();
    other["input"]["secret"][0]["value"] = "other".into();
    service.ada("PUT", "/cmd", other).await;
    let answer = service
        .ada("GET", "/audit?on=greet&limit=1", Value::Null)
        .await;
    let entry = &answer.json()[0];
    let secret = |when: &str| entry[when]["input"]["secret"][0]["value"].clone();
    assert!(secret("before").as_str().unwrap().starts_with("hmac:"));
    assert_ne!(secret("before"), secret("after"));
    assert_eq!(entry["before"]["pwd"], entry["after"]["pwd"]);
}

#[tokio::test]
async fn entries_are_found_by_who_what_on_what_and_since_when() {
    let service = with_entries(3).await;
    service.add_user("olga", Role::Operator).await;
    service
        .operator("olga", "DELETE", "/cmd/greet", Value::Null)
        .await;
    let found = async |filter: &str| {
        let answer = service
            .ada("GET", &format!("/audit?{filter}"), Value::Null)
            .await;
        let json = answer.json();
        let entries = json
            .as_array()
            .unwrap_or_else(|| panic!("{filter}: {json}"))
            .clone();
        let what = entries
            .iter()
            .map(|entry| entry["what"].as_str().unwrap().to_owned());
        what.collect::<Vec<_>>()
    };
    assert_eq!(found("who=olga").await, ["command.remove"]);
    assert_eq!(found("what=user").await, ["user.add", "user.add"]);
    assert_eq!(
        found("what=command.remove&on=greet").await,
        ["command.remove"]
    );
    assert_eq!(found("on=olga").await, ["user.add"]);
    assert_eq!(found("since=2999-01-01T00:00:00Z").await, [""; 0]);
    assert_eq!(found("since=1970-01-02T00:00:00Z").await.len(), 5);
    assert_eq!(
        found("limit=2&oldest=true").await,
        ["user.add", "command.put"]
    );
    assert_eq!(
        found("limit=2&oldest=true&after=2").await,
        ["command.put", "user.add"]
    );
    for wrong in ["what=host.fly", "since=yesterday", "whom=ada"] {
        let answer = service
            .ada("GET", &format!("/audit?{wrong}"), Value::Null)
            .await;
        assert_eq!(answer.status(), 400, "{wrong}");
    }
}

#[tokio::test]
async fn refusals_of_a_user_share_an_entry() {
    let service = Service::start().await;
    service.add_user("rita", Role::Reader).await;
    for _ in 0..3 {
        let answer = service
            .operator("rita", "DELETE", "/cmd/greet", Value::Null)
            .await;
        assert_eq!(answer.status(), 403);
    }
    service.operator("rita", "GET", "/audit", Value::Null).await;
    service
        .operator("stranger", "GET", "/audit", Value::Null)
        .await;
    let before = service.store.newest_audit().await;
    denials::write(&service.inner).await;
    denials::write(&service.inner).await;
    let [entry] = &entries_after(&service, before).await[..] else {
        panic!("not one entry");
    };
    assert_eq!(
        (entry.who.as_str(), entry.action.as_str()),
        ("rita", Action::RequestRefuse.name())
    );
    let after: Value = serde_json::from_str(entry.after.as_ref().unwrap()).unwrap();
    let requests = json!(["DELETE /cmd/greet", "GET /audit"]);
    assert_eq!(
        after,
        json!({ "count": 4, "requests": requests, "addresses": ["192.0.2.1"] })
    );
}

#[tokio::test]
async fn the_log_is_for_admins() {
    let service = Service::start().await;
    for (name, role) in [
        ("olga", Role::Operator),
        ("paul", Role::Publisher),
        ("rita", Role::Reader),
    ] {
        service.add_user(name, role).await;
        for target in ["/audit", "/audit/verify"] {
            let answer = service.operator(name, "GET", target, Value::Null).await;
            assert_eq!(answer.status(), 403, "{name} {target}");
        }
    }
}

#[tokio::test]
async fn old_entries_go_and_the_rest_still_holds() {
    let service = with_entries(40).await;
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let kept = Retention {
        audit: Some(days(10)),
        ..Retention::default()
    };
    let agent = Agent::enrolled(&service, "a").await;
    agent.ping(&service, &wire::ping::Ping::default()).await;
    let now = crate::clock::unix_now();
    let none = sweep(&service.store, kept, now).await.unwrap();
    assert_eq!(none.audit, 0);
    // The clock of the hosts goes with it.
    let later = now + 11 * 86_400;
    service
        .store
        .change(&format!("UPDATE pulse SET last_seen = {later}"))
        .await;
    let removed = sweep(&service.store, kept, later).await.unwrap();
    assert_eq!(removed.audit, 41);
    assert_eq!(verified(&service).await["whole"], true);
    service.ada("PUT", "/cmd", greet()).await;
    let found = verified(&service).await;
    assert_eq!(
        (&found["whole"], &found["oldest"], &found["entries"]),
        (&true.into(), &42.into(), &1.into())
    );
    service
        .store
        .change("UPDATE audit_ends SET removed = 0, removed_mac = x''")
        .await;
    assert_eq!(verified(&service).await["whole"], false);
}
