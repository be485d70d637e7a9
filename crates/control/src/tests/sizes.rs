//! Commands at and beyond the size limit.

use super::agents::{Agent, succeeded};
use super::commands::{greet, prepare, ready, run};
use super::service::Service;
use crate::domain::audit::tests::ada;
use crate::store::for_tests::batch;
use serde_json::{Value, json};
use wire::command::{Command, Input, VarInput};
use wire::limits::{MOST_ANSWER, MOST_COMMAND, MOST_VARIABLE};
use wire::ping::Ping;

/// A command with a value for its variable.
fn greeting(value: &str) -> Value {
    let mut command = greet();
    command["input"]["var"][0]["value"] = value.into();
    command
}

async fn put(service: &Service, command: Value) -> (u16, String) {
    let answer = service.ada("PUT", "/cmd", command).await;
    (answer.status(), answer.text().to_owned())
}

async fn shown(service: &Service, id: i64) -> Value {
    let answer = service.ada("GET", &format!("/job/{id}"), Value::Null).await;
    answer.json()
}

#[tokio::test]
async fn a_command_that_no_host_could_get_is_refused() {
    let service = Service::start().await;
    prepare(&service).await;
    let most = MOST_VARIABLE - "NAME=".len() - 1;
    assert_eq!(put(&service, greeting(&"x".repeat(most))).await.0, 200);
    for length in [most + 1, 1_100_000] {
        let (status, why) = put(&service, greeting(&"x".repeat(length))).await;
        assert_eq!(status, 422);
        assert!(why.contains("NAME is too long"), "{why}");
    }
    // JSON needs six bytes for each of these.
    let (status, why) = put(&service, greeting(&"<".repeat(most))).await;
    assert_eq!(status, 422, "{why}");
    assert!(why.contains("on its way to a host"), "{why}");
    for (member, value) in [
        ("max_output", json!((1 << 20) + 1)),
        ("timeout", json!(0)),
        ("pwd", "x".repeat(MOST_VARIABLE).into()),
    ] {
        let mut command = greet();
        command[member] = value;
        assert_eq!(put(&service, command).await.0, 422, "{member}");
    }
}

#[tokio::test]
async fn an_accepted_command_fits_into_an_answer() {
    let (service, agent) = ready().await;
    let mut command = greet();
    command["description"] = "".into();
    command["input"]["secret"][0]["description"] = "x".repeat(MOST_COMMAND - 1_024).into();
    assert_eq!(put(&service, command).await.0, 200);
    run(&service, &[&agent]).await;
    let (n, answer) = agent.post(&service, "/ping", json!({})).await;
    assert!(answer.body.len() > MOST_COMMAND - 1_024 && answer.body.len() < MOST_ANSWER);
    assert!(agent.open(&service, n, &answer).unwrap().value.job_id > 0);
}

/// Stores jobs as a version of control did that did not limit their size.
async fn unmeasured(service: &Service, agent: &Agent, ids: [i64; 2], value: &str) {
    let command = Command {
        package: "registry.example/ops/hello:1".into(),
        function: "greet".into(),
        input: Some(Input {
            var: vec![VarInput {
                name: "NAME".into(),
                value: Some(value.into()),
                ..VarInput::default()
            }],
            ..Input::default()
        }),
        ..Command::default()
    };
    let jobs = [(ids[1].into(), agent.host)];
    let created = service
        .store
        .create_batch(&batch(ids[0]), &jobs, &command, None, &ada())
        .await;
    created.unwrap();
}

#[tokio::test]
async fn a_job_that_cannot_be_delivered_is_refused_and_the_next_one_goes() {
    let (service, agent) = ready().await;
    unmeasured(&service, &agent, [1, 2], &"x".repeat(1_100_000)).await;
    unmeasured(&service, &agent, [3, 4], "x").await;
    run(&service, &[&agent]).await;
    service.store.damage_command(4).await;
    let next = agent.offered(&service).await;
    assert!(next > 4, "{next}");
    for (id, why) in [
        (2, "agents read up to 1048576"),
        (4, "no longer read its command"),
    ] {
        let job = shown(&service, id).await;
        assert_eq!(job["status"], "refused");
        let error = job["result"]["Err"].as_str().unwrap();
        assert!(error.contains(why), "{error}");
    }
    agent.ping(&service, &succeeded(next, "")).await;
    assert!(agent.ping(&service, &Ping::default()).await.is_none());
    assert_eq!(shown(&service, next).await["status"], "succeeded");
}
