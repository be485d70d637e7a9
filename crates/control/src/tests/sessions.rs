//! What control remembers of hosts, and when it no longer holds.

use super::agents::{Agent, invite};
use super::commands::{prepare, run};
use super::service::{INTERVAL, Service};
use serde_json::{Value, json};
use std::time::Duration;
use wire::HostKey;
use wire::ping::Ping;

#[tokio::test]
async fn an_idle_ping_of_a_known_host_reads_nothing() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    agent.post(&service, "/ping", Value::Null).await;
    service.store.close_readers().await;
    let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
    assert_eq!(answer.status(), 204);
}

/// A change that does not would let a host of another replica, or one that was removed, be
/// answered by what it was before.
#[tokio::test]
async fn every_change_of_what_is_remembered_raises_the_version() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    let target = |what: &str| format!("/host/{}{what}", agent.host);
    let mut last = service.store.version(agent.host).await;
    agent.ping(&service, &Ping::default()).await;
    assert_eq!(
        service.store.version(agent.host).await,
        last,
        "an idle ping"
    );
    macro_rules! raises {
        ($change:expr) => {{
            drop($change.await);
            let version = service.store.version(agent.host).await;
            assert!(version > last, "{}", stringify!($change));
            last = version;
        }};
    }
    let facts = serde_json::from_value(agent.facts()).unwrap();
    raises!(service.store.register(&facts, INTERVAL + 1));
    raises!(run(&service, &[&agent]));
    let ping = |ping: Ping| {
        let (service, agent) = (&service, &agent);
        async move { agent.ping(service, &ping).await }
    };
    raises!(ping(Ping {
        declines: Some("why".into()),
        ..Ping::default()
    }));
    raises!(ping(Ping {
        skew: Some(99),
        ..Ping::default()
    }));
    raises!(ping(Ping {
        restored: true,
        ..Ping::default()
    }));
    raises!(ping(Ping {
        keys: Some(3),
        ..Ping::default()
    }));
    let repeated = Ping {
        keys: Some(3),
        ..Ping::default()
    };
    agent.ping(&service, &repeated).await;
    assert_eq!(service.store.version(agent.host).await, last, "no change");
    raises!(service.ada("POST", &target("/acknowledge"), Value::Null));
    raises!(service.ada("POST", &target("/rotate"), Value::Null));
    let key = HostKey::new(crate::random::bytes());
    raises!(agent.post(&service, "/key", json!({ "key": key })));
    let renewed = agent.with_key(key);
    raises!(renewed.post(&service, "/ping", Value::Null));
    raises!(service.ada("POST", &target("/disable"), Value::Null));
    raises!(service.ada("POST", &target("/enable"), Value::Null));
    raises!(service.ada("DELETE", &target(""), Value::Null));
    let code = invite(&service, json!({})).await;
    raises!(renewed.enrol(&service, Some(&code)));
    raises!(service.ada("PUT", "/admission", json!([{ "host_uuid": agent.host }])));
    assert!(last > 0);
}

#[tokio::test]
async fn abuse_a_storm_on_a_slow_disk_is_told_to_come_back() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    agent.post(&service, "/ping", Value::Null).await;
    let turn = service.store.turn().await;
    let disk = async {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(16)).await;
        tokio::time::resume();
        drop(turn);
    };
    let ((_, answer), ()) = tokio::join!(agent.post(&service, "/ping", Value::Null), disk);
    assert_eq!(answer.status(), 503, "{}", answer.text());
    assert_eq!(answer.json()["reason"], "busy");
    let wait: u64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((5..=15).contains(&wait), "{wait}");
    let (_, answer) = agent.post(&service, "/ping", Value::Null).await;
    assert_eq!(answer.status(), 204);
}
