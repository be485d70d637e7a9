//! Lists: whole or page by page, never cut without notice.

use super::agents::{Agent, succeeded};
use super::commands::{ready, run, with_job};
use super::registry::Package;
use super::service::Service;
use crate::domain::audit::tests::ada;
use crate::domain::job::Batch;
use crate::domain::user::Role;
use serde_json::{Value, json};
use wire::command::Command;

async fn get(service: &Service, target: &str) -> Value {
    let answer = service.ada("GET", target, Value::Null).await;
    assert_eq!(answer.status(), 200, "{target}: {}", answer.text());
    answer.json()
}

/// The entries of a list, read with one entry per page.
async fn one_by_one(service: &Service, target: &str) -> Vec<Value> {
    let joint = if target.contains('?') { '&' } else { '?' };
    let mut next = Some(format!("{target}{joint}limit=1"));
    let mut all = Vec::new();
    while let Some(target) = next {
        let answer = service.ada("GET", &target, Value::Null).await;
        let page = answer.json();
        let page = page.get("artefacts").unwrap_or(&page).clone();
        assert!(page.as_array().unwrap().len() <= 1, "{target}");
        all.extend(page.as_array().unwrap().clone());
        let link = answer
            .headers
            .get("link")
            .map(|link| link.to_str().unwrap());
        next = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
    }
    all
}

/// Creates many jobs of one command for one host.
async fn create(service: &Service, agent: &Agent, jobs: i64, more: &str) {
    let batch = Batch {
        id: 1.into(),
        name: "many".into(),
        notes: String::new(),
        label: Vec::new(),
        owner: "ada".into(),
        fx_key: format!("greet{more}"),
        fx_version: 0,
        created: 1,
    };
    let jobs: Vec<_> = (2..jobs + 2).map(|id| (id.into(), agent.host)).collect();
    let command = Command::default();
    let created = service
        .store
        .create_batch(&batch, &jobs, &command, None, &ada())
        .await;
    assert!(created.is_ok());
}

#[tokio::test]
async fn no_list_opens_sealed_values_or_reads_outputs_and_passwords() {
    let (service, agent) = ready().await;
    let batch = run(&service, &[&agent]).await;
    service.add_user("bob", Role::Reader).await;
    let fingerprint = agent.key.fingerprint();
    service.store.damage_what_lists_do_not_need().await;
    let hosts = get(&service, "/host").await;
    assert_eq!(hosts[0]["fingerprint"], fingerprint);
    let commands = get(&service, "/cmd").await;
    assert_eq!(commands[0]["input"]["secret"][0]["value"], "***");
    assert_eq!(get(&service, "/cmd/greet").await, commands[0]);
    let jobs = get(&service, "/job").await;
    assert_eq!(jobs[0]["batch"], batch, "{jobs}");
    assert_eq!(get(&service, "/user").await[1]["name"], "bob");
    for target in ["/job/batch", "/repository", "/repository/ops/hello"] {
        get(&service, target).await;
    }
}

#[tokio::test]
async fn every_list_is_read_page_by_page_to_its_end() {
    let (service, agent) = ready().await;
    let other = Agent::enrolled(&service, "b").await;
    let batch = run(&service, &[&agent, &other]).await;
    run(&service, &[&agent]).await;
    service.add_user("bob", Role::Reader).await;
    let mut command = super::commands::greet();
    command["key"] = "other".into();
    service.ada("PUT", "/cmd", command).await;
    for (reference, target, serial) in [
        ("r2", "/package/ops/hello/tag/2", 6),
        ("r3", "/package/ops/other/tag/1", 7),
    ] {
        let package = Package::new(reference).serial(serial);
        assert_eq!(package.push(&service, target).await.status(), 201);
    }
    for (target, entries) in [
        ("/job", 3),
        (&format!("/job?bid={batch}"), 2),
        ("/job/batch", 2),
        ("/host", 2),
        ("/cmd", 2),
        ("/user", 2),
        ("/repository", 2),
        ("/repository/ops/hello", 2),
    ] {
        let whole = get(&service, target).await;
        let whole = whole.get("artefacts").unwrap_or(&whole).clone();
        let pages = one_by_one(&service, target).await;
        assert_eq!((pages.len(), json!(pages)), (entries, whole), "{target}");
    }
}

#[tokio::test]
async fn a_list_of_more_than_a_thousand_jobs_is_whole() {
    let (service, agent) = ready().await;
    create(&service, &agent, 1_001, "").await;
    for target in ["/job", "/job?bid=1"] {
        let jobs = get(&service, target).await;
        assert_eq!(jobs.as_array().unwrap().len(), 1_001, "{target}");
    }
}

#[tokio::test]
async fn the_refusal_of_a_long_list_says_how_to_read_it() {
    let (service, agent) = ready().await;
    create(&service, &agent, 1_100, &"x".repeat(8_000)).await;
    let answer = service.ada("GET", "/job?bid=1", Value::Null).await;
    assert_eq!(answer.status(), 422);
    assert!(answer.text().contains("bid="), "{}", answer.text());
    let link = &answer.headers["link"];
    assert_eq!(link, "</job?bid=1&limit=1000>; rel=\"next\"");
    let page = get(&service, "/job?bid=1&limit=1000").await;
    assert_eq!(page.as_array().unwrap().len(), 1_000);
}

#[tokio::test]
async fn lists_have_outputs_only_on_request() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &succeeded(id, "printed")).await;
    assert_eq!(get(&service, "/job").await[0]["log"], "");
    assert_eq!(get(&service, "/job?log=true").await[0]["log"], "printed");
}

#[tokio::test]
async fn an_unknown_id_or_one_of_another_kind_is_an_error() {
    let (service, agent) = ready().await;
    let batch = run(&service, &[&agent]).await;
    let job = agent.offered(&service).await;
    for (method, target, status, words) in [
        ("GET", "/job?bid=99".to_owned(), 404, "there is no batch 99"),
        ("GET", format!("/job?bid={job}"), 404, "is a job, of batch"),
        ("GET", format!("/job/{batch}"), 404, "is a batch, not a job"),
        ("DELETE", format!("/job/{batch}"), 404, "job ls --batch"),
        ("GET", "/job/99".to_owned(), 404, "there is no job 99"),
        ("GET", "/job?bid=web1".to_owned(), 400, "not the id"),
        ("GET", "/job/web1".to_owned(), 400, "not the id"),
        ("GET", "/job?limit=0".to_owned(), 400, "from 1 to"),
    ] {
        let answer = service.ada(method, &target, Value::Null).await;
        assert_eq!(answer.status(), status, "{method} {target}");
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    assert_eq!(
        get(&service, "/job?bid=").await.as_array().unwrap().len(),
        1
    );
}

/// Whether a document has a number that programs with only doubles round.
fn has_large_number(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_none_or(|n| n.abs() > 1 << 53),
        Value::Array(items) => items.iter().any(has_large_number),
        Value::Object(members) => members.values().any(has_large_number),
        _ => false,
    }
}

#[tokio::test]
async fn ids_are_text_that_no_program_rounds() {
    let (service, agent, id) = with_job().await;
    agent.ping(&service, &succeeded(id, "")).await;
    let shown = get(&service, &format!("/job/{id}")).await;
    assert!(!has_large_number(&shown), "{shown}");
    let text = json!(id.to_string());
    for of in [
        &shown["id"],
        &shown["command"]["job_id"],
        &shown["result"]["JobId"],
    ] {
        assert_eq!(of, &text);
    }
    let listed = get(&service, "/job").await;
    assert_eq!((&listed[0]["id"], &listed[0]["job"]), (&json!(id), &text));
    let batches = get(&service, "/job/batch").await;
    let batch = batches[0]["batch_id"].to_string();
    assert_eq!(
        (&batches[0]["batch"], &listed[0]["batch"]),
        (&json!(batch), &json!(batch))
    );
}
