//! Enrolling, admitting and removing hosts.

use super::agents::{Agent, invite};
use super::service::{INTERVAL, Service, until};
use crate::clock::unix_now;
use crate::domain::audit::tests::ada;
use crate::domain::enrolment::{Invitation, secret_hash};
use crate::domain::host::Place;
use crate::domain::scope::Scope;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;
use wire::HostKey;

async fn state_of(service: &Service, agent: &Agent) -> Value {
    let target = format!("/host/{}", agent.host);
    service.ada("GET", &target, Value::Null).await.json()
}

#[tokio::test]
async fn a_code_enrols_one_host_in_its_place() {
    let service = Service::start().await;
    let code = invite(&service, json!({ "area": "north", "label": ["web"] })).await;
    let (first, second) = (Agent::new("a"), Agent::new("b"));
    let answer = first.enrol(&service, Some(&code)).await;
    assert_eq!(
        answer.json(),
        json!({ "state": "enrolled", "interval": INTERVAL })
    );
    let answer = second.enrol(&service, Some(&code)).await;
    assert_eq!(
        (answer.status(), &answer.json()["state"]),
        (403, &json!("refused"))
    );
    let host = state_of(&service, &first).await;
    assert_eq!(
        (&host["area"], &host["label"]),
        (&json!("north"), &json!(["web"]))
    );
}

#[tokio::test]
async fn repeating_an_attempt_uses_a_code_once() {
    let service = Service::start().await;
    let code = invite(&service, json!({ "uses": 2 })).await;
    let (first, second) = (Agent::new("a"), Agent::new("b"));
    for _ in 0..3 {
        assert_eq!(first.enrol(&service, Some(&code)).await.status(), 201);
    }
    assert_eq!(second.enrol(&service, Some(&code)).await.status(), 201);
    assert_eq!(
        Agent::new("c").enrol(&service, Some(&code)).await.status(),
        403
    );
}

#[tokio::test]
async fn abuse_an_invented_code() {
    let service = Service::start().await;
    let answer = Agent::new("a")
        .enrol(&service, Some("AAAAAAAAAAAAAAAAAAAAAA"))
        .await;
    assert_eq!(answer.status(), 403);
    assert_eq!(
        service.ada("GET", "/host", Value::Null).await.json(),
        json!([])
    );
}

#[tokio::test]
async fn an_operator_admits_a_host_by_its_fingerprint() {
    let service = Service::start().await;
    let agent = Agent::new("a");
    let answer = agent.enrol(&service, None).await;
    assert_eq!(
        (answer.status(), &answer.json()["fingerprint"]),
        (202, &json!(agent.key.fingerprint()))
    );
    assert_eq!(state_of(&service, &agent).await["state"], "pending");

    let admit = |fingerprint: &str| json!([{ "host_uuid": agent.host, "fingerprint": fingerprint, "org": "acme" }]);
    let other = HostKey::new([0; 32]).fingerprint();
    assert_eq!(
        service
            .ada("PUT", "/admission", admit(&other))
            .await
            .status(),
        409
    );
    assert_eq!(agent.enrol(&service, None).await.status(), 202);
    let own = agent.key.fingerprint();
    assert_eq!(
        service.ada("PUT", "/admission", admit(&own)).await.status(),
        201
    );
    assert_eq!(agent.enrol(&service, None).await.status(), 201);
    assert_eq!(
        agent.post(&service, "/ping", Value::Null).await.1.status(),
        204
    );
    assert_eq!(state_of(&service, &agent).await["org"], "acme");
}

#[tokio::test]
async fn admission_is_for_all_hosts_or_none() {
    let service = Service::start().await;
    let agent = Agent::new("a");
    agent.enrol(&service, None).await;
    let unknown = Agent::new("never asked").host;
    let both = json!([{ "host_uuid": agent.host }, { "host_uuid": unknown }]);
    let answer = service.ada("PUT", "/admission", both).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().contains(&unknown.to_string()));
    assert_eq!(state_of(&service, &agent).await["state"], "pending");
}

#[tokio::test]
async fn abuse_another_key_claims_the_id_of_a_host() {
    let service = Service::start().await;
    let original = Agent::enrolled(&service, "a").await;
    let code = invite(&service, json!({})).await;
    let clone = Agent::new("a");
    let answer = clone.enrol(&service, Some(&code)).await;
    assert_eq!(
        (answer.status(), answer.json()),
        (409, json!({ "state": "clone" }))
    );
    assert!(state_of(&service, &original).await["clone_seen"].is_string());
    assert_eq!(
        original
            .post(&service, "/ping", Value::Null)
            .await
            .1
            .status(),
        204
    );
    assert_eq!(
        Agent::new("a, salted")
            .enrol(&service, Some(&code))
            .await
            .status(),
        201
    );
}

#[tokio::test]
async fn abuse_a_removed_host_comes_back() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let target = format!("/host/{}", agent.host);
    assert_eq!(
        service.ada("DELETE", &target, Value::Null).await.status(),
        204
    );
    assert_eq!(
        service.ada("DELETE", &target, Value::Null).await.status(),
        404
    );
    assert_eq!(agent.enrol(&service, None).await.status(), 202);
    let code = invite(&service, json!({})).await;
    assert_eq!(agent.enrol(&service, Some(&code)).await.status(), 201);
    assert_eq!(
        agent.post(&service, "/ping", Value::Null).await.1.status(),
        204
    );
}

#[tokio::test]
async fn abuse_an_old_host_key_comes_back() {
    let service = Service::start().await;
    let mut agent = Agent::new("a");
    let used = invite(&service, json!({})).await;
    assert_eq!(agent.enrol(&service, Some(&used)).await.status(), 201);
    let admission = json!([{ "host_uuid": agent.host }]);
    for by_code in [false, true] {
        let target = format!("/host/{}", agent.host);
        let removed = service.ada("DELETE", &target, Value::Null).await;
        assert_eq!(removed.status(), 204);
        assert!(is_out(&service, &agent).await);
        let early = service.ada("PUT", "/admission", admission.clone()).await;
        assert_eq!(early.status(), 422, "it has not asked to enrol");
        assert_eq!(agent.enrol(&service, Some(&used)).await.status(), 403);
        assert_eq!(agent.enrol(&service, None).await.status(), 202);
        assert!(is_out(&service, &agent).await);

        agent.nonce = crate::random::bytes();
        let answer = if by_code {
            let fresh = invite(&service, json!({})).await;
            agent.enrol(&service, Some(&fresh)).await
        } else {
            service.ada("PUT", "/admission", admission.clone()).await
        };
        assert_eq!(answer.status(), 201, "{}", answer.text());
        let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
        assert_eq!(answer.status(), 204);
    }
}

async fn is_out(service: &Service, agent: &Agent) -> bool {
    let request = agent.request("/ping", b"", unix_now(), agent.next());
    service.send(request).await.status() == 401
}

#[tokio::test]
async fn enrolling_again_with_the_same_key_changes_nothing_and_uses_no_code() {
    let service = Service::start().await;
    let mut agent = Agent::enrolled(&service, "a").await;
    agent.post(&service, "/ping", Value::Null).await;
    let code = invite(&service, json!({})).await;
    agent.nonce = crate::random::bytes();
    assert_eq!(agent.enrol(&service, Some(&code)).await.status(), 201);
    let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
    assert_eq!(answer.status(), 204);
    let other = Agent::new("b").enrol(&service, Some(&code)).await;
    assert_eq!(other.status(), 201);
}

#[tokio::test]
async fn hosts_of_every_state_show_version_and_fingerprint() {
    let service = Service::start().await;
    let (enrolled, removed, pending) = (
        Agent::enrolled(&service, "a").await,
        Agent::enrolled(&service, "b").await,
        Agent::new("c"),
    );
    pending.enrol(&service, None).await;
    let target = format!("/host/{}", removed.host);
    service.ada("DELETE", &target, Value::Null).await;
    let usual = service.ada("GET", "/host", Value::Null).await.json();
    assert_eq!(usual.as_array().unwrap().len(), 2);
    let hosts = service.ada("GET", "/host?removed=true", Value::Null).await;
    let hosts = hosts.json();
    let expected = [
        (&enrolled, "enrolled"),
        (&removed, "removed"),
        (&pending, "pending"),
    ];
    for (host, (agent, state)) in hosts.as_array().unwrap().iter().zip(expected) {
        assert_eq!(host["state"], state);
        assert_eq!(host["fingerprint"], agent.key.fingerprint());
        assert_eq!(host["version"], "0.1.0");
    }
}

#[tokio::test]
async fn a_source_that_keeps_failing_waits_unless_it_has_a_valid_code() {
    let service = Service::start().await;
    let mut last = 0;
    for number in 0..25 {
        let agent = Agent::new(&number.to_string());
        last = agent
            .enrol(&service, Some("AAAAAAAAAAAAAAAAAAAAAA"))
            .await
            .status();
    }
    assert_eq!(last, 429);
    Agent::enrolled(&service, "invited").await;
}

#[tokio::test]
async fn a_host_registers_only_itself() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    for operation in ["I", "N"] {
        let (_, answer) = agent.post(&service, "/register", agent.facts()).await;
        assert_eq!(
            (answer.status(), answer.json()),
            (201, json!({ "operation": operation, "interval": INTERVAL }))
        );
    }
    let mut facts = agent.facts();
    facts["cpus"] = 8.into();
    let (_, answer) = agent.post(&service, "/register", facts).await;
    assert_eq!(answer.json()["operation"], "U");
    let other = Agent::new("b").facts();
    assert_eq!(
        agent.post(&service, "/register", other).await.1.status(),
        422
    );
}

#[tokio::test]
async fn abuse_many_hosts_use_the_same_code() {
    let service = Service::start().await;
    let code = invite(&service, json!({})).await;
    let agents = ["a", "b", "c", "d"].map(Agent::new);
    let enrol = |at: usize| agents[at].enrol(&service, Some(&code));
    let answers = tokio::join!(enrol(0), enrol(1), enrol(2), enrol(3));
    let answers = [answers.0, answers.1, answers.2, answers.3];
    let mut statuses = answers.map(|answer| answer.status());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403, 403]);
}

/// A wait for the disk each would take minutes if thousands enrol.
#[tokio::test]
async fn hosts_that_enrol_at_once_share_commits() {
    let service = Arc::new(Service::start().await);
    let code = invite(&service, json!({ "uses": 50 })).await;
    let busy = service.store.busy_writer().await;
    let mut enrolling = JoinSet::new();
    for name in 0..50 {
        let (service, code) = (Arc::clone(&service), code.clone());
        enrolling.spawn(async move {
            let agent = Agent::new(&name.to_string());
            agent.enrol(&service, Some(&code)).await.status()
        });
    }
    until(|| service.store.waiting() == 50).await;
    drop(busy);
    let statuses = enrolling.join_all().await;
    assert_eq!(statuses, [201; 50]);
}

#[tokio::test]
async fn an_expired_code_is_refused_with_the_reason() {
    let service = Service::start().await;
    let invitation = Invitation {
        uses_left: 1,
        expires: unix_now() - 1,
        place: Place::default(),
        scope: Scope::everything(),
    };
    let (secret, author) = ("AAAAAAAAAAAAAAAAAAAAAA", ada());
    let stored = service
        .store
        .invite(secret_hash(secret), &invitation, None, &author, unix_now());
    stored.await.unwrap();
    let answer = Agent::new("a").enrol(&service, Some(secret)).await;
    assert_eq!(answer.status(), 403);
    assert!(answer.text().contains("expired"), "{}", answer.text());
}

#[tokio::test]
async fn a_host_whose_key_is_damaged_enrols_again_once_it_is_removed() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let damage = "UPDATE host SET sealed_key = 'torn', next_key = 'torn'";
    service.store.change(damage).await;
    let enrol = async || {
        let code = invite(&service, json!({})).await;
        agent.enrol(&service, Some(&code)).await.status()
    };
    assert_eq!(enrol().await, 409);
    let target = format!("/host/{}", agent.host);
    let removed = service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(removed.status(), 204);
    assert_eq!(enrol().await, 201);
    assert_eq!(agent.offered(&service).await, 0);
}

#[tokio::test]
async fn a_host_whose_next_key_is_damaged_still_pings_with_the_present_one() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let damage = "UPDATE host SET next_key = 'torn'";
    service.store.change(damage).await;
    assert_eq!(agent.offered(&service).await, 0);
}
