//! Hosts whose disk was restored or is full.

use super::agents::{Agent, received, succeeded};
use super::commands::{ready, run, with_job};
use super::holds::held;
use super::service::Service;
use crate::clock::unix_now;
use serde_json::{Value, json};
use wire::ping::{Ping, Status};

async fn host(service: &Service, agent: &Agent) -> Value {
    let target = format!("/host/{}", agent.host);
    service.ada("GET", &target, Value::Null).await.json()
}

async fn job(service: &Service, id: i64) -> Value {
    let target = format!("/job/{id}");
    service.ada("GET", &target, Value::Null).await.json()
}

#[tokio::test]
async fn a_job_that_a_host_no_longer_names_is_queried() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &received(&[id])).await;
    let envelope = held(&service, &agent, &Ping::default(), async {}).await;
    let envelope = envelope.unwrap();
    assert_eq!((envelope.value.job_id, envelope.query), (0, vec![id]));
    assert!(
        agent.ping(&service, &Ping::default()).await.is_none(),
        "queried again at once"
    );
    let mut lost = succeeded(id, "");
    let result = lost.result.as_mut().unwrap();
    (result.success, result.status) = (false, Some(Status::Interrupted));
    agent.ping(&service, &lost).await;
    assert_eq!(job(&service, id).await["status"], "interrupted");

    agent.ping(&service, &succeeded(id, "found again")).await;
    agent.ping(&service, &lost).await;
    let shown = job(&service, id).await;
    assert_eq!(
        (&shown["status"], &shown["log"]),
        (&json!("succeeded"), &json!("found again"))
    );
}

#[tokio::test]
async fn a_job_that_the_host_names_or_never_held_is_not_queried() {
    let (service, agent, id) = with_job().await;
    run(&service, &[&agent]).await;
    assert!(agent.ping(&service, &received(&[id])).await.is_none());
    let next = agent.ping(&service, &succeeded(id, "")).await.unwrap();
    assert_eq!(next.query, [0; 0]);
    assert!(
        next.value.job_id > id,
        "and one that was never held neither"
    );
}

#[tokio::test]
async fn a_query_without_an_answer_is_repeated() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &received(&[id])).await;
    let now = unix_now();
    let lost = async |now: u64| {
        let idle = std::sync::Arc::new(Ping::default());
        let effects = service.store.record_ping(agent.host, &idle, now);
        effects.await.unwrap().unnamed
    };
    assert_eq!(lost(now).await, [id]);
    assert_eq!(lost(now + 29).await, [0; 0]);
    assert_eq!(lost(now + 30).await, [id]);
}

#[tokio::test]
async fn a_host_that_still_holds_an_ended_job_gets_a_cancel() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &received(&[id])).await;
    agent.ping(&service, &succeeded(id, "")).await;
    for _ in 0..2 {
        let envelope = agent.ping(&service, &received(&[id])).await.unwrap();
        assert_eq!(envelope.cancel, vec![id]);
    }
    let other = Agent::enrolled(&service, "b").await;
    let envelope = other.ping(&service, &received(&[id])).await;
    assert!(envelope.is_none(), "it is not a job of this host");
}

#[tokio::test]
async fn a_host_that_declines_is_offered_nothing_and_its_jobs_have_the_reason() {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    let full = Ping {
        declines: Some("disk full: /var has no room".into()),
        ..Ping::default()
    };
    assert!(agent.ping(&service, &full).await.is_none());
    assert_eq!(
        host(&service, &agent).await["declines"],
        "disk full: /var has no room"
    );
    let id = service.ada("GET", "/job", Value::Null).await.json()[0]["id"].as_i64();
    let waiting = job(&service, id.unwrap()).await;
    assert_eq!(
        waiting["waits"],
        "the host takes no job: disk full: /var has no room"
    );

    assert_eq!(Some(agent.offered(&service).await), id);
    assert_eq!(host(&service, &agent).await["declines"], Value::Null);
}

#[tokio::test]
async fn skew_and_restoration_are_shown_until_they_are_over() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let odd = Ping {
        skew: Some(-90),
        restored: true,
        ..Ping::default()
    };
    agent.ping(&service, &odd).await;
    agent.ping(&service, &odd).await;
    agent.ping(&service, &Ping::default()).await;
    let shown = host(&service, &agent).await;
    assert_eq!(
        (&shown["skew"], &shown["restored_times"]),
        (&json!(-90), &json!(2))
    );
    assert!(shown["restored_seen"].is_string());

    let right = Ping {
        skew: Some(0),
        ..Ping::default()
    };
    agent.ping(&service, &right).await;
    let target = format!("/host/{}/acknowledge", agent.host);
    assert_eq!(
        service.ada("POST", &target, Value::Null).await.status(),
        204
    );
    let shown = host(&service, &agent).await;
    assert_eq!(
        (&shown["skew"], &shown["restored_times"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(shown["restored_seen"], Value::Null);
    let unknown = format!("/host/{}/acknowledge", Agent::new("unknown").host);
    assert_eq!(
        service.ada("POST", &unknown, Value::Null).await.status(),
        404
    );
}
