//! The output of running jobs, and following it.

use super::agents::{received, succeeded};
use super::commands::{cancel, with_job};
use super::holds::{held, until_held};
use super::service::Service;
use crate::clock::unix_now;
use serde_json::{Value, json};
use wire::ping::{Phase, Ping, Progress};

/// A ping of a host that runs a job, which printed `text`.
fn printed(job_id: i64, at: u64, text: &str) -> Ping {
    Ping {
        progress: Some(Progress {
            job_id,
            phase: Some(Phase::Run),
            at,
            text: text.into(),
        }),
        ..received(&[job_id])
    }
}

async fn show(service: &Service, id: i64, query: &str) -> Value {
    let target = format!("/job/{id}{query}");
    service.ada("GET", &target, Value::Null).await.json()
}

#[tokio::test]
async fn a_running_job_has_its_output_until_it_has_a_result() {
    let (service, agent, id) = with_job().await;
    assert_eq!(show(&service, id, "").await["progress"], Value::Null);
    agent.ping(&service, &printed(id, 0, "one\n")).await;
    agent.ping(&service, &printed(id, 4, "two\n")).await;
    let shown = show(&service, id, "").await;
    let progress = &shown["progress"];
    assert_eq!(progress["text"], "one\ntwo\n");
    assert_eq!(
        (&progress["at"], &progress["phase"]),
        (&json!(0), &json!("run"))
    );
    let new = show(&service, id, "?from=4").await;
    assert_eq!(
        (&new["progress"]["at"], &new["progress"]["text"]),
        (&json!(4), &json!("two\n"))
    );

    agent.ping(&service, &succeeded(id, "one\ntwo\n")).await;
    agent.ping(&service, &printed(id, 8, "late")).await;
    let ended = show(&service, id, "").await;
    assert_eq!(
        (&ended["progress"], &ended["log"]),
        (&Value::Null, &json!("one\ntwo\n"))
    );
    assert_eq!(service.live(&agent, id), None, "its output is dropped");
}

#[tokio::test]
async fn a_host_reports_only_on_its_own_jobs() {
    let (service, _agent, id) = with_job().await;
    let other = super::agents::Agent::enrolled(&service, "b").await;
    other.ping(&service, &printed(id, 0, "not mine")).await;
    assert_eq!(show(&service, id, "").await["progress"], Value::Null);
    assert_eq!(service.live(&other, id), None);
}

#[tokio::test]
async fn following_a_job_wakes_its_host_and_is_repeated_with_every_ping() {
    let (service, agent, id) = with_job().await;
    let follow = async {
        until_held(&service, &agent).await;
        show(&service, id, "?follow=true").await;
    };
    let envelope = held(&service, &agent, &received(&[id]), follow).await;
    let envelope = envelope.unwrap();
    assert_eq!((envelope.value.job_id, envelope.follow), (0, vec![id]));
    let again = agent.ping(&service, &printed(id, 0, "x")).await;
    assert_eq!(again.unwrap().follow, vec![id]);
    let idle = agent.ping(&service, &succeeded(id, "x")).await;
    assert!(idle.is_none(), "it has ended");
}

#[tokio::test]
async fn an_answer_can_follow_and_cancel_a_job() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &received(&[id])).await;
    show(&service, id, "?follow=true").await;
    cancel(&service, id).await;
    let envelope = agent.ping(&service, &received(&[id])).await.unwrap();
    assert_eq!((envelope.cancel, envelope.follow), (vec![id], vec![id]));
}

#[tokio::test]
async fn following_a_job_does_not_wake_a_host_that_does_not_hold_it() {
    let (service, agent, id) = with_job().await;
    show(&service, id, "?follow=true").await;
    let offered = agent.ping(&service, &Ping::default()).await.unwrap();
    assert_eq!((offered.value.job_id, offered.follow), (id, vec![]));
}

/// The handler is dropped when the client hangs up, but the report is recorded to its end.
#[tokio::test]
async fn the_report_of_a_host_that_hangs_up_is_recorded() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &printed(id, 0, "half")).await;
    assert!(service.live(&agent, id).is_some());
    let body = serde_json::to_vec(&succeeded(id, "whole")).unwrap();
    let report = agent.request("/ping", &body, unix_now(), agent.next());
    tokio::select! {
        biased;
        () = until_held(&service, &agent) => {}
        answer = service.send(report) => panic!("answered before it hung up: {answer:?}"),
    }
    while service.live(&agent, id).is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(show(&service, id, "").await["log"], "whole");
}
