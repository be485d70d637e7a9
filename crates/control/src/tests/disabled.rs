//! Disabled hosts.

use super::agents::{Agent, invite};
use super::client::Answer;
use super::commands::{prepare, ready, run};
use super::holds::{heard, until_held};
use super::service::Service;
use crate::clock::unix_now;
use crate::domain::audit::tests::ada;
use serde_json::{Value, json};
use wire::HostKey;
use wire::ping::Ping;

impl Service {
    async fn decide(&self, what: &str, agent: &Agent) -> u16 {
        let target = format!("/host/{}/{what}", agent.host);
        self.ada("POST", &target, json!({})).await.status()
    }

    async fn state(&self, agent: &Agent) -> Value {
        let target = format!("/host/{}", agent.host);
        self.ada("GET", &target, Value::Null).await.json()["state"].clone()
    }
}

/// The answer to a request of the agent: status, body, and whether it has a MAC.
async fn answer_to(service: &Service, agent: &Agent, target: &str) -> (u16, String, bool) {
    let body = match target {
        "/key" => json!({ "key": HostKey::new(crate::random::bytes()) }).to_string(),
        "/register" => agent.facts().to_string(),
        _ => String::new(),
    };
    let request = agent.request(target, body.as_bytes(), unix_now(), agent.next());
    summary(&service.send(request).await)
}

fn summary(answer: &Answer) -> (u16, String, bool) {
    let is_sealed = answer.headers.contains_key("pilot-answer");
    (answer.status(), answer.text().to_owned(), is_sealed)
}

#[tokio::test]
async fn abuse_a_disabled_host_goes_on() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    for _ in 0..2 {
        assert_eq!(service.decide("disable", &agent).await, 204);
    }
    assert_eq!(service.state(&agent).await, "disabled");
    let stranger = answer_to(&service, &Agent::new("unknown"), "/ping").await;
    for target in ["/ping", "/register", "/key"] {
        let heard = answer_to(&service, &agent, target).await;
        assert_eq!(heard, stranger, "{target}");
        assert_eq!((heard.0, heard.2), (401, false));
    }
    // Enrolling again does not enable it, with a code or with another key.
    let code = invite(&service, json!({})).await;
    assert_eq!(agent.enrol(&service, Some(&code)).await.status(), 201);
    assert_eq!(agent.enrol(&service, None).await.status(), 201);
    let other = Agent::new("a").enrol(&service, Some(&code)).await;
    assert_eq!(other.status(), 409);
    let admission = json!([{ "host_uuid": agent.host }]);
    service.ada("PUT", "/admission", admission).await;
    assert_eq!(answer_to(&service, &agent, "/ping").await, stranger);

    assert_eq!(service.decide("enable", &agent).await, 204);
    assert_eq!(service.state(&agent).await, "enrolled");
    assert_ne!(agent.offered(&service).await, 0, "its job waited");
}

#[tokio::test]
async fn abuse_a_host_is_disabled_while_its_ping_is_held() {
    let (service, agent) = ready().await;
    let stranger = answer_to(&service, &Agent::new("unknown"), "/ping").await;
    let meanwhile = async {
        until_held(&service, &agent).await;
        // The job comes first, so that there is a job that the host must not get.
        let id = agent.host;
        service
            .store
            .disable(id, Some(unix_now()), &ada())
            .await
            .unwrap();
        run(&service, &[&agent]).await;
    };
    let (_, answer) = heard(&service, &agent, &Ping::default(), meanwhile).await;
    assert_eq!(summary(&answer), stranger);
}

#[tokio::test]
async fn abuse_the_held_ping_of_a_host_that_is_disabled_or_removed_ends() {
    for method in ["POST", "DELETE"] {
        let service = Service::start().await;
        let agent = Agent::enrolled(&service, "a").await;
        let stranger = answer_to(&service, &Agent::new("unknown"), "/ping").await;
        let host = format!("/host/{}", agent.host);
        let meanwhile = async {
            until_held(&service, &agent).await;
            let status = match method {
                "POST" => service.decide("disable", &agent).await,
                _ => service.ada(method, &host, Value::Null).await.status(),
            };
            assert_eq!(status, 204);
        };
        let (_, answer) = heard(&service, &agent, &Ping::default(), meanwhile).await;
        assert_eq!(summary(&answer), stranger, "{method}");
    }
}

#[tokio::test]
async fn abuse_the_hold_of_a_disabled_host_runs_out() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let stranger = answer_to(&service, &Agent::new("unknown"), "/ping").await;
    let meanwhile = async {
        until_held(&service, &agent).await;
        let id = agent.host;
        service
            .store
            .disable(id, Some(unix_now()), &ada())
            .await
            .unwrap();
        service.stop();
    };
    let (_, answer) = heard(&service, &agent, &Ping::default(), meanwhile).await;
    assert_eq!(summary(&answer), stranger);
}

#[tokio::test]
async fn abuse_the_key_of_a_host_is_replaced_while_a_ping_of_the_old_one_is_held() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let stranger = answer_to(&service, &Agent::new("unknown"), "/ping").await;
    let key = HostKey::new(crate::random::bytes());
    let next = json!({ "key": key });
    assert_eq!(agent.post(&service, "/key", next).await.1.status(), 204);
    let meanwhile = async {
        until_held(&service, &agent).await;
        let (renewed, facts) = (agent.with_key(key), agent.facts());
        let (_, answer) = renewed.post(&service, "/register", facts).await;
        assert_eq!(answer.status(), 201);
    };
    let (_, answer) = heard(&service, &agent, &Ping::default(), meanwhile).await;
    assert_eq!(summary(&answer), stranger);
}

#[tokio::test]
async fn a_disabled_host_can_be_removed_and_enrol_again() {
    let service = Service::start().await;
    let (agent, pending) = (Agent::enrolled(&service, "a").await, Agent::new("b"));
    pending.enrol(&service, None).await;
    for (what, host) in [("disable", &pending), ("enable", &Agent::new("c"))] {
        assert_eq!(service.decide(what, host).await, 404, "{what}");
    }
    service.decide("disable", &agent).await;
    let target = format!("/host/{}", agent.host);
    let removed = service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(removed.status(), 204);
    assert_eq!(service.state(&agent).await, "removed");
    assert_eq!(service.decide("enable", &agent).await, 404);
    let code = invite(&service, json!({})).await;
    assert_eq!(agent.enrol(&service, Some(&code)).await.status(), 201);
    assert_eq!(answer_to(&service, &agent, "/ping").await.0, 204);
}
