//! More requests of hosts than the machine bears.

use super::agents::{Agent, received, succeeded};
use super::commands::with_job;
use super::holds::{heard, until_held};
use super::service::{Service, until};
use crate::clock::unix_now;
use crate::service::Turn;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use wire::ping::Ping;

/// As many requests as are worked on at a time.
async fn all_turns(service: &Service) -> Vec<Turn> {
    let mut turns = Vec::new();
    let at_once = Duration::from_millis(100);
    while let Ok(turn) = timeout(at_once, service.inner.admission.turn()).await {
        turns.push(turn.unwrap());
    }
    turns
}

/// Lets more time pass than a request may wait for its turn.
async fn wait_for_longer() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(11)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn abuse_a_storm_of_hosts_is_shed_before_anything_is_done_and_users_are_served() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let stranger = Agent::new("new");
    let turns = all_turns(&service).await;
    assert!(turns.len() > 100);
    let hosts = service.ada("GET", "/host", Value::Null).await;
    assert_eq!(hosts.status(), 200);
    let n = agent.next();
    let ping = service.send(agent.request("/ping", b"", unix_now(), n));
    let enrol = stranger.enrol(&service, None);
    let (ping, enrol, ()) = tokio::join!(ping, enrol, wait_for_longer());
    for answer in [ping, enrol] {
        assert_eq!(answer.status(), 503, "{}", answer.text());
        assert_eq!(answer.json()["reason"], "busy");
        let wait = answer.headers["retry-after"].to_str().unwrap();
        assert!((5..=15).contains(&wait.parse::<u64>().unwrap()), "{wait}");
        assert!(!answer.headers.contains_key("pilot-answer"), "not sealed");
    }
    drop(turns);
    let again = service.send(agent.request("/ping", b"", unix_now(), n));
    assert_eq!(again.await.status(), 204, "its number was not used up");
}

#[tokio::test]
async fn abuse_strangers_with_large_bodies_have_nothing_looked_up_without_a_turn() {
    let service = Service::start().await;
    let (host, stranger) = (Agent::enrolled(&service, "a").await, Agent::new("stranger"));
    host.ping(&service, &Ping::default()).await;
    let body = vec![b' '; 10_000];
    let request = |agent: &Agent| agent.request("/ping", &body, unix_now(), agent.next());
    let refused = service.send(request(&stranger)).await;
    assert_eq!(refused.status(), 401, "{}", refused.text());
    let turns = all_turns(&service).await;
    let (busy, ()) = tokio::join!(service.send(request(&stranger)), wait_for_longer());
    assert_eq!(busy.status(), 503, "{}", busy.text());
    drop(turns);
    let read = service.send(request(&host)).await;
    assert_eq!(
        read.status(),
        400,
        "a known host's body is read: {}",
        read.text()
    );
}

#[tokio::test]
async fn abuse_enrolments_fill_no_more_memory_than_there_is_for_them() {
    let service = Service::start().await;
    let stranger = Agent::new("new");
    let memory = service.inner.admission.enrolment(u64::MAX).await.unwrap();
    let (refused, ()) = tokio::join!(stranger.enrol(&service, None), wait_for_longer());
    assert_eq!(refused.status(), 503, "{}", refused.text());
    drop(memory);
    assert_eq!(stranger.enrol(&service, None).await.status(), 202);
}

#[tokio::test]
async fn a_held_ping_takes_no_turn_from_others() {
    let (service, agent, number) = with_job().await;
    agent.ping(&service, &received(&[number])).await;
    let before = all_turns(&service).await.len();
    let count = async {
        until_held(&service, &agent).await;
        assert_eq!(all_turns(&service).await.len(), before);
        service.stop();
    };
    let (_, answer) = heard(&service, &agent, &received(&[number]), count).await;
    assert_eq!(answer.status(), 204);
}

/// Thousands of hosts may send their results at once.
#[tokio::test]
async fn abuse_results_fill_no_more_memory_than_there_is_for_them() {
    let (service, agent, number) = with_job().await;
    agent.ping(&service, &received(&[number])).await;
    let others = Agent::new("other").host;
    let memory = service.inner.admission.memory(others, u64::MAX).await;
    let memory = memory.unwrap();
    let body = serde_json::to_vec(&succeeded(number, &"x".repeat(100_000))).unwrap();
    let n = agent.next();
    let report = || service.send(agent.request("/ping", &body, unix_now(), n));
    let (refused, ()) = tokio::join!(report(), wait_for_longer());
    assert_eq!(refused.status(), 503, "{}", refused.text());
    let small = agent.post(&service, "/ping", Value::Null).await.1;
    assert!([201, 204].contains(&small.status()), "{}", small.text());
    drop(memory);
    let n = agent.next();
    let report = agent.request("/ping", &body, unix_now(), n);
    assert_eq!(service.send(report).await.status(), 204);
    until(|| service.metrics().contains("succeeded\"} 1")).await;
}
