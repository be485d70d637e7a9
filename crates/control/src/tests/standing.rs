//! Users and tokens that lose their rights between the head of a request and its end.

use super::client::{Answer, basic};
use super::registry::Package;
use super::service::{PASSWORD, Service};
use crate::domain::audit::tests::ada;
use crate::domain::scope::Scope;
use crate::domain::user::{Role, User};
use crate::service::passwords;
use crate::store::Store;
use axum::body::Body;
use axum::http::{Request, header};
use futures_util::stream::once;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::convert::Infallible;
use wire::command::Secret;

/// What becomes of eve while her request arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    Nothing,
    Removed,
    AddedAgain,
    Demoted,
    Password,
    TokenRemoved,
    TokenExpired,
}

use Meanwhile::{AddedAgain, Demoted, Nothing, Password, Removed, TokenExpired, TokenRemoved};

impl Meanwhile {
    async fn happen(self, store: Store) {
        let hash = || passwords::hash(&Secret::new(PASSWORD)).unwrap();
        match self {
            Nothing => {}
            Removed => drop(store.remove_user("eve", &ada()).await.unwrap()),
            AddedAgain => {
                store.remove_user("eve", &ada()).await.unwrap();
                let user = User {
                    name: "eve".into(),
                    role: Role::Admin,
                    password: hash(),
                    scope: Scope::everything(),
                };
                store.add_user(&user, 0, &ada()).await.unwrap();
            }
            Demoted => drop(store.set_role("eve", Role::Reader, &ada()).await.unwrap()),
            Password => drop(store.set_password("eve", &hash(), &ada()).await.unwrap()),
            TokenRemoved => {
                assert!(store.remove_api_token("eve", "ci", &ada()).await.unwrap());
            }
            TokenExpired => store.change("UPDATE api_token SET expires = 1").await,
        }
    }
}

/// Sends a request whose body arrives when `meanwhile` has happened, which is after its head was
/// accepted.
async fn send_late(
    service: &Service,
    authorization: &str,
    mut request: Request<Body>,
    meanwhile: Meanwhile,
) -> Answer {
    let value = authorization.parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    let (parts, body) = request.into_parts();
    let store = service.store.clone();
    let late = once(async move {
        meanwhile.happen(store).await;
        Ok::<_, Infallible>(body.collect().await.unwrap().to_bytes())
    });
    let request = Request::from_parts(parts, Body::from_stream(late));
    service.send(request).await
}

fn json_request(method: &str, path: &str, body: &Value) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    request.body(Body::from(body.to_string())).unwrap()
}

/// A service with eve, an admin, and the authorization by her token.
async fn with_eve() -> (Service, String) {
    let service = Service::start_with(|config| config.accept_unsigned = true).await;
    service.add_user("eve", Role::Admin).await;
    let issued = service
        .operator("eve", "POST", "/token", json!({ "name": "ci" }))
        .await;
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    (service, format!("Bearer {token}"))
}

#[tokio::test]
async fn abuse_a_user_goes_on_acting_through_a_request_that_has_begun() {
    let user = json!({ "name": "mal", "role": "admin", "password": "battery staple" });
    let other = json!({ "password": "battery staple" });
    let command = json!({ "key": "k", "function": "greet", "package": "ops/hello:1" });
    for (method, path, body, demoted, removed) in [
        ("POST", "/user", &user, 403, 401),
        ("PUT", "/user/ada/password", &other, 403, 401),
        ("PUT", "/user/eve/password", &other, 204, 401),
        ("POST", "/token", &json!({ "name": "more" }), 201, 404),
        ("POST", "/enrolment", &json!({}), 403, 401),
        ("PUT", "/cmd", &command, 403, 401),
    ] {
        for (meanwhile, expected) in [
            (Removed, removed),
            (AddedAgain, 401),
            (Password, 401),
            (Demoted, demoted),
        ] {
            let (service, _) = with_eve().await;
            let before = service.store.newest_audit().await;
            let request = json_request(method, path, body);
            let answer = send_late(&service, &basic("eve", PASSWORD), request, meanwhile).await;
            let what = format!("{method} {path} {meanwhile:?}: {}", answer.text());
            assert_eq!(answer.status(), expected, "{what}");
            let entries = service.store.newest_audit().await - before;
            let by_ada = if meanwhile == AddedAgain { 2 } else { 1 };
            assert_eq!(entries, by_ada + i64::from(expected < 300), "{what}");
            assert!(service.store.user("mal").await.unwrap().is_none(), "{what}");
        }
    }
}

#[tokio::test]
async fn abuse_a_token_goes_on_acting_through_a_request_that_has_begun() {
    for (meanwhile, expected) in [
        (Nothing, 201),
        (Password, 201),
        (TokenRemoved, 401),
        (TokenExpired, 401),
        (Demoted, 403),
        (AddedAgain, 401),
    ] {
        let (service, token) = with_eve().await;
        let request = json_request("POST", "/enrolment", &json!({}));
        let answer = send_late(&service, &token, request, meanwhile).await;
        assert_eq!(answer.status(), expected, "{meanwhile:?}");
    }
}

#[tokio::test]
async fn abuse_a_removed_user_ends_a_push_that_has_begun() {
    for (meanwhile, expected) in [(Nothing, 201), (Removed, 401), (Demoted, 403)] {
        let (service, _) = with_eve().await;
        let request = Package::new("r1").request("/package/ops/hello/tag/1");
        let answer = send_late(&service, &basic("eve", PASSWORD), request, meanwhile).await;
        assert_eq!(answer.status(), expected, "{}", answer.text());
        let archive = service.packages().join("ops%2Fhello/r1.zip");
        assert_eq!(archive.exists(), expected == 201, "{meanwhile:?}");
    }
}

#[tokio::test]
async fn users_change_and_remove_themselves() {
    let (service, _) = with_eve().await;
    let reader = json!({ "role": "reader" });
    let own = service.operator("eve", "PUT", "/user/eve/role", reader);
    assert_eq!(own.await.status(), 204);
    service.add_user("bob", Role::Admin).await;
    let own = service.operator("bob", "DELETE", "/user/bob", Value::Null);
    assert_eq!(own.await.status(), 204);
}
