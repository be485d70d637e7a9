//! Every route, as each role and as a token, in and out of scope: by the list of routes, so that one
//! which is added later has to say what a scope means for it.

use super::fleet::{Fleet, Subject, shop};
use crate::http;
use serde_json::{Value, json};

/// What a scope means for a route.
enum Meaning {
    /// It concerns all hosts: nobody with a scope may call it. With this body.
    ForAll(Value),
    /// It concerns no host.
    Shared,
    /// It concerns the own account; a token may not call it.
    Own,
    /// It concerns a host or its jobs.
    Of(fn(&Subject) -> (String, Value)),
    /// It lists hosts, jobs or batches.
    List(fn(&Subject) -> String),
    /// It invites hosts to an area.
    Invites(fn(&str) -> Value),
}

use Meaning::{ForAll, Invites, List, Of, Own, Shared};

macro_rules! of_host_v1 {
    ($what:literal) => {
        Of(|subject| (format!("/v1/hosts/{}/{}", subject.host, $what), Value::Null))
    };
}

macro_rules! of_host {
    ($what:literal) => {
        Of(|subject| (format!("/host/{}/{}", subject.host, $what), json!({})))
    };
}

fn meaning(method: &str, path: &str) -> Meaning {
    match (method, path) {
        ("GET", "/cmd" | "/cmd/{key}" | "/key-list") => Shared,
        ("GET", "/repository" | "/repository/{group}/{name}") => Shared,
        ("GET", path) if path.starts_with("/package/") => Shared,
        ("GET", "/v1/openapi.json" | "/v1/key-list" | "/v1/commands" | "/v1/commands/{key}") => {
            Shared
        }
        ("GET", path) if path.starts_with("/v1/repositories") => Shared,
        ("GET" | "POST", "/token" | "/v1/tokens") => Own,
        ("DELETE", "/token/{user}/{name}" | "/v1/tokens/{user}/{name}") => ForAll(Value::Null),
        ("DELETE", "/v1/users/{name}" | "/v1/commands/{key}") => ForAll(Value::Null),
        ("DELETE", "/v1/repositories/{group}/{name}/tags/{tag}") => ForAll(Value::Null),
        ("POST" | "PUT", "/v1/users" | "/v1/users/{name}/role") => ForAll(json!({})),
        ("PUT", "/v1/commands/{key}" | "/v1/key-list") => ForAll(json!({})),
        ("PUT", "/v1/hosts/{host}/name") => ForAll(json!({ "name": "x" })),
        ("POST", "/v1/hosts/{host}/acknowledge") => of_host_v1!("acknowledge"),
        ("POST", "/v1/hosts/{host}/disable") => of_host_v1!("disable"),
        ("POST", "/v1/hosts/{host}/enable") => of_host_v1!("enable"),
        ("POST", "/v1/hosts/{host}/rotate") => of_host_v1!("rotate"),
        ("POST", "/v1/hosts/{host}/labels") => Of(|subject| {
            let target = format!("/v1/hosts/{}/labels", subject.host);
            (target, json!({ "add": ["shop"] }))
        }),
        ("POST", "/v1/hosts/{host}/admit") => Of(|subject| {
            let target = format!("/v1/hosts/{}/admit", subject.host);
            let place = json!({ "area": "north" });
            (
                target,
                json!({ "place": place, "labels": ["shop", "os=arm"] }),
            )
        }),
        ("POST", "/v1/batches") => Of(|subject| {
            let order = json!({ "name": "b", "hosts": [subject.host], "command": "greet" });
            ("/v1/batches".into(), order)
        }),
        ("DELETE", "/v1/batches/{batch}") => {
            Of(|subject| (format!("/v1/batches/{}", subject.ended_batch), Value::Null))
        }
        ("DELETE", "/v1/jobs/{job}") => {
            Of(|subject| (format!("/v1/jobs/{}", subject.ended), Value::Null))
        }
        ("POST", "/v1/jobs/{job}/cancel") => {
            Of(|subject| (format!("/v1/jobs/{}/cancel", subject.queued), Value::Null))
        }
        ("PUT", "/user/{name}/password" | "/v1/users/{name}/password") => {
            ForAll(json!({ "password": "battery staple" }))
        }
        (
            "GET" | "DELETE",
            "/user"
            | "/user/{name}"
            | "/audit"
            | "/audit/verify"
            | "/v1/users"
            | "/v1/audit"
            | "/v1/audit/verification",
        ) => ForAll(Value::Null),
        ("POST" | "PUT", "/user" | "/user/{name}/role" | "/user/{name}/scope") => ForAll(json!({})),
        ("PUT" | "DELETE", "/cmd" | "/cmd/{key}" | "/key-list") => ForAll(json!({})),
        ("POST" | "DELETE", "/package/{group}/{name}/tag/{tag}") => ForAll(json!({})),
        ("PUT", "/host/{uuid}/name") => ForAll(json!({ "name": "x" })),
        ("POST", "/v1/invitations") => {
            Invites(|area| json!({ "labels": ["shop"], "place": { "area": area } }))
        }
        ("POST", "/enrolment") => Invites(|area| json!({ "label": ["shop"], "area": area })),
        ("GET", "/host" | "/v1/hosts") => List(|subject| subject.host.to_string()),
        ("GET", "/job" | "/v1/jobs") => List(|subject| subject.queued.clone()),
        ("GET", "/job/batch" | "/v1/batches") => List(|subject| subject.batch.clone()),
        ("GET" | "DELETE", "/host/{uuid}") => {
            Of(|subject| (format!("/host/{}", subject.host), Value::Null))
        }
        ("GET" | "DELETE", "/v1/hosts/{host}") => {
            Of(|subject| (format!("/v1/hosts/{}", subject.host), Value::Null))
        }
        ("GET", "/v1/jobs/{job}") => {
            Of(|subject| (format!("/v1/jobs/{}", subject.queued), Value::Null))
        }
        ("GET", "/v1/jobs/{job}/output") => {
            Of(|subject| (format!("/v1/jobs/{}/output", subject.queued), Value::Null))
        }
        ("GET", "/v1/jobs/{job}/events") => {
            Of(|subject| (format!("/v1/jobs/{}/events", subject.ended), Value::Null))
        }
        ("GET", "/v1/batches/{batch}/events") => Of(|subject| {
            (
                format!("/v1/batches/{}/events", subject.ended_batch),
                Value::Null,
            )
        }),
        ("GET", "/v1/batches/{batch}") => {
            Of(|subject| (format!("/v1/batches/{}", subject.batch), Value::Null))
        }
        ("GET", "/host/named/{name}") => {
            Of(|subject| (format!("/host/named/{}", subject.hostname), Value::Null))
        }
        ("POST", "/host/{uuid}/acknowledge") => of_host!("acknowledge"),
        ("POST", "/host/{uuid}/disable") => of_host!("disable"),
        ("POST", "/host/{uuid}/enable") => of_host!("enable"),
        ("POST", "/host/{uuid}/rotate") => of_host!("rotate"),
        ("POST", "/host/label") => Of(|subject| {
            let change = json!({ "host_uuid": [subject.host], "add": ["shop"] });
            ("/host/label".into(), change)
        }),
        ("PUT", "/admission") => Of(|subject| {
            let label = ["shop", "os=arm"];
            let entry = json!({ "host_uuid": subject.host, "area": "north", "label": label });
            ("/admission".into(), json!([entry]))
        }),
        ("POST", "/job") => Of(|subject| {
            let order = json!({ "name": "b", "host_uuid": [subject.host], "fx_key": "greet" });
            ("/job".into(), order)
        }),
        ("GET" | "DELETE", "/job/{id}") => {
            Of(|subject| (format!("/job/{}", subject.queued), Value::Null))
        }
        ("POST", "/job/{id}/remove") => {
            Of(|subject| (format!("/job/{}/remove", subject.ended), json!({})))
        }
        ("POST", "/job/batch/{id}/remove") => Of(|subject| {
            (
                format!("/job/batch/{}/remove", subject.ended_batch),
                json!({}),
            )
        }),
        _ => panic!("what does a scope mean for {method} {path}?"),
    }
}

/// Method and path of each route for users.
fn routes() -> Vec<(String, &'static str)> {
    let routes = http::routes();
    let for_users = routes.list().iter().filter(|route| route.is_for_users);
    let for_users: Vec<_> = for_users
        .map(|route| (route.method.to_string(), route.path))
        .collect();
    assert!(for_users.len() > 30, "{for_users:?}");
    for_users
}

/// What is outside answers as what does not exist, to everybody, and nothing changes.
#[tokio::test]
async fn abuse_every_route_is_called_for_what_is_outside_of_the_scope() {
    let fleet = Fleet::start().await;
    let of_user = fleet.token("ada", json!({ "scope": shop() })).await;
    let narrower = json!({ "scope": { "selector": "os=arm" } });
    let of_both = fleet.token("olga", narrower).await;
    let users = ["anna", "olga", "rita"].map(Fleet::user);
    let callers = users.iter().chain([&of_user, &of_both]);
    let before = fleet.service.store.newest_audit().await;
    for who in callers {
        for (method, path) in routes() {
            let what = format!("{who}: {method} {path}");
            let send =
                async |target: &str, body: &Value| fleet.send(who, &method, target, body).await;
            match meaning(&method, path) {
                ForAll(body) => {
                    let target = path.replace(['{', '}'], "");
                    let answer = send(&target, &body).await;
                    assert_eq!(answer.status(), 403, "{what}: {}", answer.text());
                }
                Of(request) => {
                    let nowhere = Subject::nowhere();
                    let (target, body) = request(&nowhere);
                    let expected = nowhere.without_names(&send(&target, &body).await);
                    let (target, body) = request(&fleet.outside);
                    let answer = fleet.outside.without_names(&send(&target, &body).await);
                    assert_eq!(answer, expected, "{what}");
                    assert!((400..500).contains(&answer.0), "{what}: {answer:?}");
                }
                List(name) => {
                    let answer = send(path, &Value::Null).await;
                    assert_eq!(answer.status(), 200, "{what}: {}", answer.text());
                    assert!(answer.text().contains(&name(&fleet.inside)), "{what}");
                    assert!(!answer.text().contains(&name(&fleet.outside)), "{what}");
                }
                Invites(to) => {
                    let answer = send(path, &to("south")).await;
                    assert_eq!(answer.status(), 403, "{what}: {}", answer.text());
                }
                Shared | Own => {}
            }
        }
    }
    assert_eq!(fleet.service.store.newest_audit().await, before);
}

/// Who has a scope does in it what the role allows, and no more.
#[tokio::test]
async fn every_route_is_called_for_what_is_in_the_scope() {
    for (method, path) in routes() {
        let meaning = meaning(&method, path);
        let (target, body) = match meaning {
            Of(_) | List(_) | Invites(_) => (String::new(), Value::Null),
            Shared | Own => (path.to_owned(), Value::Null),
            ForAll(_) => continue,
        };
        let fleet = Fleet::start().await;
        let (target, body) = match meaning {
            Of(request) => request(&fleet.inside),
            Invites(to) => (path.into(), to("north")),
            List(_) => (path.into(), Value::Null),
            _ => (target, body),
        };
        for name in ["rita", "olga"] {
            let answer = fleet.of(name, &method, &target, body.clone()).await;
            let what = format!("{name}: {method} {target}: {}", answer.text());
            let may_read = method == "GET" || matches!(meaning, Own);
            match (&meaning, name == "olga" || may_read) {
                (_, false) => assert_eq!(answer.status(), 403, "{what}"),
                (Shared | Own, true) => assert_ne!(answer.status(), 403, "{what}"),
                (_, true) => assert!(answer.status.is_success(), "{what}"),
            }
        }
    }
}
