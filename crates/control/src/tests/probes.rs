//! Whether the service is alive, and ready.

use super::agents::{received, succeeded};
use super::client::Answer;
use super::commands::{ready, run};
use super::service::Service;
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use std::time::Duration;
use wire::ping::Ping;

/// What a monitor gets, without credentials.
async fn get(service: &Service, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty()).unwrap();
    service.send(request).await
}

#[tokio::test]
async fn a_service_that_stops_is_alive_and_not_ready() {
    let service = Service::start().await;
    for path in ["/healthz", "/readyz", "/readyz?from=monitor"] {
        assert_eq!(get(&service, path).await.status(), 200, "{path}");
    }
    service.stop();
    assert_eq!(get(&service, "/healthz").await.status(), 200);
    let answer = get(&service, "/readyz").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.text(), "control is stopping\n");
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn a_service_without_its_database_is_not_ready() {
    let service = Service::start().await;
    service.store.close().await;
    let answer = get(&service, "/readyz").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().contains("database"), "{}", answer.text());
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_service_that_cannot_write_is_not_ready() {
    let service = Service::start().await;
    let on_writers = |mode| service.store.on_every_connection(mode);
    on_writers("PRAGMA query_only = on").await;
    let answer = get(&service, "/readyz").await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().contains("read-only"), "{}", answer.text());
    on_writers("PRAGMA query_only = off").await;
    until_ready(&service).await;
}

/// An answer is good for a second.
async fn until_ready(service: &Service) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert_eq!(get(service, "/readyz").await.status(), 200);
}

fn has_line(text: &str, line: &str) {
    assert!(text.lines().any(|other| other == line), "{line}\n{text}");
}

#[tokio::test]
async fn results_that_control_makes_are_counted() {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    let held = agent.offered(&service).await;
    agent.ping(&service, &received(&[held])).await;
    run(&service, &[&agent]).await;
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    for job in [0, 1] {
        let target = format!("/job/{}", jobs[job]["id"]);
        service.ada("DELETE", &target, Value::Null).await;
    }
    let cancelled = |number| format!("pilotctl_results_total{{status=\"cancelled\"}} {number}");
    has_line(&service.metrics(), &cancelled(1));
    agent.ping(&service, &Ping::default()).await;
    has_line(&service.metrics(), &cancelled(2));
    run(&service, &[&agent]).await;
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    let newest = jobs[0]["id"].as_i64().unwrap();
    service.store.damage_command(newest).await;
    assert!(agent.ping(&service, &Ping::default()).await.is_none());
    let refused = "pilotctl_results_total{status=\"refused\"} 1";
    has_line(&service.metrics(), refused);
    run(&service, &[&agent]).await;
    let target = format!("/host/{}", agent.host);
    service.ada("DELETE", &target, Value::Null).await;
    has_line(&service.metrics(), &cancelled(3));
}

#[tokio::test]
async fn first_offers_and_results_are_counted() {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    let job = agent.offered(&service).await;
    assert_eq!(agent.offered(&service).await, job, "offered again");
    for _ in 0..2 {
        agent.ping(&service, &succeeded(job, "")).await;
    }
    let text = service.metrics();
    for line in [
        "pilotctl_offer_delay_seconds_count 1",
        "pilotctl_results_total{status=\"succeeded\"} 1",
        "pilotctl_pings_total{result=\"work\"} 2",
    ] {
        has_line(&text, line);
    }
}
