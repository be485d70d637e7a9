//! Whether the service is alive, and ready.

use super::agents::succeeded;
use super::client::Answer;
use super::commands::{ready, run};
use super::service::Service;
use axum::body::Body;
use axum::http::Request;

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
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}
