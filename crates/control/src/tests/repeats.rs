//! An answer is lost, and the client asks again.

use super::agents::Agent;
use super::client::{Answer, basic};
use super::commands::{greet, ready};
use super::service::{PASSWORD, Service};
use crate::domain::operator::Role;
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
async fn a_batch_that_was_made_is_named_again() {
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
async fn what_was_refused_can_be_asked_for_again_under_the_same_name() {
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
async fn abuse_a_batch_is_asked_for_many_times_at_once() {
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
async fn abuse_names_that_are_none() {
    let (service, agent) = ready().await;
    for key in ["", "a b", &"k".repeat(256)] {
        let answer = post(&service, "ada", "/job", key, &job(&agent, "b")).await;
        assert_eq!(answer.status(), 422, "{key:?}");
    }
}

/// Its code cannot be told again, so the one that nobody has is taken back.
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
    // Its code is in use: another one would be one more.
    assert_eq!(invite("k", 1).await.status(), 422);
}
