//! Labels of hosts: operators change them at any time, and select hosts by them.

use super::agents::{Agent, invite};
use super::audited::entries_after;
use super::client::Answer;
use super::service::Service;
use api::Place;
use serde_json::{Value, json};

/// A host that enrols with these labels.
async fn labelled(service: &Service, name: &str, labels: &[&str]) -> Agent {
    let agent = Agent::new(name);
    let code = invite(service, json!({ "label": labels })).await;
    assert_eq!(agent.enrol(service, Some(&code)).await.status(), 201);
    agent
}

async fn change(service: &Service, hosts: &[&Agent], add: &[&str], remove: &[&str]) -> Answer {
    let hosts: Vec<_> = hosts.iter().map(|agent| agent.host).collect();
    let body = json!({ "host_uuid": hosts, "add": add, "remove": remove });
    service.ada("POST", "/host/label", body).await
}

async fn labels(service: &Service, agent: &Agent) -> Value {
    let target = format!("/host/{}", agent.host);
    let shown = service.ada("GET", &target, Value::Null).await;
    shown.json()["label"].clone()
}

/// The numbers of the hosts that a list has.
async fn listed(service: &Service, query: &str) -> Vec<String> {
    let list = service
        .ada("GET", &format!("/host?{query}"), Value::Null)
        .await;
    assert_eq!(list.status(), 200, "{}", list.text());
    let list = list.json();
    let entries = list.as_array().unwrap().iter();
    entries
        .map(|host| host["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn labels_of_many_hosts_are_changed_at_once() {
    let service = Service::start().await;
    let one = labelled(&service, "one", &["shop", "os=x86", "old"]).await;
    let two = labelled(&service, "two", &["Any text=é"]).await;
    let three = labelled(&service, "three", &["canary", "os=arm"]).await;
    let versions = service.store.version(one.host).await;
    let before = service.store.newest_audit().await;
    let all = [&one, &two, &three];
    let changed = change(&service, &all, &["canary", "os=arm"], &["old", "Any text"]).await;
    assert_eq!(changed.json(), json!({ "changed": 2 }));
    assert_eq!(
        labels(&service, &one).await,
        json!(["shop", "os=arm", "canary"])
    );
    assert_eq!(labels(&service, &two).await, json!(["canary", "os=arm"]));
    let entries = entries_after(&service, before).await;
    assert_eq!(entries.len(), 2, "the third host had them");
    assert_eq!(
        entries[0].before.as_deref(),
        Some(r#"{"label":["shop","os=x86","old"]}"#)
    );
    let same = service.store.version(one.host).await;
    assert_eq!(same, versions, "its session goes on");
    assert_eq!(one.offered(&service).await, 0);
}

#[tokio::test]
async fn a_change_is_for_all_hosts_or_for_none() {
    let service = Service::start().await;
    let one = labelled(&service, "one", &["shop"]).await;
    let gone = labelled(&service, "gone", &[]).await;
    let target = format!("/host/{}", gone.host);
    service.ada("DELETE", &target, Value::Null).await;
    let before = service.store.newest_audit().await;
    for other in [gone, Agent::new("nobody")] {
        let refused = change(&service, &[&one, &other], &["new"], &[]).await;
        assert_eq!(refused.status(), 404, "{}", refused.text());
    }
    for (add, remove) in [
        (&["self/shop"][..], &[][..]),
        (&["Shop"], &[]),
        (&["a", "a=b"], &[]),
        (&[], &[]),
    ] {
        let refused = change(&service, &[&one], add, remove).await;
        assert_eq!(refused.status(), 400, "{add:?} {}", refused.text());
    }
    assert_eq!(labels(&service, &one).await, json!(["shop"]));
    assert_eq!(service.store.newest_audit().await, before);
}

#[tokio::test]
async fn abuse_an_invitation_or_admission_gives_labels_that_hosts_claim() {
    let service = Service::start().await;
    let agent = labelled(&service, "one", &[]).await;
    let label = json!({ "label": ["self/shop"] });
    let refused = service.ada("POST", "/enrolment", label).await;
    assert_eq!(refused.status(), 422, "{}", refused.text());
    let admission = json!([{ "host_uuid": agent.host, "label": ["self/shop"] }]);
    let refused = service.ada("PUT", "/admission", admission).await;
    assert_eq!(refused.status(), 422, "{}", refused.text());
}

#[tokio::test]
async fn hosts_are_listed_by_labels_place_and_connection_page_by_page() {
    let service = Service::start().await;
    let mut agents = Vec::new();
    for (name, given) in [
        ("a", &["shop", "tier=edge"][..]),
        ("b", &["shop", "canary"]),
        ("c", &["tier=core"]),
        ("d", &["shop", "tier=edge", "tier=two"]),
    ] {
        agents.push(labelled(&service, name, given).await);
    }
    let place = json!([{ "host_uuid": agents[0].host, "label": ["shop"], "area": "north" }]);
    service.ada("PUT", "/admission", place).await;
    for (query, expected) in [
        ("selector=shop", &["1", "2", "4"][..]),
        ("selector=shop%2C!canary", &["1", "4"]),
        ("selector=!shop", &["3"]),
        ("selector=tier", &["3", "4"]),
        ("selector=tier%3Dtwo", &["4"]),
        ("selector=shop%2Ctier!%3Dedge", &["1", "2"]),
        ("selector=shop&ar=north", &["1"]),
        ("selector=shop&label=canary", &["2"]),
        ("selector=shop&limit=1&after=1", &["2"]),
        ("selector=none", &[]),
        ("connected=true", &[]),
        ("connected=false&selector=canary", &["2"]),
    ] {
        assert_eq!(listed(&service, query).await, expected, "{query}");
    }
    agents[1].offered(&service).await;
    assert_eq!(listed(&service, "connected=true").await, ["2"]);
    let bad = service.ada("GET", "/host?selector=Shop", Value::Null).await;
    assert_eq!(bad.status(), 400);
    assert!(bad.text().contains("cannot be a label"), "{}", bad.text());
}

#[tokio::test]
async fn a_host_that_enrols_again_has_only_its_new_labels() {
    let service = Service::start().await;
    let agent = labelled(&service, "one", &["shop"]).await;
    let target = format!("/host/{}", agent.host);
    service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(listed(&service, "selector=shop&removed=true").await, ["1"]);
    let again = Agent::new("one");
    assert_eq!(again.enrol(&service, None).await.status(), 202);
    assert_eq!(
        listed(&service, "selector=shop&removed=true").await.len(),
        0
    );
    let place = Place {
        label: vec!["edge".into()],
        ..Place::default()
    };
    let admission = json!([{ "host_uuid": again.host, "label": place.label }]);
    service.ada("PUT", "/admission", admission).await;
    assert_eq!(listed(&service, "selector=edge").await, ["1"]);
}
