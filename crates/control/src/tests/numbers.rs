//! The numbers under which hosts know their jobs.

use super::agents::{Agent, received, succeeded};
use super::commands::{cancel, ready, run};
use super::service::Service;
use crate::domain::audit::tests::ada;
use crate::store::for_tests;
use serde_json::{Value, json};
use wire::command::{Command, Secret};

/// A job that waited while jobs were created after it, as in a batch that is not due yet.
async fn earlier(service: &Service, hosts: &[&Agent], batch: i64) -> Vec<i64> {
    let ids = (batch + 1..).take(hosts.len());
    let jobs = ids.clone().zip(hosts);
    let jobs: Vec<_> = jobs.map(|(id, agent)| (id.into(), agent.host)).collect();
    let batch = for_tests::batch(batch);
    let command = Command {
        pwd: Secret::new("hunter2"),
        ..Command::default()
    };
    let author = ada();
    let created = service
        .store
        .create_batch(&batch, &jobs, &command, None, &author);
    created.await.unwrap();
    ids.collect()
}

async fn with_two_hosts() -> (Service, [Agent; 2]) {
    let service = Service::start().await;
    let hosts = [
        Agent::enrolled(&service, "a").await,
        Agent::enrolled(&service, "b").await,
    ];
    (service, hosts)
}

async fn shown(service: &Service, id: i64) -> Value {
    let target = format!("/job/{id}");
    service.ada("GET", &target, Value::Null).await.json()
}

#[tokio::test]
async fn a_job_that_waited_gets_a_number_above_those_that_its_host_saw() {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    let first = agent.offered(&service).await;
    assert_eq!(shown(&service, first).await["number"], first.to_string());
    let waited = earlier(&service, &[&agent], 10).await[0];
    assert_eq!(shown(&service, waited).await.get("number"), None);
    assert_eq!(
        agent.offered(&service).await,
        first,
        "what was offered stays next"
    );

    agent.ping(&service, &succeeded(first, "")).await;
    let number = agent.offered(&service).await;
    assert!(number > first, "{number}");
    agent.ping(&service, &received(&[number])).await;
    assert_eq!(shown(&service, waited).await["status"], "received");
    let by_number = shown(&service, number).await;
    assert_eq!(by_number["id"], waited.to_string());
    assert_eq!(by_number["number"], number.to_string());

    cancel(&service, number).await;
    let asked = agent.ping(&service, &received(&[number])).await.unwrap();
    assert_eq!(asked.cancel, [number]);
    let mut ping = succeeded(waited, "of a number that it never saw");
    ping.received = vec![number];
    agent.ping(&service, &ping).await;
    assert_eq!(shown(&service, waited).await["status"], "cancelling");
    agent.ping(&service, &succeeded(number, "done")).await;
    assert_eq!(shown(&service, waited).await["log"], "done");
}

#[tokio::test]
async fn a_number_is_not_the_id_of_another_job() {
    let (service, agent) = ready().await;
    let other = Agent::enrolled(&service, "b").await;
    let later = earlier(&service, &[&agent], 100).await[0];
    assert_eq!(agent.offered(&service).await, later);
    // As in a batch of many hosts.
    let ids = format!(
        "INSERT INTO job (id, batch, host)
             WITH RECURSIVE ids (id) AS (
                 SELECT {later} + 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {later} + 65536)
             SELECT id, 100, '{}' FROM ids;",
        other.host
    );
    service.store.change(&ids).await;
    earlier(&service, &[&agent], 10).await;
    agent.ping(&service, &succeeded(later, "")).await;
    let number = agent.offered(&service).await;
    assert!(number > later + 65_536, "{number}");
}

#[tokio::test]
async fn a_number_of_two_hosts_names_no_job() {
    let (service, hosts) = with_two_hosts().await;
    let hosts = hosts.each_ref();
    let ids = earlier(&service, &hosts, 10).await;
    for agent in hosts {
        agent.offered(&service).await;
    }
    service.store.change("UPDATE job SET number = 200").await;
    for method in ["GET", "DELETE"] {
        let answer = service.ada(method, "/job/200", Value::Null).await;
        assert_eq!(answer.status(), 409);
        assert!(answer.text().contains("several hosts"), "{}", answer.text());
    }
    hosts[0].ping(&service, &succeeded(200, "of a")).await;
    hosts[1].ping(&service, &received(&[200])).await;
    let of_each = [shown(&service, ids[0]).await, shown(&service, ids[1]).await];
    assert_eq!(
        of_each.map(|job| job["status"].clone()),
        [json!("succeeded"), json!("received")]
    );
}

#[tokio::test]
async fn control_from_a_backup_believes_a_host_about_jobs_that_it_had() {
    let (service, agent) = ready().await;
    let ended = earlier(&service, &[&agent], 20).await[0];
    let held = earlier(&service, &[&agent], 30).await[0];
    // In the backup neither was offered.
    agent.ping(&service, &succeeded(ended, "before")).await;
    assert_eq!(shown(&service, ended).await["log"], "before");
    agent.ping(&service, &received(&[held])).await;
    assert_eq!(shown(&service, held).await["status"], "received");
    let next = earlier(&service, &[&agent], 10).await[0];
    agent.ping(&service, &succeeded(held, "")).await;
    let number = agent.offered(&service).await;
    assert!(number > held, "{number}");
    assert_eq!(shown(&service, number).await["id"], next.to_string());
}

#[tokio::test]
async fn control_from_a_backup_gives_a_number_again() {
    let (service, agent) = ready().await;
    let later = earlier(&service, &[&agent], 100).await[0];
    agent.offered(&service).await;
    earlier(&service, &[&agent], 10).await;
    agent.ping(&service, &succeeded(later, "")).await;
    let number = agent.offered(&service).await;
    assert!(number > later, "{number}");
    let before = format!(
        "UPDATE job SET number = NULL, offered = NULL WHERE number = {number};
         UPDATE host SET last_number = {later};"
    );
    service.store.change(&before).await;
    assert_eq!(agent.offered(&service).await, number);
}

#[tokio::test]
async fn the_secrets_of_a_batch_are_masked_with_its_last_job() {
    let (service, hosts) = with_two_hosts().await;
    let hosts = hosts.each_ref();
    let ids = earlier(&service, &hosts, 10).await;
    for (agent, id) in hosts.iter().zip(&ids) {
        let envelope = agent.ping(&service, &received(&[])).await.unwrap();
        assert_eq!(envelope.value.pwd.expose(), "hunter2");
        assert!(service.store.stored_command(*id).await.contains("hunter2"));
        agent.ping(&service, &succeeded(*id, "")).await;
    }
    let stored = service.store.stored_command(ids[0]).await;
    assert!(stored.contains("***") && !stored.contains("hunter2"));
}
