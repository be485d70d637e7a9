//! A bus that loses every notification: all that hosts have to hear reaches them, only later.

use super::agents::{Agent, received, succeeded};
use super::client::Answer;
use super::commands::{cancel, prepare, run};
use super::holds::until_held;
use super::service::Service;
use crate::clock::unix_now;
use crate::fleet::bus::{Bus, Notification};
use axum::http::HeaderValue;
use serde_json::Value;
use std::sync::Arc;
use wire::envelope::Envelope;
use wire::ping::Ping;

struct Lossy;

impl Bus for Lossy {
    fn publish(&self, _: Notification) {}
}

async fn start() -> Service {
    Service::start_with(|config| config.bus = |_| Arc::new(Lossy)).await
}

/// Sends a ping that is held for a second, and does this meanwhile; returns the number of the ping,
/// and the answer.
async fn held_for_a_second(
    service: &Service,
    agent: &Agent,
    ping: &Ping,
    meanwhile: impl Future<Output = ()>,
) -> (u64, Answer) {
    // Control looks for work at the first ping of a host in any case.
    assert!(agent.ping(service, &Ping::default()).await.is_none());
    let (n, body) = (agent.next(), serde_json::to_vec(ping).unwrap());
    let mut request = agent.request("/ping", &body, unix_now(), n);
    let wait = HeaderValue::from_static("wait=1");
    request.headers_mut().insert("prefer", wait);
    let meanwhile = async {
        until_held(service, agent).await;
        meanwhile.await;
    };
    let (answer, ()) = tokio::join!(service.send(request), meanwhile);
    (n, answer)
}

/// The same with a ping that nothing answers.
async fn held_in_vain(
    service: &Service,
    agent: &Agent,
    ping: &Ping,
    meanwhile: impl Future<Output = ()>,
) {
    let (_, answer) = held_for_a_second(service, agent, ping, meanwhile).await;
    assert_eq!(answer.status(), 204, "{}", answer.text());
}

async fn next(service: &Service, agent: &Agent, ping: &Ping) -> Envelope {
    agent.ping(service, ping).await.expect("an answer")
}

#[tokio::test]
async fn each_job_is_delivered_with_the_next_ping() {
    let service = start().await;
    prepare(&service).await;
    let mut agents = Vec::new();
    for name in ["a", "b", "c"] {
        agents.push(Agent::enrolled(&service, name).await);
    }
    let create = async {
        run(&service, &agents.iter().collect::<Vec<_>>()).await;
    };
    held_in_vain(&service, &agents[0], &Ping::default(), create).await;
    for agent in &agents {
        let job = next(&service, agent, &Ping::default()).await.value.job_id;
        assert!(job > 0);
        assert!(agent.ping(&service, &succeeded(job, "")).await.is_none());
    }
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    let jobs = jobs.as_array().unwrap();
    assert!(jobs.len() == 3 && jobs.iter().all(|job| job["status"] == "succeeded"));
}

#[tokio::test]
async fn a_rotation_and_a_cancel_are_heard_with_the_next_ping() {
    let service = start().await;
    prepare(&service).await;
    let agent = Agent::enrolled(&service, "a").await;
    let rotate = async {
        let target = format!("/host/{}/rotate", agent.host);
        let asked = service.ada("POST", &target, Value::Null).await;
        assert_eq!(asked.status(), 202, "{}", asked.text());
    };
    held_in_vain(&service, &agent, &Ping::default(), rotate).await;
    assert!(next(&service, &agent, &Ping::default()).await.rotate);

    run(&service, &[&agent]).await;
    let job = agent.offered(&service).await;
    cancel(&service, job).await;
    let envelope = next(&service, &agent, &received(&[job])).await;
    assert_eq!(envelope.cancel, [job]);
}

/// Its held ping is not ended, but gets the answer for strangers.
#[tokio::test]
async fn a_disabled_host_hears_nothing() {
    let service = start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let disable = async {
        let target = format!("/host/{}/disable", agent.host);
        let disabled = service.ada("POST", &target, Value::Null).await;
        assert_eq!(disabled.status(), 204);
    };
    let (n, answer) = held_for_a_second(&service, &agent, &Ping::default(), disable).await;
    assert_eq!(answer.status(), 401, "{}", answer.text());
    assert!(!agent.authenticates(n, &answer));
}
