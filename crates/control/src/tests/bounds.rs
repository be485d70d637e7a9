//! Requests that are too long.

use super::agents::{Agent, received, succeeded};
use super::commands::{greet, ready, with_job};
use super::service::Service;
use serde_json::{Value, json};
use wire::limits::MOST_HELD;

fn long(bytes: usize) -> Value {
    "x".repeat(bytes).into()
}

#[tokio::test]
async fn abuse_a_ping_names_too_many_jobs() {
    let (service, agent, id) = with_job().await;
    for ids in [vec![1; 4_000_000], (1..=65).collect()] {
        let ping = json!({ "received": ids });
        let (_, answer) = agent.post(&service, "/ping", ping).await;
        assert_eq!(answer.status(), 400, "{}", answer.text());
        assert!(answer.text().contains("up to 64"), "{}", answer.text());
    }
    // The answer names an ended job once, however often the ping names it.
    agent.ping(&service, &succeeded(id, "")).await;
    let envelope = agent.ping(&service, &received(&[id; MOST_HELD])).await;
    assert_eq!(envelope.unwrap().cancel, [id]);
}

#[tokio::test]
async fn abuse_a_ping_has_too_long_texts() {
    let (service, agent, id) = with_job().await;
    let mut result = serde_json::to_value(succeeded(id, "")).unwrap();
    for (member, value) in [
        ("Time", long(65)),
        ("Start", long(65)),
        ("End", long(65)),
        ("Survivors", json!([long(257)])),
        ("Survivors", vec!["1 x"; 101].into()),
    ] {
        result["result"][member] = value;
        let (_, answer) = agent.post(&service, "/ping", result.clone()).await;
        assert_eq!(answer.status(), 400, "{member}");
        result["result"].as_object_mut().unwrap().remove(member);
        result["result"]["Time"] = "now".into();
    }
    let progress = json!({ "job_id": id, "at": 0, "text": long((16 << 10) + 1) });
    for ping in [
        json!({ "declines": long(1_025) }),
        json!({ "progress": progress }),
    ] {
        let (_, answer) = agent.post(&service, "/ping", ping).await;
        assert_eq!(answer.status(), 400, "{}", answer.text());
    }
    let job = service.ada("GET", &format!("/job/{id}"), Value::Null).await;
    assert_eq!(
        job.json()["status"],
        "queued",
        "the ping is refused as a whole"
    );
}

#[tokio::test]
async fn abuse_a_host_or_a_stranger_sends_too_long_facts() {
    let service = Service::start().await;
    let enrolled = Agent::enrolled(&service, "a").await;
    let stranger = Agent::new("b");
    for (member, value) in [
        ("hostname", long(254)),
        ("hostname", long(60_000)),
        ("platform", long(254)),
        ("version", long(65)),
        ("os", long(65)),
        ("host_ip", long(65)),
        ("mac_address", json!([long(65)])),
        ("mac_address", vec!["02:00:00:00:00:01"; 129].into()),
    ] {
        let facts = |agent: &Agent| {
            let mut facts = agent.facts();
            facts[member] = value.clone();
            facts
        };
        let (_, answer) = enrolled.post(&service, "/register", facts(&enrolled)).await;
        assert_eq!(answer.status(), 400, "{member}: {}", answer.text());
        let answer = stranger.enrol_with(&service, None, facts(&stranger)).await;
        assert_eq!(answer.status(), 400, "{member}: {}", answer.text());
    }
    let large = json!({ "hostname": long(7_900_000) });
    let (_, answer) = enrolled.post(&service, "/register", large).await;
    assert_eq!(answer.status(), 413);
    let hosts = service.ada("GET", "/host", Value::Null).await.json();
    assert_eq!(hosts.as_array().unwrap().len(), 1, "no other host waits");
    assert_eq!(hosts[0]["hostname"], "web");
}

#[tokio::test]
async fn texts_of_operators_are_bounded() {
    let (service, agent) = ready().await;
    let host = agent.host;
    let with = |mut body: Value, member: &str, value: Value| {
        body[member] = value;
        body
    };
    let job = json!({ "name": "b", "host_uuid": [host], "fx_key": "greet" });
    let labels = || Value::from(vec!["a"; 65]);
    for (method, target, body) in [
        (
            "PUT",
            "/admission",
            json!(vec![json!({ "host_uuid": host }); 1_001]),
        ),
        (
            "PUT",
            "/admission",
            json!([{ "host_uuid": host, "area": long(254) }]),
        ),
        (
            "PUT",
            "/admission",
            json!([{ "host_uuid": host, "label": labels() }]),
        ),
        (
            "PUT",
            "/admission",
            json!([{ "host_uuid": host, "fingerprint": long(65) }]),
        ),
        ("POST", "/enrolment", json!({ "label": [long(254)] })),
        ("POST", "/enrolment", json!({ "org": long(254) })),
        ("POST", "/job", with(job.clone(), "name", long(254))),
        ("POST", "/job", with(job.clone(), "notes", long(4_097))),
        ("POST", "/job", with(job.clone(), "fx_key", long(254))),
        ("POST", "/job", with(job.clone(), "label", labels())),
        ("PUT", "/cmd", with(greet(), "description", long(4_097))),
        ("PUT", "/cmd", with(greet(), "key", long(254))),
        (
            "PUT",
            "/key-list",
            json!({ "list": "", "signature": long(1 << 20) }),
        ),
    ] {
        let answer = service.ada(method, target, body).await;
        assert_eq!(answer.status(), 400, "{target}: {}", answer.text());
    }
    let jobs = service.ada("GET", "/job", Value::Null).await;
    assert_eq!(jobs.json(), json!([]));
}
