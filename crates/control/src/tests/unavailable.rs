//! A full disk, a locked or read-only database: the answer names the cause, and answers to
//! hosts are authenticated.

use super::agents::Agent;
use super::client::Answer;
use super::registry::Package;
use super::service::Service;
use crate::clock::unix_now;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use wire::token::{self, Token};

const TARGET: &str = "/package/ops/hello/tag/1";

/// A service with a host.
async fn service() -> (Service, Agent) {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    (service, agent)
}

#[track_caller]
fn assert_unavailable(answer: &Answer, reason: &str) {
    assert_eq!(answer.status(), 503, "{}", answer.text());
    assert_eq!(answer.json()["reason"], reason);
    let wait = answer.headers["retry-after"].to_str().unwrap();
    assert!(wait.parse::<u64>().unwrap() > 0, "{wait}");
}

/// A definition that needs more than the pages that the database has.
fn definition() -> Value {
    let value = "x".repeat(100_000);
    json!({
        "key": "k", "description": "", "package": "r.io/ops/hello:1", "function": "greet",
        "input": { "var": [{ "name": "NAME", "description": "", "required": true,
            "type": "string", "value": value }] },
        "user": "", "pwd": "", "verbose": false, "containerised": false,
    })
}

#[tokio::test]
async fn a_full_database_is_reported_and_recovers() {
    let (service, agent) = service().await;
    let full = "PRAGMA max_page_count = 1";
    service.store.on_every_connection(full).await;
    for _ in 0..10 {
        let put = service.ada("PUT", "/cmd", definition()).await;
        assert_unavailable(&put, "full");
        service.store.on_every_connection(full).await;
    }
    let put = service.ada("PUT", "/cmd", definition()).await;
    assert!(put.text().contains("disk is full"), "{}", put.text());
    // The connection that failed was replaced by one without this limit.
    service.store.on_every_connection(full).await;
    let package = Package::new("r1").serial(5).noted(&"s".repeat(100_000));
    let pushed = package.push(&service, TARGET).await;
    assert_unavailable(&pushed, "full");
    assert!(pushed.text().contains("disk is full"), "{}", pushed.text());
    let left = std::fs::read_dir(service.packages().join("ops%2Fhello")).unwrap();
    assert_eq!(left.count(), 0, "the archive is removed");
    // An idle ping needs no space.
    agent.post(&service, "/ping", Value::Null).await;

    let room = "PRAGMA max_page_count = 1000000";
    service.store.on_every_connection(room).await;
    assert_eq!(service.ada("PUT", "/cmd", definition()).await.status(), 201);
    assert_eq!(package.push(&service, TARGET).await.status(), 201);
}

#[tokio::test]
async fn a_host_gets_an_authenticated_answer_when_the_database_is_read_only() {
    let (service, agent) = service().await;
    service
        .store
        .on_every_connection("PRAGMA query_only = on")
        .await;
    for target in ["/ping", "/register", "/key", "/no-such-address"] {
        let (_, answer) = agent.post(&service, target, Value::Null).await;
        assert_unavailable(&answer, "read-only");
    }
    let stranger = Agent::new("other").enrol(&service, None).await;
    assert_unavailable(&stranger, "read-only");
    let pushed = Package::new("r1").serial(5).push(&service, TARGET).await;
    assert_unavailable(&pushed, "read-only");
    service
        .store
        .on_every_connection("PRAGMA query_only = off")
        .await;
    let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn a_host_gets_an_authenticated_answer_when_the_database_is_locked() {
    let (service, agent) = service().await;
    service
        .store
        .on_every_connection("PRAGMA busy_timeout = 0")
        .await;
    let lock = service.store.lock().await;
    let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
    assert_unavailable(&answer, "locked");
    let put = service.ada("PUT", "/cmd", definition()).await;
    assert_unavailable(&put, "locked");
    lock.rollback().await.unwrap();
    let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn if_no_key_can_be_read_the_answer_is_a_plain_503() {
    let (service, agent) = service().await;
    service.store.close().await;
    let request = agent.request("/ping", b"", unix_now(), agent.next());
    let answer = service.send(request).await;
    assert_unavailable(&answer, "away");
    assert!(!answer.headers.contains_key("pilot-answer"));
}

#[tokio::test]
async fn the_refusal_of_a_large_body_is_authenticated() {
    let (service, agent) = service().await;
    let body = vec![b' '; 9 * 1024 * 1024];
    let n = agent.next();
    let answer = service
        .send(agent.request("/ping", &body, unix_now(), n))
        .await;
    assert_eq!(answer.status(), 413);
    assert!(agent.authenticates(n, &answer), "{answer:?}");
    let endless = vec![b' '; 33 * 1024 * 1024];
    let answer = service
        .send(agent.request("/ping", &endless, unix_now(), agent.next()))
        .await;
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn the_answer_for_an_unknown_address_is_authenticated() {
    let (service, agent) = service().await;
    let (_, answer) = agent.post(&service, "/no-such-address", Value::Null).await;
    assert_eq!(answer.status(), 404);
    let (_, answer) = agent.post(&service, "/cmd", Value::Null).await;
    assert_eq!(answer.status(), 405);
    let other = Agent::new("other");
    let covered = token::Request {
        method: "POST",
        target: "/no-such-address",
        body: b"",
    };
    let token = Token::new(&other.key, other.host, unix_now(), 1, &covered);
    let request = Request::post("/no-such-address").header("authorization", token.to_string());
    let answer = service.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), 401, "a stranger learns nothing");
}
