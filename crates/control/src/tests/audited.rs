//! Each change that a route makes for users is in the audit log, once.

mod v1;

use super::agents::Agent;
use super::client::{Answer, basic};
use super::commands::{greet, prepare_with, run};
use super::key_lists::Rooted;
use super::registry::Package;
use super::service::{PASSWORD, Service};
use crate::domain::audit::{Action, AuditFilter, Entry};
use crate::domain::user::Role;
use crate::http;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The entries after the one with this number.
pub(super) async fn entries_after(service: &Service, number: i64) -> Vec<Entry> {
    let filter = AuditFilter {
        oldest_first: true,
        after: Some(number.unsigned_abs()),
        ..AuditFilter::default()
    };
    let mut entries = Vec::new();
    let take = |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    };
    service.store.audit(&filter, take).await.unwrap();
    entries
}

/// A request that changes something.
enum Request {
    Json(String, Value),
    Push(Box<Package>, &'static str),
}

use Request::{Json, Push};

/// A job that has ended, and its batch.
async fn ended(rooted: &Rooted) -> (i64, String) {
    let (batch, job) = queued(rooted).await;
    let target = format!("/job/{job}");
    rooted.service.ada("DELETE", &target, Value::Null).await;
    (job, batch)
}

/// A batch, and its only job.
async fn queued(rooted: &Rooted) -> (String, i64) {
    let service = &rooted.service;
    let agent = Agent::enrolled(service, "queue").await;
    prepare_with(service, &rooted.package("r1")).await;
    let batch = run(service, &[&agent]).await;
    let jobs = service
        .ada("GET", &format!("/job?bid={batch}"), Value::Null)
        .await;
    let job = jobs.json()[0]["job"].as_str().unwrap().parse().unwrap();
    (batch, job)
}

/// Prepares what a route changes; returns the request, what is to be in the log and on what. A new
/// route needs a line here: what does the log say of it?
async fn scenario(rooted: &Rooted, route: &str) -> (Request, Action, String) {
    let service = &rooted.service;
    let host = |action| async move {
        let agent = Agent::enrolled(service, "host").await;
        let target = format!("/host/{}/{action}", agent.host);
        (Json(target, json!({})), agent.host.to_string())
    };
    let (request, action, on) = match route {
        "PUT /cmd" => (
            Json("/cmd".into(), greet()),
            Action::CommandPut,
            "greet".into(),
        ),
        "DELETE /cmd/{key}" => {
            service.ada("PUT", "/cmd", greet()).await;
            let request = Json("/cmd/greet".into(), Value::Null);
            (request, Action::CommandRemove, "greet".into())
        }
        "POST /job" => {
            let agent = Agent::enrolled(service, "a").await;
            prepare_with(service, &rooted.package("r1")).await;
            let order = json!({ "name": "b", "host_uuid": [agent.host], "fx_key": "greet" });
            (
                Json("/job".into(), order),
                Action::BatchCreate,
                String::new(),
            )
        }
        "DELETE /job/{id}" => {
            let (_, job) = queued(rooted).await;
            let request = Json(format!("/job/{job}"), Value::Null);
            (request, Action::JobCancel, job.to_string())
        }
        "POST /job/{id}/remove" => {
            let (job, _) = ended(rooted).await;
            let request = Json(format!("/job/{job}/remove"), json!({}));
            (request, Action::JobRemove, job.to_string())
        }
        "POST /job/batch/{id}/remove" => {
            let (_, batch) = ended(rooted).await;
            let request = Json(format!("/job/batch/{batch}/remove"), json!({}));
            (request, Action::BatchRemove, batch)
        }
        "DELETE /host/{uuid}" => {
            let agent = Agent::enrolled(service, "host").await;
            let request = Json(format!("/host/{}", agent.host), Value::Null);
            (request, Action::HostRemove, agent.host.to_string())
        }
        "POST /host/{uuid}/acknowledge" => {
            let (request, id) = host("acknowledge").await;
            (request, Action::HostAcknowledge, id)
        }
        "POST /host/{uuid}/disable" => {
            let (request, id) = host("disable").await;
            (request, Action::HostDisable, id)
        }
        "POST /host/{uuid}/enable" => {
            let (request, id) = host("enable").await;
            (request, Action::HostEnable, id)
        }
        "POST /host/{uuid}/rotate" => {
            let (request, id) = host("rotate").await;
            (request, Action::HostRotate, id)
        }
        "PUT /admission" => {
            let agent = Agent::new("new");
            agent.enrol(service, None).await;
            let entries = json!([{ "host_uuid": agent.host, "label": ["web"] }]);
            let request = Json("/admission".into(), entries);
            (request, Action::HostAdmit, agent.host.to_string())
        }
        "POST /host/label" => {
            let agent = Agent::enrolled(service, "host").await;
            let change = json!({ "host_uuid": [agent.host], "add": ["canary"] });
            let request = Json("/host/label".into(), change);
            (request, Action::HostLabel, agent.host.to_string())
        }
        "PUT /host/{uuid}/name" => {
            let agent = Agent::enrolled(service, "host").await;
            let target = format!("/host/{}/name", agent.host);
            let request = Json(target, json!({ "name": "shop1" }));
            (request, Action::HostRename, agent.host.to_string())
        }
        "POST /enrolment" => {
            let request = Json("/enrolment".into(), json!({}));
            (request, Action::InvitationCreate, String::new())
        }
        "PUT /key-list" => {
            let request = Json("/key-list".into(), json!(rooted.list(2)));
            (request, Action::KeyListImport, "2".into())
        }
        "POST /package/{group}/{name}/tag/{tag}" => {
            let package = Box::new(rooted.package("r1"));
            let request = Push(package, "/package/ops/hello/tag/1");
            (request, Action::PackagePush, "ops/hello:1".into())
        }
        "DELETE /package/{group}/{name}/tag/{tag}" => {
            rooted
                .package("r1")
                .push(service, "/package/ops/hello/tag/1")
                .await;
            let request = Json("/package/ops/hello/tag/1".into(), Value::Null);
            (request, Action::TagDelete, "ops/hello:1".into())
        }
        "POST /user" => {
            let user = json!({ "name": "eve", "role": "reader", "password": "hunter2hunter2" });
            (Json("/user".into(), user), Action::UserAdd, "eve".into())
        }
        "DELETE /user/{name}" => {
            service.add_user("eve", Role::Reader).await;
            let request = Json("/user/eve".into(), Value::Null);
            (request, Action::UserRemove, "eve".into())
        }
        "PUT /user/{name}/role" => {
            service.add_user("eve", Role::Reader).await;
            let request = Json("/user/eve/role".into(), json!({ "role": "admin" }));
            (request, Action::UserRole, "eve".into())
        }
        "PUT /user/{name}/scope" => {
            service.add_user("eve", Role::Reader).await;
            let request = Json("/user/eve/scope".into(), json!({ "selector": "shop" }));
            (request, Action::UserScope, "eve".into())
        }
        "PUT /user/{name}/password" => {
            service.add_user("eve", Role::Reader).await;
            let password = json!({ "password": "hunter2hunter2" });
            let request = Json("/user/eve/password".into(), password);
            (request, Action::UserPassword, "eve".into())
        }
        "POST /token" => {
            let token = json!({ "name": "ci" });
            (
                Json("/token".into(), token),
                Action::TokenAdd,
                "ada/ci".into(),
            )
        }
        "DELETE /token/{user}/{name}" => {
            service.ada("POST", "/token", json!({ "name": "ci" })).await;
            let request = Json("/token/ada/ci".into(), Value::Null);
            (request, Action::TokenRemove, "ada/ci".into())
        }
        other => v1::scenario(rooted, other).await,
    };
    (request, action, on)
}

async fn send(service: &Service, method: &Method, request: &Request) -> Answer {
    match request {
        Json(target, body) => service.ada(method.as_str(), target, body.clone()).await,
        Push(package, target) => package.push(service, target).await,
    }
}

#[tokio::test]
async fn every_route_that_changes_something_makes_one_entry() {
    let mut seen = BTreeSet::new();
    let routes = http::routes();
    let changing = routes
        .list()
        .iter()
        .filter(|route| route.is_for_users && route.method != Method::GET);
    for route in changing {
        let rooted = Rooted::start().await;
        let name = format!("{} {}", route.method, route.path);
        let (request, action, on) = scenario(&rooted, &name).await;
        let service = &rooted.service;
        let before = service.store.newest_audit().await;
        let answer = send(service, &route.method, &request).await;
        assert!(answer.status.is_success(), "{name}: {}", answer.text());
        let [entry] = &entries_after(service, before).await[..] else {
            panic!("{name} makes no entry, or several");
        };
        assert_eq!(
            (entry.action.as_str(), entry.who.as_str()),
            (action.name(), "ada"),
            "{name}"
        );
        assert_eq!(
            (entry.origin.as_str(), entry.kind.as_str()),
            ("192.0.2.1", action.kind())
        );
        assert!(
            on.is_empty() || entry.target == on,
            "{name}: {}",
            entry.target
        );
        assert!(service.store.verify_audit().await.unwrap().is_whole());
        seen.insert(action);
    }
    assert!(seen.len() >= 15, "{seen:?}");
    let elsewhere = [
        // On control's machine, and without a route.
        Action::TagResetSerial,
        Action::StoreRekey,
        // A push of another kind, and what is no change.
        Action::PackageRepair,
        Action::RequestRefuse,
    ];
    for action in Action::ALL {
        let is_known = seen.contains(action) != elsewhere.contains(action);
        assert!(is_known, "{action:?}: no route makes it");
    }
}

#[tokio::test]
async fn a_request_that_fails_or_is_repeated_makes_no_entry() {
    let service = Service::start().await;
    service.ada("PUT", "/cmd", greet()).await;
    let before = service.store.newest_audit().await;
    let nobody = Agent::new("nobody").host;
    for (method, target, body) in [
        ("DELETE", "/cmd/other".to_owned(), Value::Null),
        ("DELETE", format!("/host/{nobody}"), Value::Null),
        ("POST", format!("/host/{nobody}/disable"), json!({})),
        ("POST", format!("/host/{nobody}/rotate"), json!({})),
        ("DELETE", "/job/7".into(), Value::Null),
        ("POST", "/job/7/remove".into(), json!({})),
        ("DELETE", "/package/ops/hello/tag/1".into(), Value::Null),
        (
            "POST",
            "/job".into(),
            json!({ "host_uuid": [nobody], "fx_key": "greet" }),
        ),
        ("PUT", "/admission".into(), json!([{ "host_uuid": nobody }])),
    ] {
        let answer = service.ada(method, &target, body).await;
        assert!(answer.status.is_client_error(), "{method} {target}");
    }
    assert_eq!(entries_after(&service, before).await, []);
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_entry() {
    let rooted = Rooted::start().await;
    let service = &rooted.service;
    let (agent, package) = (Agent::enrolled(service, "a").await, rooted.package("r1"));
    prepare_with(service, &package).await;
    let list = json!(rooted.list(2));
    let order = json!({ "name": "b", "host_uuid": [agent.host], "fx_key": "greet" });
    let create = async || {
        let request = axum::http::Request::post("/job")
            .header("authorization", basic("ada", PASSWORD))
            .header("idempotency-key", "k1")
            .body(axum::body::Body::from(order.to_string()))
            .unwrap();
        service.send(request).await
    };
    let again = async || {
        let answers = [
            create().await,
            service.ada("PUT", "/key-list", list.clone()).await,
            package.push(service, "/package/ops/hello/tag/1").await,
        ];
        assert!(answers.iter().all(|answer| answer.status.is_success()));
    };
    again().await;
    let before = service.store.newest_audit().await;
    again().await;
    assert_eq!(entries_after(service, before).await, []);
}
