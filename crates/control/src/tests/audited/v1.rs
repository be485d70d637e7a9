//! The same for `/v1`.

use super::Request::{self, Json};
use super::{ended, queued};
use crate::domain::audit::Action;
use crate::domain::user::Role;
use crate::tests::agents::Agent;
use crate::tests::commands::{greet, prepare_with};
use crate::tests::key_lists::Rooted;
use serde_json::{Value, json};

/// As [`super::scenario`].
pub(super) async fn scenario(rooted: &Rooted, route: &str) -> (Request, Action, String) {
    let (method, path) = route.split_once(' ').unwrap();
    let (action, body) = change(rooted, route);
    let (parts, on, order) = prepared(rooted, method, action, body).await;
    let mut parts = parts.into_iter();
    let target: Vec<String> = path
        .split('/')
        .map(|segment| match segment.starts_with('{') {
            true => parts.next().unwrap(),
            false => segment.to_owned(),
        })
        .collect();
    (Json(target.join("/"), order), action, on)
}

/// What a route does, and the body of a request.
fn change(rooted: &Rooted, route: &str) -> (Action, Value) {
    match route {
        "DELETE /v1/hosts/{host}" => (Action::HostRemove, Value::Null),
        "POST /v1/hosts/{host}/acknowledge" => (Action::HostAcknowledge, Value::Null),
        "POST /v1/hosts/{host}/disable" => (Action::HostDisable, Value::Null),
        "POST /v1/hosts/{host}/enable" => (Action::HostEnable, Value::Null),
        "POST /v1/hosts/{host}/rotate" => (Action::HostRotate, Value::Null),
        "POST /v1/hosts/{host}/labels" => (Action::HostLabel, json!({ "add": ["canary"] })),
        "PUT /v1/hosts/{host}/name" => (Action::HostRename, json!({ "name": "shop1" })),
        "POST /v1/hosts/{host}/admit" => (Action::HostAdmit, json!({ "labels": ["web"] })),
        "PUT /v1/commands/{key}" => (Action::CommandPut, greet()),
        "DELETE /v1/commands/{key}" => (Action::CommandRemove, Value::Null),
        "POST /v1/batches" => (Action::BatchCreate, Value::Null),
        "DELETE /v1/batches/{batch}" => (Action::BatchRemove, Value::Null),
        "POST /v1/jobs/{job}/cancel" => (Action::JobCancel, Value::Null),
        "DELETE /v1/jobs/{job}" => (Action::JobRemove, Value::Null),
        "POST /v1/invitations" => (Action::InvitationCreate, json!({})),
        "PUT /v1/key-list" => (Action::KeyListImport, json!(rooted.list(2))),
        "DELETE /v1/repositories/{group}/{name}/tags/{tag}" => (Action::TagDelete, Value::Null),
        "POST /v1/users" => {
            let user = json!({ "name": "eve", "role": "reader", "password": "hunter2hunter2" });
            (Action::UserAdd, user)
        }
        "DELETE /v1/users/{name}" => (Action::UserRemove, Value::Null),
        "PUT /v1/users/{name}/role" => (Action::UserRole, json!({ "role": "admin" })),
        "PUT /v1/users/{name}/password" => (
            Action::UserPassword,
            json!({ "password": "hunter2hunter2" }),
        ),
        "POST /v1/tokens" => (Action::TokenAdd, json!({ "name": "ci" })),
        "DELETE /v1/tokens/{user}/{name}" => (Action::TokenRemove, Value::Null),
        other => panic!("{other} has no scenario: what does the audit log say of it?"),
    }
}

/// Prepares what is changed: returns the parts of its address, what the log calls it, and the body.
async fn prepared(
    rooted: &Rooted,
    method: &str,
    action: Action,
    mut order: Value,
) -> (Vec<String>, String, Value) {
    let service = &rooted.service;
    let (parts, on): (Vec<String>, String) = match (method, action.kind()) {
        (_, "host") => {
            let agent = match action {
                Action::HostAdmit => {
                    let agent = Agent::new("new");
                    agent.enrol(service, None).await;
                    agent
                }
                _ => Agent::enrolled(service, "host").await,
            };
            (vec![agent.host.to_string()], agent.host.to_string())
        }
        (_, "command") => {
            if method == "DELETE" {
                service.ada("PUT", "/cmd", greet()).await;
            }
            (vec!["greet".into()], "greet".into())
        }
        ("POST", "batch") => {
            let agent = Agent::enrolled(service, "a").await;
            prepare_with(service, &rooted.package("r1")).await;
            order = json!({ "name": "b", "hosts": [agent.host], "command": "greet" });
            (vec![], String::new())
        }
        (_, "batch") => {
            let (_, batch) = ended(rooted).await;
            (vec![batch.clone()], batch)
        }
        ("POST", "job") => {
            let (_, job) = queued(rooted).await;
            (vec![job.to_string()], job.to_string())
        }
        (_, "job") => {
            let (job, _) = ended(rooted).await;
            (vec![job.to_string()], job.to_string())
        }
        (_, "tag") => {
            let package = rooted.package("r1");
            package.push(service, "/package/ops/hello/tag/1").await;
            let parts = ["ops", "hello", "1"].map(str::to_owned);
            (parts.to_vec(), "ops/hello:1".into())
        }
        ("POST", "user") => (vec![], "eve".into()),
        (_, "user") => {
            service.add_user("eve", Role::Reader).await;
            (vec!["eve".into()], "eve".into())
        }
        ("DELETE", "token") => {
            service.ada("POST", "/token", json!({ "name": "ci" })).await;
            (vec!["ada".into(), "ci".into()], "ada/ci".into())
        }
        (_, "token") => (vec![], "ada/ci".into()),
        (_, "key-list") => (vec![], "2".into()),
        _ => (vec![], String::new()),
    };
    (parts, on, order)
}
