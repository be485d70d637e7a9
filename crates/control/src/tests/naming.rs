//! Names of hosts: an operator gives them, and they name hosts before what hosts say of themselves.

use super::agents::{Agent, invite};
use super::client::Answer;
use super::service::Service;
use serde_json::{Value, json};

/// A host that reports this hostname.
async fn reporting(service: &Service, seed: &str, hostname: &str) -> Agent {
    let (agent, code) = (Agent::new(seed), invite(service, json!({})).await);
    let mut facts = agent.facts();
    facts["hostname"] = hostname.into();
    let enrolled = agent.enrol_with(service, Some(&code), facts).await;
    assert_eq!(enrolled.status(), 201);
    agent
}

async fn rename(service: &Service, agent: &Agent, name: &str) -> Answer {
    let target = format!("/host/{}/name", agent.host);
    service.ada("PUT", &target, json!({ "name": name })).await
}

async fn named(service: &Service, text: &str) -> Answer {
    let target = format!("/host/named/{text}");
    service.ada("GET", &target, Value::Null).await
}

async fn names(service: &Service, text: &str, agent: &Agent) -> bool {
    let answer = named(service, text).await;
    answer.status() == 200 && answer.json()["host_uuid"] == agent.host.to_string()
}

#[tokio::test]
async fn a_host_is_named_by_its_name_its_id_the_beginning_of_it_or_its_hostname() {
    let service = Service::start().await;
    let web = reporting(&service, "web", "web.example.com").await;
    let other = reporting(&service, "other", "db").await;
    assert_eq!(rename(&service, &web, "shop1").await.status(), 204);
    let id = web.host.to_string();
    for text in [
        "shop1",
        "web.example.com",
        &id,
        &id[..12],
        &id[..4].to_ascii_uppercase(),
    ] {
        assert!(names(&service, text, &web).await, "{text}");
    }
    assert!(names(&service, "db", &other).await);
    for text in ["shop", &id[..3], "Shop1", "shop1%20"] {
        assert_eq!(named(&service, text).await.status(), 404, "{text}");
    }
    let shown = named(&service, "shop1").await.json();
    assert_eq!(
        (&shown["name"], &shown["hostname"]),
        (&json!("shop1"), &json!("web.example.com"))
    );
}

#[tokio::test]
async fn a_name_belongs_to_one_host_until_it_is_taken_away_or_the_host_is_removed() {
    let service = Service::start().await;
    let one = reporting(&service, "one", "a").await;
    let two = reporting(&service, "two", "b").await;
    let version = service.store.version(one.host).await;
    assert_eq!(rename(&service, &one, "shop1").await.status(), 204);
    assert_eq!(service.store.version(one.host).await, version);
    assert_eq!(
        rename(&service, &one, "shop1").await.status(),
        204,
        "no change"
    );
    let taken = rename(&service, &two, "shop1").await;
    assert_eq!(taken.status(), 409);
    assert!(taken.text().contains("another host is called shop1"));
    for name in ["Shop", "a b", "cafe", "deadbeef", &two.host.to_string()] {
        assert_eq!(rename(&service, &two, name).await.status(), 422, "{name}");
    }
    assert_eq!(rename(&service, &one, "").await.status(), 204);
    assert_eq!(rename(&service, &two, "shop1").await.status(), 204);
    let target = format!("/host/{}", two.host);
    service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(rename(&service, &two, "other").await.status(), 404);
    assert_eq!(rename(&service, &one, "shop1").await.status(), 204);
}

#[tokio::test]
async fn what_may_be_several_hosts_is_refused_with_their_ids() {
    let service = Service::start().await;
    let one = reporting(&service, "one", "web").await;
    let two = reporting(&service, "two", "web").await;
    let refused = named(&service, "web").await;
    assert_eq!(refused.status(), 409);
    for agent in [&one, &two] {
        assert!(
            refused.text().contains(&agent.host.to_string()),
            "{}",
            refused.text()
        );
    }
    let pending = Agent::new("pending");
    let mut facts = pending.facts();
    facts["hostname"] = "new".into();
    pending.enrol_with(&service, None, facts).await;
    assert!(names(&service, "new", &pending).await);
    let refused = named(&service, "new?jobs=true").await;
    assert_eq!(refused.status(), 409);
    assert!(
        refused.text().contains("pilotctl host admit"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn abuse_a_host_reports_the_name_or_the_id_of_another() {
    let service = Service::start().await;
    let web = reporting(&service, "web", "web").await;
    rename(&service, &web, "shop1").await;
    let id = web.host.to_string();
    reporting(&service, "thief", "shop1").await;
    reporting(&service, "second", &id[..6]).await;
    reporting(&service, "third", &id).await;
    assert!(
        names(&service, "shop1", &web).await,
        "the operator's name counts"
    );
    assert!(names(&service, &id, &web).await);
    assert_eq!(named(&service, &id[..6]).await.status(), 409);
    assert!(names(&service, &id[..9], &web).await);
}
