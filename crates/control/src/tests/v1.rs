//! `/v1`: the document, problems, and pages.

use super::agents::{Agent, succeeded};
use super::client::{Answer, basic};
use super::commands::{greet, ready, run, with_job};
use super::service::{PASSWORD, Service};
use crate::domain::user::Role;
use crate::http;
use api::v1::document;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

pub(super) async fn get(service: &Service, target: &str) -> Value {
    let answer = service.ada("GET", target, Value::Null).await;
    assert_eq!(answer.status(), 200, "{target}: {}", answer.text());
    answer.json()
}

/// Asserts that an answer is a problem of a kind, and returns what it says to people.
pub(super) fn problem(answer: &Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status(), status, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let body = answer.json();
    assert_eq!(
        (&body["type"], &body["status"]),
        (
            &json!(format!("urn:pilotctl:problem:{kind}")),
            &json!(status)
        )
    );
    assert!(!body["title"].as_str().unwrap().is_empty(), "{body}");
    body["detail"].as_str().unwrap().to_owned()
}

#[test]
fn the_document_is_that_of_the_types() {
    if std::env::var_os("WRITE_OPENAPI").is_some() {
        std::fs::write(FILE, document::text()).unwrap();
    }
    let file = std::fs::read_to_string(FILE).unwrap();
    assert!(
        file == document::text(),
        "docs/openapi.json is out of date: WRITE_OPENAPI=1 cargo test -p pilotctl the_document_is"
    );
}

/// The names of an operation's parameters, those of the path first.
fn parameters(operation: &Value, of: &str) -> BTreeSet<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let those = parameters.filter(|parameter| parameter["in"] == of);
    those
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_route_is_in_the_document_and_everything_in_the_document_is_a_route() {
    let document = document::document();
    let mut described = BTreeMap::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{} {path}", method.to_ascii_uppercase());
            let expected: BTreeSet<_> = path
                .split(['{', '}'])
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect();
            assert_eq!(parameters(operation, "path"), expected, "{name}");
            described.insert(name, parameters(operation, "query"));
        }
    }
    let routes = http::routes();
    let routes = routes.list().iter();
    let of_v1 = routes.filter(|route| route.path.starts_with("/v1/"));
    let found: BTreeMap<_, BTreeSet<_>> = of_v1
        .map(|route| {
            let names = route.parameters.iter().map(|&name| name.to_owned());
            (format!("{} {}", route.method, route.path), names.collect())
        })
        .collect();
    assert_eq!(described, found);
}

#[tokio::test]
async fn the_document_is_for_everyone_who_signs_in() {
    let service = Service::start().await;
    service.add_user("paul", Role::Publisher).await;
    let answer = service
        .operator("paul", "GET", "/v1/openapi.json", Value::Null)
        .await;
    assert_eq!(
        (answer.status(), answer.json()),
        (200, document::document())
    );
}

#[tokio::test]
async fn every_failure_is_a_problem() {
    let service = Service::start().await;
    service.add_user("paul", Role::Publisher).await;
    let ada = async |method: &str, target: &str| service.ada(method, target, Value::Null).await;
    let nobody = Agent::new("nobody").host;
    let unknown = ada("GET", &format!("/v1/hosts/{nobody}")).await;
    assert!(problem(&unknown, 404, "not-found").contains(&nobody.to_string()));
    problem(&ada("GET", "/v1/nothing").await, 404, "no-address");
    problem(&ada("GET", "/v1").await, 404, "no-address");
    let other = ada("PATCH", "/v1/hosts").await;
    problem(&other, 405, "no-method");
    assert_eq!(other.headers["allow"], "GET,HEAD");
    let misspelt = ada("GET", "/v1/hosts?selecter=x").await;
    assert!(problem(&misspelt, 400, "malformed").contains("did you mean selector?"));
    for target in [
        "/v1/hosts?state=lost",
        "/v1/hosts?limit=0",
        "/v1/hosts?limit=1001",
        "/v1/jobs/web1",
        "/v1/hosts/web1",
        "/v1/batches?since=yesterday",
        "/v1/jobs?batch=",
        &format!("/v1/hosts?org={}", "x".repeat(254)),
    ] {
        problem(&ada("GET", target).await, 400, "malformed");
    }
    problem(&ada("GET", "/v1/audit?what=x").await, 422, "invalid");
    let forbidden = service
        .operator("paul", "GET", "/v1/hosts", Value::Null)
        .await;
    problem(&forbidden, 403, "forbidden");
    let stranger = Request::get("/v1/nothing").body(Body::empty()).unwrap();
    let stranger = service.send(stranger).await;
    problem(&stranger, 401, "unauthenticated");
    let ways = stranger.headers.get_all("www-authenticate").iter();
    let ways: Vec<_> = ways.map(|way| way.to_str().unwrap()).collect();
    assert!(
        ways[0].starts_with("Basic ") && ways[1].starts_with("Bearer "),
        "{ways:?}"
    );
    // The classic API keeps its shape.
    let classic = ada("GET", "/nothing").await;
    assert_eq!(
        classic.json(),
        json!({ "error": "there is no such address" })
    );
}

#[tokio::test]
async fn a_problem_says_when_to_try_again() {
    let service = Service::start().await;
    let mut last = None;
    for _ in 0..25 {
        let guess = Request::get("/v1/hosts").header("authorization", basic("eve", "wrong"));
        last = Some(service.send(guess.body(Body::empty()).unwrap()).await);
    }
    let last = last.unwrap();
    problem(&last, 429, "throttled");
    let wait: u64 = last.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(last.json()["retry_after"], wait);
}

#[tokio::test]
async fn one_host_one_batch_and_one_job_say_how_it_goes() {
    let (service, agent, id) = with_job().await;
    let host = get(&service, &format!("/v1/hosts/{}", agent.host)).await;
    assert_eq!(
        (&host["id"], &host["state"], &host["connected"]),
        (&json!(agent.host), &json!("enrolled"), &json!(true))
    );
    let job = get(&service, &format!("/v1/jobs/{id}")).await;
    assert_eq!(
        (&job["id"], &job["status"]),
        (&json!(id.to_string()), &json!("queued"))
    );
    assert_eq!(
        (&job["command"], &job["request"]["function"]),
        (&json!("greet"), &json!("greet"))
    );
    assert!(!job.to_string().contains("s3cret"));
    let batch = format!("/v1/batches/{}", job["batch"].as_str().unwrap());
    let open = get(&service, &batch).await;
    assert_eq!((&open["jobs"], &open["ended"]), (&json!(1), &json!(0)));
    agent.ping(&service, &succeeded(id, "printed")).await;
    let ended = get(&service, &batch).await;
    assert_eq!(
        (&ended["ended"], &ended["statuses"]),
        (&json!(1), &json!({ "succeeded": 1 }))
    );
    let output = get(&service, &format!("/v1/jobs/{id}/output?from=5")).await;
    let expected = json!({ "offset": 5, "text": "ed", "next": 7, "ended": true });
    assert_eq!(output, expected);
    let unknown = service.ada("GET", "/v1/batches/7", Value::Null).await;
    problem(&unknown, 404, "not-found");
    let other = service
        .ada("GET", &format!("/v1/batches/{id}"), Value::Null)
        .await;
    assert!(problem(&other, 404, "not-found").contains("is a job"));
}

/// The entries of a list, read with one entry per page by its `Link`.
async fn one_by_one(service: &Service, target: &str) -> Vec<Value> {
    let joint = if target.contains('?') { '&' } else { '?' };
    let mut next = Some(format!("{target}{joint}limit=1"));
    let mut all = Vec::new();
    while let Some(target) = next {
        let answer = service.ada("GET", &target, Value::Null).await;
        let page = answer.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{target}");
        all.extend(page["items"].as_array().unwrap().clone());
        let link = answer
            .headers
            .get("link")
            .map(|link| link.to_str().unwrap());
        next = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
        let has_cursor = next
            .as_ref()
            .map(|next| next.split("cursor=").nth(1).unwrap());
        assert_eq!(page["next"].as_str(), has_cursor);
    }
    all
}

#[tokio::test]
async fn every_list_is_read_page_by_page() {
    let (service, agent) = ready().await;
    let other = Agent::enrolled(&service, "b").await;
    let batch = run(&service, &[&agent, &other]).await;
    run(&service, &[&agent]).await;
    service.add_user("bob", Role::Reader).await;
    let mut command = greet();
    command["key"] = "other".into();
    service.ada("PUT", "/cmd", command).await;
    for name in ["a", "b"] {
        service.ada("POST", "/token", json!({ "name": name })).await;
    }
    for (target, entries) in [
        ("/v1/jobs", 3),
        (&format!("/v1/jobs?batch={batch}"), 2),
        ("/v1/batches?owner=ada", 2),
        ("/v1/hosts?state=enrolled", 2),
        ("/v1/commands", 2),
        ("/v1/users", 2),
        ("/v1/tokens", 2),
        ("/v1/repositories", 1),
        ("/v1/repositories/ops/hello/packages", 1),
        ("/v1/audit?what=token", 2),
    ] {
        let whole = get(&service, target).await;
        assert_eq!(whole["next"], Value::Null, "{target}");
        let pages = one_by_one(&service, target).await;
        assert_eq!(
            (pages.len(), json!(pages)),
            (entries, whole["items"].clone()),
            "{target}"
        );
    }
    let tag = get(&service, "/v1/repositories/ops/hello/tags/1").await;
    assert_eq!(
        (&tag["repository"], &tag["tag"]),
        (&json!("ops/hello"), &json!("1"))
    );
}

#[tokio::test]
async fn abuse_a_cursor_of_another_list_filter_or_user_or_a_changed_one() {
    let service = Service::start().await;
    service.add_user("olga", Role::Operator).await;
    for name in ["a", "b"] {
        Agent::enrolled(&service, name).await;
    }
    let page = get(&service, "/v1/hosts?limit=1&state=enrolled").await;
    let cursor = page["next"].as_str().unwrap();
    let good = format!("/v1/hosts?cursor={cursor}&limit=7&state=enrolled");
    assert_eq!(
        get(&service, &good).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let flipped = match cursor.strip_prefix('A') {
        Some(rest) => format!("B{rest}"),
        None => format!("A{}", &cursor[1..]),
    };
    for target in [
        format!("/v1/hosts?cursor={cursor}"),
        format!("/v1/jobs?cursor={cursor}"),
        format!("/v1/hosts?cursor={flipped}&state=enrolled"),
        format!("/v1/hosts?cursor={}&state=enrolled", "A".repeat(2_000)),
        "/v1/hosts?cursor=&state=enrolled".to_owned(),
    ] {
        let answer = service.ada("GET", &target, Value::Null).await;
        problem(&answer, 422, "invalid");
    }
    let other = service.operator("olga", "GET", &good, Value::Null).await;
    problem(&other, 422, "invalid");
    let again = Request::get(&good).header("authorization", basic("ada", PASSWORD));
    assert_eq!(
        service
            .send(again.body(Body::empty()).unwrap())
            .await
            .status(),
        200
    );
}
