//! Why a job waits.

use super::agents::{Agent, received};
use super::commands::{ready, run};
use super::service::Service;
use serde_json::Value;
use wire::ping::Ping;

/// The reason why the newest job waits.
async fn why(service: &Service) -> String {
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    let target = format!("/job/{}", jobs[0]["id"]);
    let job = service.ada("GET", &target, Value::Null).await.json();
    job["waits"].as_str().unwrap_or_default().to_owned()
}

async fn set(service: &Service, agent: &Agent, what: &str) {
    let target = format!("/host/{}/{what}", agent.host);
    let answer = service.ada("POST", &target, Value::Null).await;
    assert_eq!(answer.status(), 204);
}

#[tokio::test]
async fn a_waiting_job_has_the_reason() {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    assert_eq!(
        why(&service).await,
        "the host is not connected: it was never seen"
    );
    let first = agent.offered(&service).await;
    let reason = why(&service).await;
    assert!(
        reason.starts_with("the host has no ping waiting: it was last seen "),
        "{reason}"
    );
    agent.ping(&service, &received(&[first])).await;
    run(&service, &[&agent]).await;
    assert_eq!(
        why(&service).await,
        format!("the host has another job: {first}")
    );
    set(&service, &agent, "disable").await;
    assert!(why(&service).await.starts_with("the host is disabled"));
    set(&service, &agent, "enable").await;
    let full = Ping {
        declines: Some("disk full".into()),
        ..received(&[first])
    };
    agent.ping(&service, &full).await;
    assert_eq!(why(&service).await, "the host takes no job: disk full");
}

#[tokio::test]
async fn a_job_for_a_disabled_host_waits() {
    let (service, agent) = ready().await;
    set(&service, &agent, "disable").await;
    run(&service, &[&agent]).await;
    set(&service, &agent, "enable").await;
    assert_ne!(agent.offered(&service).await, 0);
}
