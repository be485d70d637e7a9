//! A client repeats a request with an Idempotency-Key.

use super::agents::Agent;
use super::client::{Answer, basic};
use super::commands::{greet, ready};
use super::service::{PASSWORD, Service};
use crate::domain::user::Role;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

async fn post(service: &Service, user: &str, target: &str, key: &str, body: &Value) -> Answer {
    let request = Request::post(target)
        .header("authorization", basic(user, PASSWORD))
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap();
    service.send(request).await
}

fn job(agent: &Agent, name: &str) -> Value {
    json!({ "name": name, "host_uuid": [agent.host], "fx_key": "greet", "fx_version": 1 })
}

#[tokio::test]
async fn a_repeated_request_returns_the_first_batch() {
    let (service, agent) = ready().await;
    service.add_user("bob", Role::Operator).await;
    let first = post(&service, "ada", "/job", "k1", &job(&agent, "b")).await;
    assert_eq!(first.status(), 201);
    // The command is gone meanwhile.
    service.ada("DELETE", "/cmd/greet", Value::Null).await;
    let again = post(&service, "ada", "/job", "k1", &job(&agent, "b")).await;
    assert_eq!((again.status(), again.text()), (201, first.text()));
    service.ada("PUT", "/cmd", greet()).await;
    let other = post(&service, "ada", "/job", "k1", &job(&agent, "c")).await;
    assert_eq!(other.status(), 422);
    assert!(other.text().contains("Idempotency-Key"), "{}", other.text());
    for (user, key) in [("ada", "k2"), ("bob", "k1")] {
        let new = post(&service, user, "/job", key, &job(&agent, "b")).await;
        assert_eq!(new.status(), 201);
        assert_ne!(new.text(), first.text());
    }
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    assert_eq!(jobs.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_refused_request_can_be_repeated_with_the_same_key() {
    let (service, agent) = ready().await;
    let mut unknown = job(&agent, "b");
    unknown["fx_key"] = "nothing".into();
    assert_eq!(
        post(&service, "ada", "/job", "k", &unknown).await.status(),
        422
    );
    assert_eq!(
        post(&service, "ada", "/job", "k", &job(&agent, "b"))
            .await
            .status(),
        201
    );
}

#[tokio::test]
async fn abuse_a_request_is_repeated_many_times_concurrently() {
    let (service, agent) = ready().await;
    let body = job(&agent, "b");
    let ask = || post(&service, "ada", "/job", "k", &body);
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    let batches = [&a, &b, &c, &d].map(Answer::text);
    assert!(
        batches.iter().all(|batch| *batch == a.text()),
        "{batches:?}"
    );
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    assert_eq!(jobs.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn abuse_malformed_keys() {
    let (service, agent) = ready().await;
    for key in ["", "a b", &"k".repeat(256)] {
        let answer = post(&service, "ada", "/job", key, &job(&agent, "b")).await;
        assert_eq!(answer.status(), 422, "{key:?}");
    }
}

/// Control does not store the code, so it creates another one and deletes the first.
#[tokio::test]
async fn an_invitation_whose_answer_was_lost_is_replaced() {
    let service = Service::start().await;
    let invite = async |key: &str, uses: i64| {
        post(&service, "ada", "/enrolment", key, &json!({ "uses": uses })).await
    };
    let code = |answer: &Answer| {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        code.split('.').nth(1).unwrap().to_owned()
    };
    let lost = code(&invite("k", 1).await);
    let answer = code(&invite("k", 1).await);
    assert_ne!(lost, answer);
    assert_eq!(invite("k", 2).await.status(), 422);
    let [first, second] = ["first", "second"].map(Agent::new);
    assert_eq!(first.enrol(&service, Some(&lost)).await.status(), 403);
    assert_eq!(second.enrol(&service, Some(&answer)).await.status(), 201);
    // A host used its code: another one would be additional.
    assert_eq!(invite("k", 1).await.status(), 422);
}
