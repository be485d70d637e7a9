//! Clients that hang up between a commit and what follows from it.

use super::agents::{Agent, received};
use super::client::basic;
use super::commands::{ready, with_job};
use super::holds::{held, until_held};
use super::key_lists::Rooted;
use super::registry::Package;
use super::service::{PASSWORD, Service};
use crate::domain::scope::Scope;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use tokio::sync::Notify;
use wire::ping::Ping;

/// A request that was woken, and not polled yet.
#[derive(Default)]
struct Woken(Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// Carries out a request of ada, and drops it as soon as `is_stored`: before it finds out.
async fn hang_up_once(
    service: &Service,
    (method, target, body): (&str, &str, Value),
    is_stored: impl AsyncFn() -> bool,
) {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", basic("ada", PASSWORD))
        .body(Body::from(body.to_string()));
    hang_up(service, request.unwrap(), is_stored).await;
}

/// The same with a request of any kind.
async fn hang_up(service: &Service, request: Request<Body>, is_stored: impl AsyncFn() -> bool) {
    let mut request = pin!(service.send(request));
    let woken = Arc::new(Woken::default());
    woken.0.notify_one();
    loop {
        woken.0.notified().await;
        if is_stored().await {
            return;
        }
        let waker = Waker::from(Arc::clone(&woken));
        let poll = |_: &mut Context<'_>| {
            let polled = request.as_mut().poll(&mut Context::from_waker(&waker));
            Poll::Ready(polled)
        };
        let polled = poll_fn(poll).await;
        assert!(polled.is_pending(), "answered before: {polled:?}");
    }
}

#[tokio::test]
async fn a_job_wakes_its_host_though_who_created_it_is_gone() {
    let (service, agent) = ready().await;
    let create = async {
        until_held(&service, &agent).await;
        let body = json!({
            "name": "b", "host_uuid": [agent.host], "fx_key": "greet", "fx_version": 1,
        });
        let has_job = async || {
            let session = service.store.session(agent.host).await.unwrap();
            session.unwrap().has_jobs
        };
        hang_up_once(&service, ("POST", "/job", body), has_job).await;
    };
    let envelope = held(&service, &agent, &Ping::default(), create).await;
    assert!(envelope.unwrap().value.job_id > 0);
}

#[tokio::test]
async fn a_cancel_wakes_the_host_though_who_asked_for_it_is_gone() {
    let (service, agent, number) = with_job().await;
    agent.ping(&service, &received(&[number])).await;
    let jobs = service.ada("GET", "/job", Value::Null).await.json();
    let id = jobs[0]["id"].as_i64().unwrap();
    let cancel = async {
        until_held(&service, &agent).await;
        let is_cancelled = async || {
            let (job, _) = service
                .store
                .job(id.into(), &Scope::everything())
                .await
                .unwrap()
                .unwrap();
            job.cancelled.is_some()
        };
        let target = format!("/job/{id}");
        hang_up_once(&service, ("DELETE", &target, Value::Null), is_cancelled).await;
    };
    let envelope = held(&service, &agent, &received(&[number]), cancel).await;
    assert_eq!(envelope.unwrap().cancel, [number]);
}

/// Without its row, nothing would ever remove the archive.
#[tokio::test]
async fn a_package_is_stored_though_who_pushed_it_is_gone() {
    let service = Service::start().await;
    let push = Package::new("r1").serial(5);
    let archive = service.packages().join("ops%2Fhello/r1.zip");
    let is_placed = async || archive.exists();
    let request = push.request("/package/ops/hello/tag/1");
    hang_up(&service, request, is_placed).await;
    let stored = async {
        let store = &service.store;
        while store.seal("ops/hello", "r1").await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, stored).await.unwrap();
}

#[tokio::test]
async fn a_key_list_is_in_force_though_who_imported_it_is_gone() {
    let rooted = Rooted::start().await;
    let service = &rooted.service;
    let fingerprint = service.inner.root().unwrap().fingerprint.clone();
    let is_imported = async || {
        let list = service.store.key_list(&fingerprint).await;
        list.unwrap().is_some()
    };
    let put = ("PUT", "/key-list", json!(rooted.list(2)));
    hang_up_once(service, put, is_imported).await;
    super::service::until(|| service.inner.root().unwrap().listed().list.number == 2).await;
}

#[tokio::test]
async fn the_ping_of_a_host_ends_though_who_disabled_it_is_gone() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let disable = async {
        until_held(&service, &agent).await;
        let is_disabled = async || service.store.session(agent.host).await.unwrap().is_none();
        let target = format!("/host/{}/disable", agent.host);
        hang_up_once(&service, ("POST", &target, Value::Null), is_disabled).await;
    };
    let (_, answer) = super::holds::heard(&service, &agent, &Ping::default(), disable).await;
    assert_eq!(answer.status(), 401);
}
