//! API tokens, and attacks on them.

use super::agents::Agent;
use super::audited::entries_after;
use super::client::{Answer, basic};
use super::commands::{greet, prepare};
use super::service::{PASSWORD, Service};
use crate::clock::unix_now;
use crate::domain::api_token::ApiToken;
use crate::domain::user::Role;
use crate::http;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

/// Makes a token of a user; returns its text.
async fn token(service: &Service, user: &str, options: Value) -> String {
    let mut body = json!({ "name": "ci" });
    for (name, value) in options.as_object().unwrap() {
        body[name] = value.clone();
    }
    let issued = service.operator(user, "POST", "/token", body).await;
    assert_eq!(issued.status(), 201, "{}", issued.text());
    issued.json()["token"].as_str().unwrap().to_owned()
}

async fn with(service: &Service, value: &str, method: &str, path: &str, body: Value) -> Answer {
    let body = match body {
        Value::Null => Body::empty(),
        json => Body::from(json.to_string()),
    };
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", value).body(body);
    service.send(request.unwrap()).await
}

/// The status of a request with a token.
async fn status(service: &Service, token: &str, method: &str, path: &str, body: Value) -> u16 {
    let bearer = format!("Bearer {token}");
    with(service, &bearer, method, path, body).await.status()
}

async fn get(service: &Service, token: &str, path: &str) -> u16 {
    status(service, token, "GET", path, Value::Null).await
}

#[tokio::test]
async fn a_token_signs_in_by_itself_or_in_place_of_the_password() {
    let service = Service::start().await;
    let token = token(&service, "ada", json!({})).await;
    assert_eq!(get(&service, &token, "/host").await, 200);
    let in_place = with(&service, &basic("ada", &token), "GET", "/host", Value::Null).await;
    assert_eq!(in_place.status(), 200);
    let listed = service.ada("GET", "/token", Value::Null).await;
    assert!(!listed.text().contains(&token), "it is shown once");
    let listed = listed.json();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["user"]),
        (&"ci".into(), &"ada".into())
    );
    assert_eq!(listed[0]["may"], json!(["read", "operate", "push", "pull"]));
    assert_eq!(
        service
            .ada("DELETE", "/token/ada/ci", Value::Null)
            .await
            .status(),
        204
    );
    assert_eq!(get(&service, &token, "/host").await, 401, "at once");
}

/// The rights of which each allows a request; the list is by hand, so that a route which asks
/// for less than it should is found.
fn allowing(method: &str, path: &str) -> &'static [&'static str] {
    match (method, path) {
        ("GET", "/v1/openapi.json") => &["read", "operate", "push", "pull", "audit", "run:greet"],
        ("POST", "/v1/batches") => &["operate", "run:greet"],
        ("DELETE", "/v1/repositories/{group}/{name}/tags/{tag}") => &["push"],
        (_, path) if path.starts_with("/v1/users") || path.starts_with("/v1/tokens") => &[],
        ("GET", path) if path.starts_with("/v1/repositories") => &["pull"],
        ("GET", "/v1/audit" | "/v1/audit/verification") => &["audit"],
        ("GET", "/repository" | "/repository/{group}/{name}") => &["pull"],
        ("GET", path) if path.starts_with("/package/") => &["pull"],
        ("POST" | "DELETE", "/package/{group}/{name}/tag/{tag}") => &["push"],
        ("GET", "/audit" | "/audit/verify") => &["audit"],
        ("POST", "/job") => &["operate", "run:greet"],
        (_, path) if path.starts_with("/user") || path.starts_with("/token") => &[],
        ("GET", _) => &["read"],
        _ => &["operate"],
    }
}

#[tokio::test]
async fn abuse_a_token_of_each_right_tries_every_route() {
    let service = Service::start().await;
    let routes = http::routes();
    let for_users = routes.list().iter().filter(|route| route.is_for_users);
    let for_users: Vec<_> = for_users.collect();
    assert!(for_users.len() > 30, "{for_users:?}");
    let order = json!({ "name": "b", "host_uuid": [], "fx_key": "greet" });
    for right in ["read", "operate", "push", "pull", "audit", "run:greet"] {
        let options = json!({ "name": right.replace(':', "."), "may": [right] });
        let token = token(&service, "ada", options).await;
        for route in &for_users {
            let (method, path) = (route.method.as_str(), route.path);
            let target = path.replace(['{', '}'], "");
            let answer = status(&service, &token, method, &target, order.clone()).await;
            assert_ne!(answer, 401, "{right}: {method} {path}");
            let is_allowed = allowing(method, path).contains(&right);
            assert_eq!(
                answer != 403,
                is_allowed,
                "{right}: {method} {path} {answer}"
            );
        }
    }
}

#[tokio::test]
async fn abuse_a_token_for_one_command_runs_another() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    let mut other = greet();
    other["key"] = "other".into();
    service.ada("PUT", "/cmd", other).await;
    let token = token(&service, "ada", json!({ "may": ["run:greet"] })).await;
    let order = |key: &str| json!({ "name": "b", "host_uuid": [agent.host], "fx_key": key });
    let run = async |key: &str| status(&service, &token, "POST", "/job", order(key)).await;
    let before = service.store.newest_audit().await;
    assert_eq!((run("other").await, run("greet").await), (403, 201));
    let [entry] = &entries_after(&service, before).await[..] else {
        panic!("not one entry");
    };
    assert_eq!(
        (entry.who.as_str(), entry.token.as_deref()),
        ("ada", Some("ci"))
    );
    for (method, path) in [("DELETE", "/job/7"), ("PUT", "/cmd"), ("GET", "/job")] {
        assert_eq!(
            status(&service, &token, method, path, json!({})).await,
            403,
            "{path}"
        );
    }
}

#[tokio::test]
async fn abuse_a_token_makes_itself_more_or_longer_lived() {
    let service = Service::start().await;
    let may = json!({ "may": ["read", "operate", "push", "pull", "audit"] });
    let token = token(&service, "ada", may).await;
    let user = json!({ "name": "eve", "role": "admin", "password": "correct horse" });
    for (method, path, body) in [
        ("POST", "/token", json!({ "name": "more" })),
        ("GET", "/token", Value::Null),
        ("DELETE", "/token/ada/ci", Value::Null),
        ("POST", "/user", user),
        ("GET", "/user", Value::Null),
        (
            "PUT",
            "/user/ada/password",
            json!({ "password": "battery staple" }),
        ),
        ("PUT", "/user/ada/role", json!({ "role": "admin" })),
        ("DELETE", "/user/ada", Value::Null),
    ] {
        let answer = status(&service, &token, method, path, body).await;
        assert_eq!(answer, 403, "{method} {path}");
    }
    assert_eq!(service.ada("GET", "/host", Value::Null).await.status(), 200);
}

#[tokio::test]
async fn abuse_a_token_has_more_rights_than_its_user() {
    let service = Service::start().await;
    service.add_user("bob", Role::Operator).await;
    for right in ["audit", "users", "run:", ""] {
        let body = json!({ "name": "t", "may": [right] });
        let refused = service.operator("bob", "POST", "/token", body).await;
        assert_eq!(refused.status(), 422, "{right}");
    }
    let token = token(&service, "bob", json!({})).await;
    assert_eq!(
        status(&service, &token, "DELETE", "/cmd/x", Value::Null).await,
        404
    );
    let reader = json!({ "role": "reader" });
    service.ada("PUT", "/user/bob/role", reader).await;
    assert_eq!(
        status(&service, &token, "DELETE", "/cmd/x", Value::Null).await,
        403
    );
    assert_eq!(get(&service, &token, "/host").await, 200);
}

#[tokio::test]
async fn abuse_a_token_outlives_its_user_or_its_time() {
    let service = Service::start().await;
    service.add_user("bob", Role::Reader).await;
    let of_bob = token(&service, "bob", json!({})).await;
    assert_eq!(get(&service, &of_bob, "/host").await, 200);
    service.ada("DELETE", "/user/bob", Value::Null).await;
    assert_eq!(get(&service, &of_bob, "/host").await, 401);
    service.add_user("bob", Role::Admin).await;
    assert_eq!(get(&service, &of_bob, "/host").await, 401, "another bob");
    let short = token(&service, "ada", json!({})).await;
    assert_eq!(get(&service, &short, "/host").await, 200);
    let past = format!("UPDATE api_token SET expires = {}", unix_now());
    service.store.change(&past).await;
    assert_eq!(get(&service, &short, "/host").await, 401);
    for (name, expires) in [("a", 0), ("b", 367 * 86_400), ("c", u64::MAX)] {
        let body = json!({ "name": name, "expires": expires });
        assert_eq!(
            service.ada("POST", "/token", body).await.status(),
            422,
            "{expires}"
        );
    }
}

#[tokio::test]
async fn abuse_tokens_of_others_are_used_listed_or_removed() {
    let service = Service::start().await;
    service.add_user("bob", Role::Operator).await;
    let of_ada = token(&service, "ada", json!({})).await;
    let as_bob = with(
        &service,
        &basic("bob", &of_ada),
        "GET",
        "/host",
        Value::Null,
    )
    .await;
    assert_eq!(as_bob.status(), 401);
    for (method, path) in [("GET", "/token?user=ada"), ("DELETE", "/token/ada/ci")] {
        let answer = service.operator("bob", method, path, Value::Null).await;
        assert_eq!(answer.status(), 403, "{path}");
    }
    let body = json!({ "name": "t", "user": "ada" });
    assert_eq!(
        service
            .operator("bob", "POST", "/token", body)
            .await
            .status(),
        403
    );
    let own = service.operator("bob", "GET", "/token", Value::Null).await;
    assert_eq!(own.json(), json!([]));
    let body = json!({ "name": "t", "user": "bob", "may": ["read"] });
    assert_eq!(service.ada("POST", "/token", body).await.status(), 201);
    let all = service.ada("GET", "/token", Value::Null).await.json();
    assert_eq!(all.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn abuse_guessing_tokens_is_slowed_down_but_valid_ones_are_not() {
    let service = Service::start().await;
    let good = token(&service, "ada", json!({})).await;
    let guess = |number: u8| ApiToken::new([number; 32]).text().expose().to_owned();
    let mut statuses = Vec::new();
    for number in 0..25 {
        statuses.push(get(&service, &guess(number), "/host").await);
        let malformed = get(&service, "hp_x", "/host").await;
        assert!(matches!(malformed, 401 | 429));
    }
    assert_eq!((statuses[0], *statuses.last().unwrap()), (401, 429));
    assert_eq!(get(&service, &good, "/host").await, 200, "its first use");
    // Nor does that lock out who signs in with a password.
    assert_eq!(service.ada("GET", "/host", Value::Null).await.status(), 200);
    let metrics = service.metrics();
    assert!(metrics.contains("kind=\"api_token\""), "{metrics}");
}

#[tokio::test]
async fn a_wrong_token_counts_as_one_in_place_of_a_password_too() {
    let service = Service::start().await;
    let wrong = ApiToken::new([1; 32]).text();
    let in_place = basic("ada", wrong.expose());
    let refused = with(&service, &in_place, "GET", "/host", Value::Null).await;
    assert_eq!(refused.status(), 401);
    let metrics = service.metrics();
    assert!(metrics.contains("kind=\"api_token\"} 1"), "{metrics}");
    assert!(metrics.contains("kind=\"password\"} 0"), "{metrics}");
}

#[tokio::test]
async fn abuse_no_token_is_in_the_database_and_nothing_that_makes_one() {
    let service = Service::start().await;
    let token = token(&service, "ada", json!({})).await;
    service.store.close().await;
    let database = std::fs::read(service.folder().join("data/pilotctl.db")).unwrap();
    // Also what the text is made of: its prefix, 32 random bytes and a checksum in base64url.
    let bytes: [u8; 36] = wire::encoding::array_from_base64url(&token[3..]).unwrap();
    let hex = wire::encoding::hex(&bytes[..32]);
    let upper = hex.to_ascii_uppercase();
    let texts = [&token[..], &token[3..], &token[10..30], &hex, &upper];
    for part in texts.map(str::as_bytes).into_iter().chain([&bytes[..32]]) {
        let found = database.windows(part.len()).any(|bytes| bytes == part);
        assert!(!found, "{part:?}");
    }
    let id = ApiToken::parse(&token).unwrap().id();
    assert!(
        database
            .windows(id.len())
            .any(|bytes| bytes == id.as_bytes())
    );
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute() {
    let service = Service::start().await;
    let token = token(&service, "ada", json!({})).await;
    let id = ApiToken::parse(&token).unwrap().id();
    let used = async || {
        service
            .store
            .api_token(&id)
            .await
            .unwrap()
            .unwrap()
            .last_used
    };
    assert_eq!(used().await, None);
    get(&service, &token, "/host").await;
    while used().await.is_none() {
        tokio::task::yield_now().await;
    }
    let first = used().await.unwrap();
    service
        .store
        .note_use_of_api_token(&id, first + 59)
        .await
        .unwrap();
    assert_eq!(used().await, Some(first));
    service
        .store
        .note_use_of_api_token(&id, first + 60)
        .await
        .unwrap();
    assert_eq!(used().await, Some(first + 60));
}

#[tokio::test]
async fn abuse_a_user_makes_very_many_tokens() {
    let service = Service::start().await;
    service.add_user("bob", Role::Admin).await;
    let mut made = 0;
    loop {
        let body = json!({ "name": format!("t{made}"), "user": "ada" });
        match service
            .operator("bob", "POST", "/token", body)
            .await
            .status()
        {
            201 => made += 1,
            409 => break,
            other => panic!("{other}"),
        }
    }
    assert_eq!(made, 64);
    let taken = json!({ "name": "t1" });
    let refused = service.ada("POST", "/token", taken).await;
    assert!(refused.text().contains("already"), "{}", refused.text());
    let page = service.ada("GET", "/token?limit=50", Value::Null).await;
    let next = page.headers["link"].to_str().unwrap();
    assert!(next.contains("after=ada%2F"), "{next}");
    let rest = service
        .ada("GET", "/token?limit=50&after=ada%2Ft54", Value::Null)
        .await;
    assert_eq!(rest.json()[0]["name"], "t55");
    assert_eq!(PASSWORD, "correct horse");
}
