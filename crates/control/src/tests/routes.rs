//! Every route requires credentials, except the open ones.

use super::client::basic;
use super::service::{PASSWORD, Service};
use crate::domain::audit::tests::ada;
use crate::domain::user::Role;
use crate::http;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinSet;

const OPEN: [(&str, &str); 5] = [
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/pub"),
    ("GET", "/readyz"),
    ("POST", "/enrol"),
];

#[test]
fn the_open_routes_are_these() {
    let routes = http::routes();
    let open = routes.list().iter().filter(|route| route.is_open);
    let open: Vec<_> = open
        .map(|route| (route.method.as_str(), route.path))
        .collect();
    let mut expected = OPEN.to_vec();
    expected.sort();
    let mut found = open;
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn abuse_every_route_and_method_without_malformed_or_duplicate_credentials() {
    let service = Service::start().await;
    let routes = http::routes();
    assert!(routes.list().len() > 30, "{:?}", routes.list());
    let paths = routes.list().iter().map(|route| route.path);
    let paths: BTreeSet<_> = paths.chain(["/nothing/here"]).collect();
    for path in paths {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let listed = if method == "HEAD" { "GET" } else { method };
            if OPEN.contains(&(listed, path)) {
                continue;
            }
            let target = path.replace(['{', '}'], "");
            for credentials in bad_credentials() {
                let mut request = Request::builder().method(method).uri(&target);
                for value in &credentials {
                    request = request.header("authorization", value);
                }
                let answer = service.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status(), 401, "{method} {target} {credentials:?}");
                assert!(!answer.headers.contains_key("pilot-answer"));
            }
        }
    }
}

/// No credentials, malformed ones, and valid ones twice: a proxy may have checked the other
/// ones.
fn bad_credentials() -> [Vec<String>; 6] {
    let good = basic("ada", PASSWORD);
    [
        vec![],
        vec!["Basic".into()],
        vec!["Basic ?".into()],
        vec!["Pilot v1.x.y.z".into()],
        vec![good.clone(), good.clone()],
        vec![good, "Pilot v1".into()],
    ]
}

#[tokio::test]
async fn abuse_open_routes_reveal_little() {
    let service = Service::start().await;
    let alive = service
        .send(Request::get("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(alive.status(), 200);
    let key = service
        .send(Request::get("/pub").body(Body::empty()).unwrap())
        .await;
    let armor = service.job_key.certificates()[0].to_armor();
    assert_eq!(key.text(), wire::encoding::hex(armor.as_bytes()));
}

#[tokio::test]
async fn each_role_may_call_its_routes() {
    let service = Service::start().await;
    service.add_user("olga", Role::Operator).await;
    service.add_user("paul", Role::Publisher).await;
    service.add_user("rita", Role::Reader).await;
    let requests = [
        ("GET", "/user", Value::Null, ["ada"].as_slice()),
        ("POST", "/user", json!({}), &["ada"]),
        ("DELETE", "/user/ada", Value::Null, &["ada"]),
        ("PUT", "/user/ada/role", json!({}), &["ada"]),
        ("POST", "/enrolment", json!({}), &["ada", "olga"]),
        ("GET", "/host", Value::Null, &["ada", "olga", "rita"]),
        (
            "GET",
            "/repository",
            Value::Null,
            &["ada", "olga", "paul", "rita"],
        ),
        (
            "POST",
            "/package/ops/hello/tag/1",
            Value::Null,
            &["ada", "olga", "paul"],
        ),
    ];
    for (method, target, body, allowed) in requests {
        for name in ["ada", "olga", "paul", "rita"] {
            let answer = service.operator(name, method, target, body.clone()).await;
            let is_allowed = answer.status() != 403;
            assert_eq!(
                is_allowed,
                allowed.contains(&name),
                "{name}: {method} {target}"
            );
        }
    }
}

#[tokio::test]
async fn a_removed_user_is_refused_at_once() {
    let service = Service::start().await;
    service.add_user("olga", Role::Operator).await;
    assert_eq!(
        service
            .operator("olga", "GET", "/host", Value::Null)
            .await
            .status(),
        200
    );
    service.store.remove_user("olga", &ada()).await.unwrap();
    assert_eq!(
        service
            .operator("olga", "GET", "/host", Value::Null)
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn abuse_guessing_passwords_is_slowed_down_but_signed_in_users_are_not() {
    let service = Service::start().await;
    assert_eq!(service.ada("GET", "/host", Value::Null).await.status(), 200);
    let mut statuses = Vec::new();
    for _ in 0..25 {
        let answer = service
            .operator("unknown", "GET", "/host", Value::Null)
            .await;
        statuses.push(answer.status());
    }
    assert_eq!((statuses[0], *statuses.last().unwrap()), (401, 429));
    assert_eq!(service.ada("GET", "/host", Value::Null).await.status(), 200);
}

#[tokio::test]
async fn abuse_passwords_are_tried_concurrently() {
    let service = Arc::new(Service::start().await);
    assert_eq!(service.ada("GET", "/host", Value::Null).await.status(), 200);
    let began = Instant::now();
    let mut guesses = JoinSet::new();
    for number in 0..60 {
        let service = Arc::clone(&service);
        guesses.spawn(async move {
            let guess = basic("ada", &number.to_string());
            let request = Request::get("/host").header("authorization", guess);
            service.send(request.body(Body::empty()).unwrap()).await
        });
    }
    let answers = guesses.join_all().await;
    let of = |status| {
        answers
            .iter()
            .filter(move |answer| answer.status() == status)
    };
    // On a slow machine some failures are forgotten meanwhile.
    let most = 20 + usize::try_from(began.elapsed().as_secs() / 3).unwrap() + 1;
    let (tried, refused) = (of(401).count(), of(429).count());
    assert!(
        tried <= most && refused > 0,
        "{tried} tried, {refused} refused"
    );
    for refused in of(429) {
        let wait = refused.headers["retry-after"].to_str().unwrap();
        assert!((1..=3).contains(&wait.parse().unwrap()), "{wait}");
    }
    // A recently verified password is not throttled, nor another user of the same address.
    assert_eq!(service.ada("GET", "/host", Value::Null).await.status(), 200);
    service.add_user("olga", Role::Operator).await;
    let olga = service.operator("olga", "GET", "/host", Value::Null).await;
    assert_eq!(olga.status(), 200);
}
