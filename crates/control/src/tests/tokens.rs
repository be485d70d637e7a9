//! Tokens are valid once, for one request, at one time.

use super::agents::Agent;
use super::service::Service;
use crate::clock::unix_now;
use serde_json::{Value, json};
use wire::answer::{Reason, Rejection};

const PING: &str = "/ping";

#[tokio::test]
async fn the_answer_to_a_valid_token_is_authenticated() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    let (_, answer) = agent.post(&service, PING, Value::Null).await;
    assert_eq!((answer.status(), answer.body.len()), (204, 0));
    let (_, answer) = agent
        .post(&service, PING, json!({ "received": "nonsense" }))
        .await;
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn abuse_a_token_is_replayed() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    let again = || agent.request(PING, b"", unix_now(), 7);
    assert_eq!(service.send(again()).await.status(), 204);
    let answer = service.send(again()).await;
    let rejection: Rejection = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(
        (rejection.reason, rejection.last),
        (Reason::Sequence, Some(7))
    );
    assert!(agent.authenticates(7, &answer));
}

#[tokio::test]
async fn abuse_a_token_is_replayed_concurrently() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    let send = || service.send(agent.request(PING, b"", unix_now(), 5));
    let answers = tokio::join!(send(), send(), send(), send(), send(), send());
    let answers = [
        answers.0, answers.1, answers.2, answers.3, answers.4, answers.5,
    ];
    let accepted = answers.iter().filter(|answer| answer.status() == 204);
    assert_eq!(accepted.count(), 1);
}

#[tokio::test]
async fn a_wrong_clock_is_reported_and_uses_no_number_up() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    for unix in [unix_now() - 90, unix_now() + 90] {
        let answer = service.send(agent.request(PING, b"", unix, 9)).await;
        let rejection: Rejection = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status(), rejection.reason), (401, Reason::Clock));
        assert!(agent.authenticates(9, &answer));
    }
    let answer = service.send(agent.request(PING, b"", unix_now(), 9)).await;
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn abuse_a_token_for_another_path_or_body_or_of_an_unknown_host() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    let removed = Agent::enrolled(&service, "gone").await;
    let target = format!("/host/{}", removed.host);
    assert_eq!(
        service.ada("DELETE", &target, Value::Null).await.status(),
        204
    );
    let pending = Agent::new("new");
    assert_eq!(pending.enrol(&service, None).await.status(), 202);

    let mut other_body = agent.request(PING, b"{}", unix_now(), 1);
    *other_body.body_mut() = "{ }".into();
    let mut other_target = agent.request(PING, b"", unix_now(), 1);
    *other_target.uri_mut() = "/ping?x".parse().unwrap();
    let mut malformed = agent.request(PING, b"", unix_now(), 1);
    malformed
        .headers_mut()
        .insert("authorization", "Pilot v1".parse().unwrap());
    let mut twice = agent.request(PING, b"", unix_now(), 1);
    let token = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", token);
    let wrong_key = Agent::new("web");
    let requests = [
        other_body,
        other_target,
        malformed,
        twice,
        wrong_key.request(PING, b"", unix_now(), 1),
        removed.request(PING, b"", unix_now(), 1),
        pending.request(PING, b"", unix_now(), 1),
        Agent::new("unknown").request(PING, b"", unix_now(), 1),
    ];
    for request in requests {
        let answer = service.send(request).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.text(), r#"{"error":"not authenticated"}"#);
        assert!(!answer.headers.contains_key("pilot-answer"));
    }
}

#[tokio::test]
async fn abuse_strangers_send_large_bodies() {
    let service = Service::start().await;
    let host = Agent::enrolled(&service, "web").await;
    let stranger = Agent::new("stranger");
    let body = vec![b' '; 9 * 1024 * 1024];
    for (agent, status) in [(&host, 413), (&stranger, 401)] {
        let answer = service
            .send(agent.request(PING, &body, unix_now(), 1))
            .await;
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn abuse_numbers_with_gaps_and_the_highest_possible_one() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    for n in [5, 1 << 40, u64::MAX] {
        let answer = service.send(agent.request(PING, b"", unix_now(), n)).await;
        assert_eq!(answer.status(), 204, "{n}");
    }
    for n in [0, 6, u64::MAX - 1, u64::MAX] {
        let answer = service.send(agent.request(PING, b"", unix_now(), n)).await;
        assert_eq!(answer.status(), 401, "{n}");
    }
    let other = Agent::enrolled(&service, "db").await;
    let answer = service.send(other.request(PING, b"", unix_now(), 1)).await;
    assert_eq!(answer.status(), 204, "other hosts keep their numbers");
}

#[tokio::test]
async fn abuse_a_token_of_one_host_for_another() {
    let service = Service::start().await;
    let (one, other) = (
        Agent::enrolled(&service, "one").await,
        Agent::enrolled(&service, "other").await,
    );
    let mut request = one.request(PING, b"", unix_now(), 1);
    let token = request.headers()["authorization"].to_str().unwrap();
    let renamed = token.replace(&one.host.to_string(), &other.host.to_string());
    let headers = request.headers_mut();
    headers.insert("authorization", renamed.parse().unwrap());
    assert_eq!(service.send(request).await.status(), 401);
}

#[tokio::test]
async fn abuse_a_flood_of_wrong_tokens_from_a_hosts_own_address() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "web").await;
    let forger = Agent::new("web");
    for n in 1..200 {
        let answer = service.send(forger.request(PING, b"", unix_now(), n)).await;
        assert_eq!(answer.status(), 401);
    }
    let (_, answer) = agent.post(&service, PING, Value::Null).await;
    assert_eq!(answer.status(), 204, "the host itself is not locked out");
}
