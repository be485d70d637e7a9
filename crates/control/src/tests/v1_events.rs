//! `/v1`: streams of events.

use super::agents::{received, succeeded};
use super::client::{Answer, basic};
use super::commands::{ready, run, with_job};
use super::service::{PASSWORD, Service};
use super::v1::problem;
use crate::domain::audit::tests::ada;
use crate::domain::user::Role;
use crate::service::streams::MOST_OF_USER;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;
use wire::ping::{Phase, Ping, Progress};

fn request(who: &str, target: &str) -> Request<Body> {
    let request = Request::get(target).header("authorization", basic(who, PASSWORD));
    request.body(Body::empty()).unwrap()
}

/// A stream that is being read.
struct Reader {
    response: Response,
    text: String,
}

impl Reader {
    async fn begin(service: &Service, who: &str, target: &str) -> Self {
        let response = service.begin(request(who, target)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event with its body; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = parse(event);
                self.text = rest.to_owned();
                return Some(event);
            }
            let frame = timeout(Duration::from_secs(30), self.response.frame()).await;
            let frame = frame.expect("news within half a minute")?;
            let bytes = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

fn parse(event: &str) -> (String, Value) {
    let member = |name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| line.strip_prefix(name).map(str::trim))
    };
    let data = serde_json::from_str(member("data:").unwrap()).unwrap();
    (member("event:").unwrap().to_owned(), data)
}

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

#[tokio::test]
async fn a_job_is_followed_to_its_end() {
    let (service, agent, id) = with_job().await;
    let target = format!("/v1/jobs/{id}/events");
    let mut reader = Reader::begin(&service, "ada", &target).await;
    let (event, job) = reader.next().await.unwrap();
    assert_eq!(
        (event.as_str(), &job["status"]),
        ("status", &json!("queued"))
    );
    agent.ping(&service, &printed(id, 0, "one\n")).await;
    let (event, output) = reader.next().await.unwrap();
    assert_eq!(
        (event.as_str(), &output["text"]),
        ("output", &json!("one\n"))
    );
    let (event, job) = reader.next().await.unwrap();
    assert_eq!(
        (event.as_str(), &job["status"]),
        ("status", &json!("received"))
    );
    agent.ping(&service, &succeeded(id, "one\ntwo\n")).await;
    let (event, output) = reader.next().await.unwrap();
    assert_eq!(
        (event.as_str(), &output["text"]),
        ("output", &json!("two\n"))
    );
    let (event, job) = reader.next().await.unwrap();
    assert_eq!(
        (event.as_str(), &job["status"]),
        ("end", &json!("succeeded"))
    );
    assert_eq!(reader.next().await, None);
}

async fn from(service: &Service, target: &str, last: &str) -> Answer {
    let mut request = request("ada", target);
    request
        .headers_mut()
        .insert("last-event-id", last.parse().unwrap());
    service.send(request).await
}

#[tokio::test]
async fn a_stream_that_broke_off_goes_on_where_it_was() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &succeeded(id, "printed")).await;
    let target = format!("/v1/jobs/{id}/events");
    let rest = from(&service, &target, "5").await;
    assert!(
        rest.text().contains("\"text\":\"ed\"") && rest.text().contains("id: 7"),
        "{}",
        rest.text()
    );
    let nothing = from(&service, &target, "7").await;
    assert!(!nothing.text().contains("event: output") && nothing.text().contains("event: end"));
    problem(&from(&service, &target, "x").await, 400, "malformed");
    let unknown = service.send(request("ada", "/v1/jobs/7/events")).await;
    problem(&unknown, 404, "not-found");
}

#[tokio::test]
async fn a_batch_is_watched_until_its_last_job_has_ended() {
    let (service, agent) = ready().await;
    let batch = run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    let target = format!("/v1/batches/{batch}/events");
    let mut reader = Reader::begin(&service, "ada", &target).await;
    let (event, shown) = reader.next().await.unwrap();
    assert_eq!((event.as_str(), &shown["ended"]), ("progress", &json!(0)));
    agent.ping(&service, &succeeded(id, "")).await;
    let (event, shown) = reader.next().await.unwrap();
    assert_eq!((event.as_str(), &shown["ended"]), ("progress", &json!(1)));
    let (event, _) = reader.next().await.unwrap();
    assert_eq!((event.as_str(), reader.next().await), ("end", None));
}

#[tokio::test]
async fn abuse_a_user_who_was_removed_or_demoted_keeps_reading() {
    let (service, _, id) = with_job().await;
    let target = format!("/v1/jobs/{id}/events");
    for (who, kind) in [("olga", "unauthenticated"), ("rita", "forbidden")] {
        service.add_user(who, Role::Operator).await;
        let mut reader = Reader::begin(&service, who, &target).await;
        reader.next().await.unwrap();
        match kind {
            "forbidden" => drop(service.store.set_role(who, Role::Publisher, &ada()).await),
            _ => drop(service.store.remove_user(who, &ada()).await),
        }
        let (event, why) = reader.next().await.unwrap();
        assert_eq!(event, "problem");
        assert_eq!(why["type"], format!("urn:pilotctl:problem:{kind}"));
        assert_eq!(reader.next().await, None);
    }
}

#[tokio::test]
async fn abuse_a_user_opens_as_many_streams_as_possible() {
    let (service, _, id) = with_job().await;
    let target = format!("/v1/jobs/{id}/events");
    let mut open = Vec::new();
    for _ in 0..MOST_OF_USER {
        open.push(Reader::begin(&service, "ada", &target).await);
    }
    let refused = service.send(request("ada", &target)).await;
    assert!(problem(&refused, 503, "busy").contains("streams"));
    assert!(refused.headers.contains_key("retry-after"));
    service.add_user("olga", Role::Operator).await;
    Reader::begin(&service, "olga", &target).await;
    open.pop();
    Reader::begin(&service, "ada", &target).await;
}

#[tokio::test]
async fn streams_end_when_control_stops() {
    let (service, _, id) = with_job().await;
    let target = format!("/v1/jobs/{id}/events");
    let mut reader = Reader::begin(&service, "ada", &target).await;
    reader.next().await.unwrap();
    service.stop();
    assert_eq!(reader.next().await, None);
}
