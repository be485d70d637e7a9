//! Delivery: from a posted job to its recorded result.

use super::agents::{Agent, received, succeeded};
use super::commands::{prepare, run};
use super::service::{INTERVAL, Service};
use crate::clock::unix_now;
use crate::domain::delivery::CANCEL_AGAIN;
use crate::store::News;
use axum::http::HeaderValue;
use serde_json::{Value, json};
use std::time::Duration;
use wire::envelope::Envelope;
use wire::ping::Ping;

async fn job(service: &Service, id: i64) -> Value {
    service
        .ada("GET", &format!("/job/{id}"), Value::Null)
        .await
        .json()
}

async fn cancel(service: &Service, id: i64) {
    let target = format!("/job/{id}");
    let answer = service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(answer.status(), 202);
}

#[tokio::test]
async fn a_job_goes_out_and_its_result_comes_back() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    let batch = run(&service, &[&agent]).await;

    let envelope = agent.ping(&service, &Ping::default()).await.unwrap();
    let (issued, expires) = (envelope.issued.unwrap(), envelope.expires.unwrap());
    assert!(issued.abs_diff(unix_now()) < 10 && expires == issued + 300);
    assert_eq!(envelope.interval, INTERVAL);
    let command = envelope.value;
    assert!(command.digest.as_deref().unwrap().starts_with("sha256:"));
    assert_eq!(
        (command.function.as_str(), command.pwd.expose()),
        ("greet", "hunter2")
    );
    assert_eq!(
        command.input.unwrap().secret[0]
            .value
            .as_ref()
            .unwrap()
            .expose(),
        "s3cret"
    );
    let id = command.job_id;

    assert_eq!(job(&service, id).await["status"], "queued");
    assert!(agent.ping(&service, &received(&[id])).await.is_none());
    assert_eq!(job(&service, id).await["status"], "received");
    assert!(
        agent
            .ping(&service, &succeeded(id, "hello"))
            .await
            .is_none()
    );
    let shown = job(&service, id).await;
    assert_eq!(
        (&shown["status"], &shown["log"], &shown["error"]),
        (&json!("succeeded"), &json!("hello"), &json!(false))
    );
    assert_eq!(shown["result"]["ExitCode"], 0);
    assert_eq!(shown["job_batch_id"].to_string(), batch);
    assert!(!shown.to_string().contains("hunter2") && !shown.to_string().contains("s3cret"));
    let listed = service
        .ada("GET", &format!("/job?bid={batch}&log=false"), Value::Null)
        .await
        .json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["log"]),
        (&json!(id), &json!(""))
    );
}

#[tokio::test]
async fn a_job_is_offered_until_it_is_received_and_one_at_a_time() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    run(&service, &[&agent]).await;
    let first = agent.offered(&service).await;
    assert_eq!(agent.offered(&service).await, first);
    assert!(agent.ping(&service, &received(&[first])).await.is_none());
    let envelope = agent.ping(&service, &succeeded(first, "")).await.unwrap();
    let second = envelope.value.job_id;
    assert!(second > first);
    assert!(agent.ping(&service, &received(&[second])).await.is_none());
    assert_eq!(agent.offered(&service).await, 0);
}

#[tokio::test]
async fn a_host_that_reports_one_job_and_holds_another_is_offered_none() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    run(&service, &[&agent]).await;
    let first = agent.offered(&service).await;
    let ping = Ping {
        received: vec![99],
        ..succeeded(first, "")
    };
    assert!(agent.ping(&service, &ping).await.is_none());
    assert!(agent.offered(&service).await > first);
}

#[tokio::test]
async fn a_result_is_recorded_once_and_from_its_own_host_alone() {
    let service = Service::start().await;
    let (agent, other) = (
        Agent::enrolled(&service, "a").await,
        Agent::enrolled(&service, "b").await,
    );
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    other.ping(&service, &succeeded(id, "not mine")).await;
    other.ping(&service, &received(&[id])).await;
    assert_eq!(job(&service, id).await["status"], "queued");
    agent.ping(&service, &succeeded(id, "first")).await;
    agent.ping(&service, &succeeded(id, "second")).await;
    agent.ping(&service, &succeeded(99, "unknown")).await;
    assert_eq!(job(&service, id).await["log"], "first");
}

#[tokio::test]
async fn secrets_are_forgotten_when_a_job_has_ended() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    agent.ping(&service, &succeeded(id, "")).await;
    let stored = service.store.stored_command(id).await;
    assert!(stored.contains("***") && !stored.contains("hunter2") && !stored.contains("s3cret"));
}

#[tokio::test]
async fn hosts_of_one_batch_have_results_of_their_own() {
    let service = Service::start().await;
    let (a, b) = (
        Agent::enrolled(&service, "a").await,
        Agent::enrolled(&service, "b").await,
    );
    prepare(&service).await;
    let batch = run(&service, &[&a, &b]).await;
    for (agent, log) in [(&a, "of a"), (&b, "of b")] {
        let id = agent.offered(&service).await;
        agent.ping(&service, &succeeded(id, log)).await;
    }
    let jobs = service
        .ada("GET", &format!("/job?bid={batch}"), Value::Null)
        .await
        .json();
    for job in jobs.as_array().unwrap() {
        let log = if job["host_uuid"] == json!(a.host) {
            "of a"
        } else {
            "of b"
        };
        assert_eq!(job["log"], log);
    }
    let batches = service
        .ada("GET", "/job/batch?owner=ada&name=b", Value::Null)
        .await
        .json();
    assert_eq!(batches[0]["batch_id"].to_string(), batch);
}

/// Sends a ping that asks to be held for a minute, and what goes on meanwhile.
async fn held(
    service: &Service,
    agent: &Agent,
    ping: &Ping,
    meanwhile: impl Future<Output = ()>,
) -> Option<Envelope> {
    let n = agent.next();
    let body = serde_json::to_vec(ping).unwrap();
    let mut request = agent.request("/ping", &body, unix_now(), n);
    request
        .headers_mut()
        .insert("prefer", HeaderValue::from_static("wait=60"));
    let both = async { tokio::join!(service.send(request), meanwhile) };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .unwrap();
    assert!(agent.believes(n, &answer));
    agent.open(service, n, &answer)
}

/// Returns once a ping of the host is held.
async fn until_held(service: &Service, agent: &Agent) {
    while !service.presence.of(agent.host).0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_held_ping_is_answered_when_a_job_is_posted() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    let post = async {
        until_held(&service, &agent).await;
        let hosts = service.ada("GET", "/host", Value::Null).await.json();
        assert_eq!(hosts[0]["connected"], true);
        run(&service, &[&agent]).await;
    };
    let envelope = held(&service, &agent, &Ping::default(), post).await;
    assert!(envelope.unwrap().value.job_id > 0);
}

#[tokio::test]
async fn the_ping_of_a_busy_host_is_held_whatever_is_queued_and_woken_by_a_cancel() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    let cancel = async {
        until_held(&service, &agent).await;
        run(&service, &[&agent]).await;
        cancel(&service, id).await;
    };
    let envelope = held(&service, &agent, &received(&[id]), cancel).await;
    let envelope = envelope.unwrap();
    assert_eq!((envelope.value.job_id, envelope.cancel), (0, vec![id]));
}

#[tokio::test]
async fn a_cancel_is_told_again_while_a_ping_is_held() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    agent.ping(&service, &received(&[id])).await;
    cancel(&service, id).await;
    let almost_due = unix_now() + 1 - CANCEL_AGAIN.as_secs();
    let told = service.store.news(agent.host, true, INTERVAL, almost_due);
    assert!(matches!(told.await.unwrap(), News::Offer(_)));
    let envelope = held(&service, &agent, &received(&[id]), async {}).await;
    assert_eq!(envelope.unwrap().cancel, vec![id]);
}

#[tokio::test]
async fn a_held_ping_ends_when_the_service_stops() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let stop = async {
        until_held(&service, &agent).await;
        service.stop();
    };
    let envelope = held(&service, &agent, &Ping::default(), stop).await;
    assert!(envelope.is_none());
}

#[tokio::test]
async fn a_busy_host_is_told_a_changed_interval() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let facts = serde_json::from_value(agent.facts()).unwrap();
    service.store.register(&facts, INTERVAL + 1).await.unwrap();
    let envelope = agent.ping(&service, &received(&[7])).await.unwrap();
    assert_eq!((envelope.value.job_id, envelope.interval), (0, INTERVAL));
}

#[tokio::test]
async fn a_log_of_control_characters_and_one_that_is_too_long_are_recorded() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    for (log, cut) in [
        ("\u{1}".repeat(1 << 20), 0),
        ("é".repeat(1 << 20), (1 << 20) - 128),
    ] {
        run(&service, &[&agent]).await;
        let id = agent.offered(&service).await;
        agent.ping(&service, &succeeded(id, &log)).await;
        let shown = job(&service, id).await;
        assert_eq!(shown["status"], "succeeded");
        assert_eq!(shown["result"]["Cut"].as_u64().unwrap_or(0), cut);
        let kept = shown["log"].as_str().unwrap();
        assert!(kept.starts_with(&log[..100]) && kept.ends_with(&log[..100]));
        assert_eq!(kept.contains("bytes cut by control"), cut > 0);
    }
}

#[tokio::test]
async fn a_changed_interval_is_told_once() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let facts = serde_json::from_value(agent.facts()).unwrap();
    service.store.register(&facts, INTERVAL + 1).await.unwrap();
    let envelope = agent.ping(&service, &Ping::default()).await.unwrap();
    assert_eq!((envelope.value.job_id, envelope.interval), (0, INTERVAL));
    assert!(agent.ping(&service, &Ping::default()).await.is_none());
}

#[tokio::test]
async fn a_job_that_nobody_fetched_is_cancelled_at_once() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    let batch = run(&service, &[&agent]).await;
    let jobs = service
        .ada("GET", &format!("/job?bid={batch}"), Value::Null)
        .await
        .json();
    let target = format!("/job/{}", jobs[0]["id"]);
    assert_eq!(
        service.ada("DELETE", &target, Value::Null).await.status(),
        202
    );
    assert_eq!(
        service.ada("GET", &target, Value::Null).await.json()["status"],
        "cancelled"
    );
    assert_eq!(
        service.ada("DELETE", &target, Value::Null).await.status(),
        404
    );
    assert_eq!(agent.offered(&service).await, 0);
}

#[tokio::test]
async fn a_running_job_is_cancelled_by_its_host() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    agent.ping(&service, &received(&[id])).await;
    cancel(&service, id).await;
    let envelope = agent.ping(&service, &received(&[id])).await.unwrap();
    assert_eq!((envelope.value.job_id, envelope.cancel), (0, vec![id]));
    assert!(
        agent.ping(&service, &received(&[id])).await.is_none(),
        "told again at once"
    );
    assert_eq!(job(&service, id).await["status"], "cancelling");
    let mut ended = succeeded(id, "half");
    let result = ended.result.as_mut().unwrap();
    (result.success, result.status) = (false, Some(wire::ping::Status::Cancelled));
    agent.ping(&service, &ended).await;
    assert_eq!(job(&service, id).await["status"], "cancelled");
}

#[tokio::test]
async fn a_cancelled_job_that_was_lost_on_the_way_ends_with_the_next_ping() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    cancel(&service, id).await;
    assert!(agent.ping(&service, &Ping::default()).await.is_none());
    assert_eq!(job(&service, id).await["status"], "cancelled");
}

#[tokio::test]
async fn the_jobs_of_a_removed_host_end() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    service
        .ada("DELETE", &format!("/host/{}", agent.host), Value::Null)
        .await;
    let shown = job(&service, id).await;
    assert_eq!(
        (&shown["status"], &shown["error"]),
        (&json!("cancelled"), &json!(true))
    );
}
