//! Rotation of host keys: the old key is valid until the new one is first used.

use super::agents::Agent;
use super::service::{INTERVAL, Service, until};
use crate::clock::unix_now;
use crate::domain::Error;
use crate::service::hosts;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;
use wire::HostKey;
use wire::ping::Ping;
use wire::rotation::NextKey;

impl Agent {
    /// Sends the next key to the service, authenticated with the present one.
    async fn send_next_key(&self, service: &Service, key: &HostKey) {
        let body = serde_json::to_value(NextKey { key: key.clone() }).unwrap();
        let (_, answer) = self.post(service, "/key", body).await;
        assert_eq!(answer.status(), 204);
    }

    async fn status(&self, service: &Service) -> u16 {
        let request = self.request("/ping", b"", unix_now(), self.next());
        service.send(request).await.status()
    }
}

fn new_key() -> HostKey {
    HostKey::new(crate::random::bytes())
}

async fn shown(service: &Service, agent: &Agent) -> Value {
    let target = format!("/host/{}", agent.host);
    service.ada("GET", &target, Value::Null).await.json()
}

#[tokio::test]
async fn the_old_key_is_valid_until_the_new_one_is_first_used() {
    let service = Service::start().await;
    let old = Agent::enrolled(&service, "web").await;
    let new = old.with_key(new_key());
    old.send_next_key(&service, &new.key).await;
    old.send_next_key(&service, &new.key).await;
    assert_eq!(old.status(&service).await, 204);
    assert_eq!(
        shown(&service, &old).await["fingerprint"],
        old.key.fingerprint()
    );
    let (_, answer) = new.post(&service, "/ping", Value::Null).await;
    assert_eq!(answer.status(), 204);
    let host = shown(&service, &new).await;
    assert_eq!(host["fingerprint"], new.key.fingerprint());
    assert!(host["key_changed"].is_string());
    new.send_next_key(&service, &new.key).await;
    assert_eq!(new.status(&service).await, 204);
}

#[tokio::test]
async fn abuse_a_stolen_key_is_used_after_the_host_has_replaced_it() {
    let service = Service::start().await;
    let stolen = Agent::enrolled(&service, "web").await;
    let host = stolen.with_key(new_key());
    stolen.send_next_key(&service, &host.key).await;
    assert_eq!(host.status(&service).await, 204);
    let thief = stolen.with_key(stolen.key.clone());
    for target in ["/ping", "/register", "/key"] {
        let body = json!({ "key": new_key() }).to_string();
        let request = thief.request(target, body.as_bytes(), unix_now(), thief.next() + 1_000);
        let answer = service.send(request).await;
        assert_eq!(answer.status(), 401, "{target}");
        assert!(!answer.headers.contains_key("pilot-answer"));
    }
    assert_eq!(thief.enrol(&service, None).await.status(), 409);
    assert_eq!(host.status(&service).await, 204);
}

#[tokio::test]
async fn abuse_a_held_ping_of_a_stolen_key_gets_nothing() {
    let service = Arc::new(Service::start().await);
    let stolen = Agent::enrolled(&service, "web").await;
    let host = stolen.with_key(new_key());
    stolen.send_next_key(&service, &host.key).await;
    let mut waiting = stolen.request("/ping", b"", unix_now(), stolen.next());
    let wait = "wait=30".parse().unwrap();
    waiting.headers_mut().insert("prefer", wait);
    let waiting = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.send(waiting).await }
    });
    while !service.presence().of(stolen.host).0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(host.status(&service).await, 204);
    let ask = format!("/host/{}/rotate", host.host);
    assert_eq!(service.ada("POST", &ask, json!({})).await.status(), 202);
    let answer = waiting.await.unwrap();
    assert_eq!(
        (answer.status(), answer.json()["signature"].is_null()),
        (401, true)
    );
}

/// It was authenticated before the host replaced the key, and stored afterwards.
#[tokio::test]
async fn abuse_a_stolen_key_names_the_next_one_too_late() {
    let service = Service::start().await;
    let stolen = Agent::enrolled(&service, "web").await;
    let late = service.caller(&stolen, 1).await;
    let host = stolen.with_key(new_key());
    stolen.send_next_key(&service, &host.key).await;
    assert_eq!(host.status(&service).await, 204);
    let thief = host.with_key(new_key());
    let kept = hosts::keep_next_key(&service.inner, &late, &thief.key).await;
    assert!(matches!(kept, Err(Error::NotFound(_))), "{kept:?}");
    assert_eq!(thief.status(&service).await, 401);
    assert_eq!(host.status(&service).await, 204);
}

#[tokio::test]
async fn a_key_of_a_host_that_was_disabled_meanwhile_is_not_kept() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    let caller = service.caller(&agent, 1).await;
    let target = |what: &str| format!("/host/{}/{what}", agent.host);
    let disable = target("disable");
    service.ada("POST", &disable, Value::Null).await;
    let next = agent.with_key(new_key());
    let kept = hosts::keep_next_key(&service.inner, &caller, &next.key).await;
    assert!(matches!(kept, Err(Error::NotFound(_))), "{kept:?}");
    let enable = target("enable");
    service.ada("POST", &enable, Value::Null).await;
    assert_eq!(agent.status(&service).await, 204);
    assert_eq!(next.status(&service).await, 401);
}

/// Others change as well what control remembers of a host.
#[tokio::test]
async fn keys_of_many_hosts_share_commits_and_survive_other_changes() {
    let service = Arc::new(Service::start().await);
    let mut agents = Vec::new();
    for name in ["a", "b", "c"] {
        let agent = Agent::enrolled(&service, name).await;
        agents.push((service.caller(&agent, 1).await, agent.with_key(new_key())));
    }
    let facts = serde_json::from_value(agents[0].1.facts()).unwrap();
    service.store.register(&facts, INTERVAL).await.unwrap();
    let busy = service.store.busy_writer().await;
    let mut keeping = JoinSet::new();
    let mut hosts = Vec::new();
    for (caller, next) in agents {
        let (service, key) = (Arc::clone(&service), next.key.clone());
        keeping.spawn(async move { hosts::keep_next_key(&service.inner, &caller, &key).await });
        hosts.push(next);
    }
    until(|| service.store.waiting() == 3).await;
    drop(busy);
    for kept in keeping.join_all().await {
        kept.unwrap();
    }
    for next in hosts {
        assert_eq!(next.status(&service).await, 204);
    }
}

#[tokio::test]
async fn abuse_a_host_replaces_the_key_of_another() {
    let service = Service::start().await;
    let one = Agent::enrolled(&service, "one").await;
    let other = Agent::enrolled(&service, "other").await;
    let key = new_key();
    let body = serde_json::to_vec(&NextKey { key: key.clone() }).unwrap();
    let mut request = one.request("/key", &body, unix_now(), one.next());
    let token = request.headers()["authorization"].to_str().unwrap();
    let renamed = token.replace(&one.host.to_string(), &other.host.to_string());
    let headers = request.headers_mut();
    headers.insert("authorization", renamed.parse().unwrap());
    assert_eq!(service.send(request).await.status(), 401);
    one.send_next_key(&service, &key).await;
    assert_eq!(other.with_key(key).status(&service).await, 401);
    assert_eq!(other.status(&service).await, 204);
}

#[tokio::test]
async fn abuse_a_token_of_the_next_key_is_replayed_or_of_another_time() {
    let service = Service::start().await;
    let old = Agent::enrolled(&service, "web").await;
    let new = old.with_key(new_key());
    old.send_next_key(&service, &new.key).await;
    let late = service
        .send(new.request("/ping", b"", unix_now() - 90, 200))
        .await;
    let used = service.send(new.request("/ping", b"", unix_now(), 1)).await;
    assert_eq!((late.status(), used.status()), (401, 401));
    assert_eq!(
        old.status(&service).await,
        204,
        "that did not put the new key in force"
    );
    let again = || new.request("/ping", b"", unix_now(), 300);
    assert_eq!(service.send(again()).await.status(), 204);
    assert_eq!(service.send(again()).await.status(), 401);
}

#[tokio::test]
async fn a_host_is_asked_to_replace_its_key_until_it_has_done_so() {
    let service = Service::start().await;
    let old = Agent::enrolled(&service, "web").await;
    let ask = format!("/host/{}/rotate", old.host);
    assert_eq!(service.ada("POST", &ask, json!({})).await.status(), 202);
    assert!(shown(&service, &old).await["rotation_asked"].is_string());
    assert!(old.ping(&service, &Ping::default()).await.unwrap().rotate);
    assert!(
        old.ping(&service, &Ping::default()).await.is_none(),
        "not again at once"
    );
    let new = old.with_key(new_key());
    old.send_next_key(&service, &new.key).await;
    assert!(new.ping(&service, &Ping::default()).await.is_none());
    assert!(shown(&service, &new).await["rotation_asked"].is_null());
}

#[tokio::test]
async fn removing_a_host_removes_its_next_key() {
    let service = Service::start().await;
    let old = Agent::enrolled(&service, "web").await;
    let new = old.with_key(new_key());
    old.send_next_key(&service, &new.key).await;
    let target = format!("/host/{}", old.host);
    assert_eq!(
        service.ada("DELETE", &target, Value::Null).await.status(),
        204
    );
    assert_eq!(new.status(&service).await, 401);
    assert_eq!(old.status(&service).await, 401);
    let ask = format!("{target}/rotate");
    assert_eq!(service.ada("POST", &ask, json!({})).await.status(), 404);
}
