//! `/v1`: changes, with Idempotency-Keys and versions.

use super::agents::Agent;
use super::client::{Answer, basic};
use super::commands::{greet, ready};
use super::service::{PASSWORD, Service};
use super::v1::{get, problem};
use crate::clock::unix_now;
use crate::domain::repeats::KEPT;
use crate::domain::retention::Retention;
use crate::domain::user::Role;
use crate::service::retention::sweep;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

/// A request of a user with more headers.
async fn send(
    service: &Service,
    who: &str,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", basic(who, PASSWORD))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Value::Null => Body::empty(),
        json => Body::from(json.to_string()),
    };
    service.send(request.body(body).unwrap()).await
}

/// Orders a batch with a key.
async fn order(service: &Service, who: &str, key: &str, body: &Value) -> Answer {
    let headers = [("idempotency-key", key)];
    send(service, who, ("POST", "/v1/batches"), &headers, body).await
}

fn run_on(agent: &Agent) -> Value {
    json!({ "name": "b", "hosts": [agent.host], "command": "greet" })
}

async fn batches(service: &Service) -> usize {
    let batches = get(service, "/v1/batches").await;
    batches["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_batch_is_created_and_can_be_found() {
    let (service, agent) = ready().await;
    let created = service.ada("POST", "/v1/batches", run_on(&agent)).await;
    assert_eq!(created.status(), 201, "{}", created.text());
    let place = created.headers["location"].to_str().unwrap();
    let batch = get(&service, place).await;
    assert_eq!(
        (&batch["id"], &batch["jobs"]),
        (&created.json()["id"], &json!(1))
    );
}

#[tokio::test]
async fn twenty_equal_orders_at_once_make_one_batch() {
    let (service, agent) = ready().await;
    let service = Arc::new(service);
    let mut orders = JoinSet::new();
    for _ in 0..20 {
        let (service, body) = (Arc::clone(&service), run_on(&agent));
        orders.spawn(async move { order(&service, "ada", "k1", &body).await });
    }
    let answers = orders.join_all().await;
    let mut created: Vec<Value> = Vec::new();
    for answer in &answers {
        match answer.status() {
            201 => created.push(answer.json()),
            _ => assert!(problem(answer, 409, "conflict").contains("being carried out")),
        }
    }
    let later = order(&service, "ada", "k1", &run_on(&agent)).await;
    created.push(later.json());
    assert!(
        created.len() > 1 && created.iter().all(|one| *one == created[0]),
        "{created:?}"
    );
    assert_eq!(batches(&service).await, 1);
    let location = |answer: &Answer| answer.headers["location"].clone();
    let first = answers
        .iter()
        .find(|answer| answer.status() == 201)
        .unwrap();
    assert_eq!(location(&later), location(first));
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_user() {
    let (service, agent) = ready().await;
    service.add_user("olga", Role::Operator).await;
    let body = run_on(&agent);
    let first = order(&service, "ada", "k1", &body).await;
    let mut other = body.clone();
    other["name"] = "c".into();
    problem(&order(&service, "ada", "k1", &other).await, 422, "invalid");
    let elsewhere = ("POST", "/v1/invitations");
    let key = [("idempotency-key", "k1")];
    let invited = send(&service, "ada", elsewhere, &key, &json!({})).await;
    problem(&invited, 422, "invalid");
    let olga = order(&service, "olga", "k1", &body).await;
    assert_eq!(olga.status(), 201);
    assert_ne!(olga.json(), first.json());
    for key in ["", "a b", &"k".repeat(256)] {
        problem(&order(&service, "ada", key, &body).await, 422, "invalid");
    }
}

#[tokio::test]
async fn a_request_that_failed_may_be_repeated_with_its_key() {
    let (service, agent) = ready().await;
    let mut command = greet();
    command["key"] = "later".into();
    let mut body = run_on(&agent);
    body["command"] = "later".into();
    problem(&order(&service, "ada", "k1", &body).await, 422, "invalid");
    service.ada("PUT", "/v1/commands/later", command).await;
    assert_eq!(order(&service, "ada", "k1", &body).await.status(), 201);
}

#[tokio::test]
async fn a_key_is_remembered_for_seven_days_and_goes_with_its_user() {
    let (service, agent) = ready().await;
    service.add_user("olga", Role::Operator).await;
    for who in ["ada", "olga"] {
        assert_eq!(
            order(&service, who, "k1", &run_on(&agent)).await.status(),
            201
        );
    }
    let mut other = run_on(&agent);
    other["name"] = "c".into();
    sweep(&service.store, Retention::default(), unix_now() + KEPT - 60)
        .await
        .unwrap();
    problem(&order(&service, "ada", "k1", &other).await, 422, "invalid");
    service.ada("DELETE", "/v1/users/olga", Value::Null).await;
    service.add_user("olga", Role::Operator).await;
    assert_eq!(order(&service, "olga", "k1", &other).await.status(), 201);
    sweep(&service.store, Retention::default(), unix_now() + KEPT + 60)
        .await
        .unwrap();
    assert_eq!(order(&service, "ada", "k1", &other).await.status(), 201);
}

#[tokio::test]
async fn abuse_secrets_of_requests_and_answers_are_not_kept() {
    let service = Service::start().await;
    let key = [("idempotency-key", "k1")];
    let user = json!({ "name": "eve", "role": "reader", "password": "hunter2hunter2" });
    let added = send(&service, "ada", ("POST", "/v1/users"), &key, &user).await;
    assert_eq!(
        (added.status(), added.json()),
        (201, json!({ "name": "eve", "role": "reader" }))
    );
    let again = send(&service, "ada", ("POST", "/v1/users"), &key, &user).await;
    assert_eq!((again.status(), again.json()), (201, added.json()));
    let key = [("idempotency-key", "k2")];
    let token = json!({ "name": "ci" });
    let made = send(&service, "ada", ("POST", "/v1/tokens"), &key, &token).await;
    let text = made.json()["token"].as_str().unwrap().to_owned();
    // The text is gone: who lost it has to make another.
    let again = send(&service, "ada", ("POST", "/v1/tokens"), &key, &token).await;
    assert!(problem(&again, 409, "conflict").contains("remove it first"));
    let kept = service.store.kept_requests().await;
    assert!(
        kept.contains("eve") && !kept.contains("hunter2") && !kept.contains(&text),
        "{kept}"
    );
}

#[tokio::test]
async fn a_repeated_invitation_gets_another_code() {
    let service = Service::start().await;
    let key = [("idempotency-key", "k1")];
    let to = ("POST", "/v1/invitations");
    let body = json!({ "uses": 2, "labels": ["web"] });
    let first = send(&service, "ada", to, &key, &body).await;
    let again = send(&service, "ada", to, &key, &body).await;
    assert_eq!(
        (first.status(), again.status()),
        (201, 201),
        "{}",
        again.text()
    );
    assert_ne!(first.json()["code"], again.json()["code"]);
}

#[tokio::test]
async fn a_change_of_a_command_is_refused_if_somebody_else_was_faster() {
    let service = Service::start().await;
    let to = ("PUT", "/v1/commands/greet");
    let created = send(&service, "ada", to, &[("if-none-match", "*")], &greet()).await;
    assert_eq!(created.status(), 201, "{}", created.text());
    let again = send(&service, "ada", to, &[("if-none-match", "*")], &greet()).await;
    problem(&again, 412, "changed");
    let first = created.headers["etag"].to_str().unwrap().to_owned();
    let shown = service.ada("GET", "/v1/commands/greet", Value::Null).await;
    assert_eq!(shown.headers["etag"], first.as_str());
    let read = ("GET", "/v1/commands/greet");
    let same = send(
        &service,
        "ada",
        read,
        &[("if-none-match", &first)],
        &Value::Null,
    )
    .await;
    assert_eq!((same.status(), same.body.len()), (304, 0));
    let mine = send(&service, "ada", to, &[("if-match", &first)], &greet()).await;
    assert_eq!(mine.status(), 204);
    assert_ne!(mine.headers["etag"], first.as_str());
    let other = send(&service, "ada", to, &[("if-match", &first)], &greet()).await;
    problem(&other, 412, "changed");
    let gone = ("DELETE", "/v1/commands/greet");
    let late = send(&service, "ada", gone, &[("if-match", &first)], &Value::Null).await;
    problem(&late, 412, "changed");
    let now = mine.headers["etag"].to_str().unwrap();
    let removed = send(&service, "ada", gone, &[("if-match", now)], &Value::Null).await;
    assert_eq!(removed.status(), 204);
}

#[tokio::test]
async fn of_ten_changes_of_one_version_one_is_made() {
    let service = Arc::new(Service::start().await);
    let created = service.ada("PUT", "/v1/commands/greet", greet()).await;
    let version = created.headers["etag"].to_str().unwrap().to_owned();
    let mut changes = JoinSet::new();
    for number in 0..10 {
        let (service, version) = (Arc::clone(&service), version.clone());
        changes.spawn(async move {
            let mut command = greet();
            command["description"] = format!("change {number}").into();
            let to = ("PUT", "/v1/commands/greet");
            let answer = send(&service, "ada", to, &[("if-match", &version)], &command).await;
            answer.status()
        });
    }
    let statuses = changes.join_all().await;
    let made = statuses.iter().filter(|status| **status == 204).count();
    let refused = statuses.iter().filter(|status| **status == 412).count();
    assert_eq!((made, refused), (1, 9), "{statuses:?}");
}

#[tokio::test]
async fn a_body_is_json_of_known_members_and_lengths() {
    let service = Service::start().await;
    let to = ("POST", "/v1/users");
    let plain = Request::post("/v1/users").header("authorization", basic("ada", PASSWORD));
    let plain = service.send(plain.body(Body::from("{}")).unwrap()).await;
    problem(&plain, 415, "not-json");
    for body in [
        json!({ "name": "eve", "role": "reader", "pasword": "hunter2hunter2" }),
        json!({ "name": "eve", "role": "reader" }),
        json!([]),
        json!({ "name": "eve", "role": "reader", "password": "x".repeat(1_025) }),
    ] {
        let refused = send(&service, "ada", to, &[], &body).await;
        assert!(!problem(&refused, 400, "malformed").contains("hunter2"));
    }
    let large = json!({ "name": "x".repeat(3 << 20) });
    problem(
        &send(&service, "ada", to, &[], &large).await,
        413,
        "too-large",
    );
    let other = service.ada("PUT", "/v1/commands/other", greet()).await;
    problem(&other, 422, "invalid");
}

#[tokio::test]
async fn a_host_is_admitted_labelled_named_and_removed() {
    let service = Service::start().await;
    let agent = Agent::new("new");
    agent.enrol(&service, None).await;
    let host = format!("/v1/hosts/{}", agent.host);
    let ada = async |method: &str, action: &str, body: Value| {
        let answer = service.ada(method, &format!("{host}{action}"), body).await;
        assert_eq!(answer.status(), 204, "{action}: {}", answer.text());
    };
    let other = json!({ "fingerprint": "0000" });
    let other = service.ada("POST", &format!("{host}/admit"), other).await;
    problem(&other, 409, "conflict");
    let place = json!({ "place": { "area": "north" }, "labels": ["web"] });
    ada("POST", "/admit", place).await;
    ada(
        "POST",
        "/labels",
        json!({ "add": ["tier=edge"], "remove": ["web"] }),
    )
    .await;
    ada("PUT", "/name", json!({ "name": "shop1" })).await;
    let shown = get(&service, &host).await;
    assert_eq!(
        (&shown["name"], &shown["labels"], &shown["place"]["area"]),
        (&json!("shop1"), &json!(["tier=edge"]), &json!("north"))
    );
    let found = get(&service, "/v1/hosts?selector=tier%3Dedge&area=north").await;
    assert_eq!(found["items"], json!([shown]));
    ada("POST", "/disable", Value::Null).await;
    assert_eq!(get(&service, &host).await["state"], "disabled");
    ada("POST", "/enable", Value::Null).await;
    ada("DELETE", "", Value::Null).await;
    assert_eq!(get(&service, &host).await["state"], "removed");
}
