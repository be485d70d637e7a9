//! Held pings.

use super::agents::{Agent, received};
use super::client::Answer;
use super::commands::{cancel, ready, run, with_job};
use super::service::{Service, until};
use crate::clock::unix_now;
use crate::domain::pace::REPEAT_AFTER;
use crate::fleet::delivery::OFFERS_AT_ONCE;
use crate::store::DueWork;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use wire::HostKey;
use wire::envelope::Envelope;
use wire::ping::Ping;

/// A ping that asks to be held for a minute.
fn long_poll(agent: &Agent, ping: &Ping, n: u64) -> Request<Body> {
    let body = serde_json::to_vec(ping).unwrap();
    let mut request = agent.request("/ping", &body, unix_now(), n);
    request
        .headers_mut()
        .insert("prefer", HeaderValue::from_static("wait=60"));
    request
}

/// Sends a ping that asks to be held for a minute, and runs `meanwhile`; returns the number
/// of the ping, and the answer.
pub(super) async fn heard(
    service: &Service,
    agent: &Agent,
    ping: &Ping,
    meanwhile: impl Future<Output = ()>,
) -> (u64, Answer) {
    let n = agent.next();
    let both = async { tokio::join!(service.send(long_poll(agent, ping, n)), meanwhile) };
    let (answer, ()) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .unwrap();
    (n, answer)
}

/// The same, with the envelope of an authenticated answer.
pub(super) async fn held(
    service: &Service,
    agent: &Agent,
    ping: &Ping,
    meanwhile: impl Future<Output = ()>,
) -> Option<Envelope> {
    let (n, answer) = heard(service, agent, ping, meanwhile).await;
    assert!(agent.authenticates(n, &answer));
    agent.open(service, n, &answer)
}

/// Returns once a ping of the host is held.
pub(super) async fn until_held(service: &Service, agent: &Agent) {
    while !service.presence().of(agent.host).0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_held_ping_is_answered_when_a_job_is_posted() {
    let (service, agent) = ready().await;
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
async fn the_ping_of_a_busy_host_is_held_until_a_cancel() {
    let (service, agent, id) = with_job().await;
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
async fn a_cancel_is_repeated_while_a_ping_is_held() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &received(&[id])).await;
    cancel(&service, id).await;
    let almost_due = unix_now() + 1 - REPEAT_AFTER.as_secs();
    let work = service.store.sent_work(agent.host, true, almost_due);
    assert!(matches!(work.await.unwrap(), DueWork::Offer(_)));
    let envelope = held(&service, &agent, &received(&[id]), async {}).await;
    assert_eq!(envelope.unwrap().cancel, vec![id]);
}

/// Hosts with jobs wait until these are written down as offered; nobody else has to.
#[tokio::test]
async fn who_gets_no_job_does_not_wait_for_the_disk() {
    let (service, busy, number) = with_job().await;
    let service = Arc::new(service);
    busy.ping(&service, &received(&[number])).await;
    let (mut hosts, mut pings) = (Vec::new(), JoinSet::new());
    for name in 0..OFFERS_AT_ONCE {
        let agent = Agent::enrolled(&service, &name.to_string()).await;
        let request = long_poll(&agent, &Ping::default(), agent.next());
        let service = Arc::clone(&service);
        hosts.push(agent.host);
        pings.spawn(async move { service.send(request).await.status() });
    }
    until(|| service.presence().held() == OFFERS_AT_ONCE).await;
    let mut disk = None;
    let follow = async {
        until_held(&service, &busy).await;
        service.store.create_jobs(&hosts).await;
        disk = Some(service.store.busy_writer().await);
        hosts.iter().for_each(|host| service.presence().wake(*host));
        until(|| service.store.waiting() == OFFERS_AT_ONCE).await;
        service.inner.delivery.follow(busy.host, number.into());
    };
    let envelope = held(&service, &busy, &received(&[number]), follow).await;
    assert_eq!(envelope.unwrap().follow, [number]);
    drop(disk);
    assert_eq!(pings.join_all().await, [201; OFFERS_AT_ONCE]);
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
async fn abuse_a_host_holds_many_pings() {
    let (service, agent) = ready().await;
    let mut pings = JoinSet::new();
    let service = Arc::new(service);
    for n in 1..=20 {
        let (service, request) = (Arc::clone(&service), long_poll(&agent, &Ping::default(), n));
        pings.spawn(async move { service.send(request).await.status() });
    }
    // Others are refused because their number is no longer new, or because there are too many.
    for _ in 1..20 {
        let status = pings.join_next().await.unwrap().unwrap();
        assert!([204, 401, 503].contains(&status), "{status}");
    }
    let (held, _) = service.presence().of(agent.host);
    assert!(held && pings.len() == 1, "one is held");
    service.stop();
    assert_eq!(pings.join_next().await.unwrap().unwrap(), 204);
}

/// Its ping was accepted before the host replaced the key, and held afterwards.
#[tokio::test]
async fn abuse_a_job_is_not_noted_as_offered_to_a_stolen_key() {
    let (service, stolen) = ready().await;
    let late = service.caller(&stolen, 1).await;
    let host = stolen.with_key(HostKey::new(crate::random::bytes()));
    let key = serde_json::json!({ "key": host.key });
    stolen.post(&service, "/key", key).await;
    host.post(&service, "/ping", Value::Null).await;
    run(&service, &[&host]).await;
    let wait = Duration::from_secs(60);
    let ping = service
        .inner
        .delivery
        .ping(&late, Box::default(), wait, vec![]);
    assert!(ping.await.unwrap().is_none());
    let offered = "pilotctl_offer_delay_seconds_count";
    assert!(service.metrics().contains(&format!("{offered} 0")));
    assert_ne!(host.offered(&service).await, 0);
    assert!(service.metrics().contains(&format!("{offered} 1")));
}
