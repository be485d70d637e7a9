//! What control removes, and what it keeps.

use super::agents::{Agent, received, succeeded};
use super::commands::{ready, run};
use super::service::Service;
use crate::clock::unix_now;
use crate::domain::retention::Retention;
use crate::service::retention::{Removed, sweep};
use serde_json::Value;
use std::time::Duration;
use wire::ping::Ping;

const DAY: u64 = 86_400;

/// Runs a job of a batch of its own to its end; returns job and batch.
async fn ended(service: &Service, agent: &Agent) -> (i64, String) {
    let batch = run(service, &[agent]).await;
    let job = agent.offered(service).await;
    agent.ping(service, &received(&[job])).await;
    agent
        .ping(service, &succeeded(job, "what it printed"))
        .await;
    (job, batch.to_string())
}

async fn status(service: &Service, path: &str) -> u16 {
    service.ada("GET", path, Value::Null).await.status()
}

/// Has everything happened `days` ago, but for the last ping of the hosts.
async fn age(service: &Service, days: u64) {
    let seconds = days * DAY;
    service
        .store
        .change(&format!(
            "UPDATE job SET id = id - {shift}, batch = batch - {shift}, ended = ended - {seconds};
             UPDATE batch SET id = id - {shift}, created = created - {seconds};
             UPDATE host SET removed = removed - {seconds};",
            shift = (seconds * 1_000) << 21,
        ))
        .await;
}

fn kept(jobs: Option<u64>, outputs: Option<u64>) -> Retention {
    let days = |days| Duration::from_secs(days * DAY);
    Retention {
        audit: None,
        jobs: jobs.map(days),
        outputs: outputs.map(days),
    }
}

#[tokio::test]
async fn old_jobs_go_with_their_batches_and_new_ones_stay() {
    let (service, agent) = ready().await;
    for _ in 0..3 {
        ended(&service, &agent).await;
    }
    age(&service, 100).await;
    let (new, batch) = ended(&service, &agent).await;
    let waiting = run(&service, &[&agent]).await;
    let removed = sweep(&service.store, kept(Some(90), None), unix_now())
        .await
        .unwrap();
    let expected = Removed {
        jobs: 3,
        batches: 3,
        ..Removed::default()
    };
    assert_eq!(removed, expected);
    for path in [
        format!("/job/{new}"),
        format!("/job?bid={batch}"),
        format!("/job?bid={waiting}"),
    ] {
        assert_eq!(status(&service, &path).await, 200, "{path}");
    }
    let again = sweep(&service.store, kept(Some(90), None), unix_now())
        .await
        .unwrap();
    assert_eq!(again, Removed::default());
}

#[tokio::test]
async fn outputs_go_before_their_jobs() {
    let (service, agent) = ready().await;
    ended(&service, &agent).await;
    age(&service, 50).await;
    let removed = sweep(&service.store, kept(Some(90), Some(30)), unix_now())
        .await
        .unwrap();
    assert_eq!((removed.jobs, removed.outputs), (0, 1));
    let jobs = service
        .ada("GET", "/job?log=true", Value::Null)
        .await
        .json();
    assert_eq!(
        (&jobs[0]["log"], &jobs[0]["status"]),
        (&"".into(), &"succeeded".into())
    );
}

#[tokio::test]
async fn an_open_job_is_never_too_old() {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    ended(&service, &Agent::enrolled(&service, "other").await).await;
    let removed = sweep(
        &service.store,
        kept(Some(1), None),
        unix_now() + 1_000 * DAY,
    )
    .await;
    assert_eq!(removed.unwrap(), Removed::default());
    assert_ne!(agent.offered(&service).await, 0);
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_removes_nothing() {
    let (service, agent) = ready().await;
    ended(&service, &agent).await;
    ended(&service, &agent).await;
    let later = unix_now() + 1_000 * DAY;
    let removed = sweep(&service.store, kept(Some(90), Some(30)), later)
        .await
        .unwrap();
    assert_eq!(
        removed,
        Removed::default(),
        "no host agrees with that clock"
    );
    // Hosts take over control's time, and report how far their own is from it.
    age(&service, 100).await;
    let behind = Ping {
        skew: Some(-1_000 * 86_400),
        ..Ping::default()
    };
    agent.ping(&service, &behind).await;
    let keep = kept(Some(90), Some(30));
    let removed = sweep(&service.store, keep, unix_now()).await.unwrap();
    assert_eq!(
        removed,
        Removed::default(),
        "by the host's clock it is long ago"
    );
    let right = Ping {
        skew: Some(0),
        ..Ping::default()
    };
    agent.ping(&service, &right).await;
    let removed = sweep(&service.store, keep, unix_now()).await.unwrap();
    assert_eq!(removed.jobs, 2, "the clocks agree");
}

#[tokio::test]
async fn a_removed_host_goes_after_its_jobs_and_may_enrol_again() {
    let (service, agent) = ready().await;
    let other = Agent::enrolled(&service, "other").await;
    ended(&service, &agent).await;
    let path = format!("/host/{}", agent.host);
    assert_eq!(
        service.ada("DELETE", &path, Value::Null).await.status(),
        204
    );
    let keep = kept(Some(90), None);
    let at_once = sweep(&service.store, keep, unix_now()).await.unwrap();
    assert_eq!(at_once, Removed::default());
    age(&service, 100).await;
    other.ping(&service, &Ping::default()).await;
    let removed = sweep(&service.store, keep, unix_now()).await.unwrap();
    assert_eq!((removed.jobs, removed.hosts), (1, 1));
    assert_eq!(status(&service, &path).await, 404);
    assert_eq!(agent.enrol(&service, None).await.status(), 202);
}

#[tokio::test]
async fn the_late_result_of_a_removed_job_is_acknowledged() {
    let (service, agent) = ready().await;
    let (job, _) = ended(&service, &agent).await;
    let path = format!("/job/{job}/remove");
    assert_eq!(service.ada("POST", &path, Value::Null).await.status(), 200);
    assert!(
        agent
            .ping(&service, &succeeded(job, "late"))
            .await
            .is_none()
    );
    assert_eq!(status(&service, &format!("/job/{job}")).await, 404);
}

#[tokio::test]
async fn only_what_has_ended_is_removed_on_request() {
    let (service, agent) = ready().await;
    let batch = run(&service, &[&agent]).await;
    let job = agent.offered(&service).await;
    for path in [
        format!("/job/{job}/remove"),
        format!("/job/batch/{batch}/remove"),
    ] {
        let answer = service.ada("POST", &path, Value::Null).await;
        assert_eq!(answer.status(), 409, "{}", answer.text());
        assert!(answer.text().contains("not ended"), "{}", answer.text());
    }
    agent.ping(&service, &received(&[job])).await;
    agent.ping(&service, &succeeded(job, "")).await;
    let path = format!("/job/batch/{batch}/remove");
    let removed = service.ada("POST", &path, Value::Null).await;
    assert_eq!(
        (removed.status(), removed.json()["jobs"].as_u64()),
        (200, Some(1))
    );
    assert_eq!(service.ada("POST", &path, Value::Null).await.status(), 404);
    assert_eq!(status(&service, &format!("/job?bid={batch}")).await, 404);
}

/// Ids are given by the clock, which may be set back while control is stopped.
#[tokio::test]
async fn no_id_of_a_removed_job_or_batch_is_given_again() {
    let (service, agent) = ready().await;
    let (_, batch) = ended(&service, &agent).await;
    let last: i64 = batch.parse().unwrap();
    let path = format!("/job/batch/{batch}/remove");
    assert_eq!(service.ada("POST", &path, Value::Null).await.status(), 200);
    assert!(service.store.last_id().await.unwrap() >= last);
}
