//! Delivery: from a posted job to its recorded result.

use super::agents::{Agent, received, succeeded};
use super::commands::{cancel, prepare, ready, run, with_job};
use super::service::{INTERVAL, Service};
use crate::clock::unix_now;
use serde_json::{Value, json};
use wire::ping::Ping;

async fn job(service: &Service, id: i64) -> Value {
    service
        .ada("GET", &format!("/job/{id}"), Value::Null)
        .await
        .json()
}

#[tokio::test]
async fn a_job_is_delivered_and_its_result_recorded() {
    let (service, agent) = ready().await;
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
    assert_eq!(shown["job_batch_id"], batch);
    assert!(!shown.to_string().contains("hunter2") && !shown.to_string().contains("s3cret"));
    let listed = service
        .ada("GET", &format!("/job?bid={batch}"), Value::Null)
        .await
        .json();
    assert_eq!(
        (&listed[0]["id"], &listed[0]["log"]),
        (&json!(id), &json!(""))
    );
}

#[tokio::test]
async fn a_job_is_offered_until_it_is_received_and_one_at_a_time() {
    let (service, agent) = ready().await;
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
    let (service, agent) = ready().await;
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
async fn abuse_a_host_reports_or_fetches_the_job_of_another() {
    let service = Service::start().await;
    let (agent, other) = (
        Agent::enrolled(&service, "a").await,
        Agent::enrolled(&service, "b").await,
    );
    prepare(&service).await;
    run(&service, &[&agent]).await;
    assert_eq!(other.offered(&service).await, 0);
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
async fn secrets_are_masked_when_a_job_has_ended() {
    let (service, agent, id) = with_job().await;
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
        .ada("GET", &format!("/job?bid={batch}&log=true"), Value::Null)
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

#[tokio::test]
async fn a_busy_host_gets_a_changed_interval() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let facts = serde_json::from_value(agent.facts()).unwrap();
    service.store.register(&facts, INTERVAL + 1).await.unwrap();
    let envelope = agent.ping(&service, &received(&[7])).await.unwrap();
    assert_eq!((envelope.value.job_id, envelope.interval), (0, INTERVAL));
}

#[tokio::test]
async fn a_log_of_control_characters_and_one_that_is_too_long_are_recorded() {
    let (service, agent) = ready().await;
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
async fn a_changed_interval_is_sent_once() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let facts = serde_json::from_value(agent.facts()).unwrap();
    service.store.register(&facts, INTERVAL + 1).await.unwrap();
    let envelope = agent.ping(&service, &Ping::default()).await.unwrap();
    assert_eq!((envelope.value.job_id, envelope.interval), (0, INTERVAL));
    assert!(agent.ping(&service, &Ping::default()).await.is_none());
}

#[tokio::test]
async fn a_job_that_no_host_received_is_cancelled_at_once() {
    let (service, agent) = ready().await;
    let batch = run(&service, &[&agent]).await;
    let jobs = service
        .ada("GET", &format!("/job?bid={batch}"), Value::Null)
        .await
        .json();
    let target = format!("/job/{}", jobs[0]["id"]);
    for had_ended in [false, true] {
        let answer = service.ada("DELETE", &target, Value::Null).await;
        let expected = json!({ "status": "cancelled", "ended": had_ended });
        assert_eq!((answer.status(), answer.json()), (200, expected));
    }
    let unknown = service.ada("DELETE", "/job/99", Value::Null).await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(agent.offered(&service).await, 0);
}

#[tokio::test]
async fn a_running_job_is_cancelled_by_its_host() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &received(&[id])).await;
    cancel(&service, id).await;
    let envelope = agent.ping(&service, &received(&[id])).await.unwrap();
    assert_eq!((envelope.value.job_id, envelope.cancel), (0, vec![id]));
    assert!(
        agent.ping(&service, &received(&[id])).await.is_none(),
        "repeated at once"
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
    let (service, agent, id) = with_job().await;
    cancel(&service, id).await;
    assert!(agent.ping(&service, &Ping::default()).await.is_none());
    assert_eq!(job(&service, id).await["status"], "cancelled");
}

#[tokio::test]
async fn the_jobs_of_a_removed_host_end() {
    let (service, agent, id) = with_job().await;
    service
        .ada("DELETE", &format!("/host/{}", agent.host), Value::Null)
        .await;
    let shown = job(&service, id).await;
    assert_eq!(
        (&shown["status"], &shown["error"]),
        (&json!("cancelled"), &json!(true))
    );
}
