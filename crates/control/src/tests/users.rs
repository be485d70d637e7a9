//! Users, changed by admins and by themselves.

use super::client::{Answer, basic};
use super::service::{PASSWORD, Service};
use crate::domain::user::Role;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

async fn sign_in(service: &Service, name: &str, password: &str) -> u16 {
    let request = Request::get("/repository").header("authorization", basic(name, password));
    service
        .send(request.body(Body::empty()).unwrap())
        .await
        .status()
}

async fn as_user(service: &Service, name: &str, password: &str, path: &str, body: Value) -> Answer {
    let request = Request::put(path).header("authorization", basic(name, password));
    let body = Body::from(body.to_string());
    service.send(request.body(body).unwrap()).await
}

const OTHER: &str = "battery staple";

#[tokio::test]
async fn an_admin_adds_changes_and_removes_users() {
    let service = Service::start().await;
    let user = json!({ "name": "bob", "role": "reader", "password": OTHER });
    assert_eq!(
        service.ada("POST", "/user", user.clone()).await.status(),
        201
    );
    assert_eq!(service.ada("POST", "/user", user).await.status(), 409);
    assert_eq!(sign_in(&service, "bob", OTHER).await, 200);
    let users = service.ada("GET", "/user", Value::Null).await.json();
    assert_eq!(users[1], json!({ "name": "bob", "role": "reader" }));
    assert_eq!(
        service
            .ada("DELETE", "/user/bob", Value::Null)
            .await
            .status(),
        204
    );
    assert_eq!(sign_in(&service, "bob", OTHER).await, 401);
    for (method, path) in [("DELETE", "/user/bob"), ("PUT", "/user/bob/role")] {
        let answer = service.ada(method, path, json!({ "role": "reader" })).await;
        assert_eq!(answer.status(), 404, "{method}");
    }
}

#[tokio::test]
async fn a_remembered_password_ends_with_its_change() {
    let service = Service::start().await;
    service.add_user("bob", Role::Reader).await;
    assert_eq!(sign_in(&service, "bob", PASSWORD).await, 200);
    let (path, body) = ("/user/bob/password", json!({ "password": OTHER }));
    let changed = as_user(&service, "bob", PASSWORD, path, body).await;
    assert_eq!(changed.status(), 204);
    assert_eq!(sign_in(&service, "bob", PASSWORD).await, 401);
    assert_eq!(sign_in(&service, "bob", OTHER).await, 200);
    // Also if it is the same again.
    let same = json!({ "password": OTHER });
    assert_eq!(service.ada("PUT", path, same).await.status(), 204);
    assert_eq!(sign_in(&service, "bob", OTHER).await, 200);
}

#[tokio::test]
async fn another_role_holds_at_once() {
    let service = Service::start().await;
    service.add_user("bob", Role::Operator).await;
    let disable = || service.operator("bob", "DELETE", "/cmd/x", Value::Null);
    assert_eq!(disable().await.status(), 404);
    let reader = json!({ "role": "reader" });
    assert_eq!(
        service.ada("PUT", "/user/bob/role", reader).await.status(),
        204
    );
    assert_eq!(disable().await.status(), 403);
}

#[tokio::test]
async fn abuse_a_user_changes_others_or_the_own_role() {
    let service = Service::start().await;
    service.add_user("bob", Role::Operator).await;
    let password = json!({ "password": OTHER });
    for (path, body) in [
        ("/user/ada/password", &password),
        ("/user/nobody/password", &password),
        ("/user/bob/role", &json!({ "role": "admin" })),
        ("/user/ada/role", &json!({ "role": "reader" })),
    ] {
        let answer = as_user(&service, "bob", PASSWORD, path, body.clone()).await;
        assert_eq!(answer.status(), 403, "{path}");
    }
    assert_eq!(sign_in(&service, "ada", PASSWORD).await, 200);
}

#[tokio::test]
async fn abuse_a_reader_fills_the_audit_log() {
    let service = Service::start().await;
    service.add_user("bob", Role::Reader).await;
    let before = service.store.newest_audit().await;
    let change = async |number: usize| match number % 2 {
        0 => {
            let body = json!({ "name": "ci" });
            service.operator("bob", "POST", "/token", body).await
        }
        _ => {
            let path = "/token/bob/ci";
            service.operator("bob", "DELETE", path, Value::Null).await
        }
    };
    // As many as may come in a row, and one more for each 3 s that they take.
    let mut made = 0;
    let refused = loop {
        let answer = change(made).await;
        if !answer.status.is_success() {
            break answer;
        }
        made += 1;
        assert!(made < 200);
    };
    assert!(made >= 20, "{made}");
    assert_eq!(refused.status(), 429, "{}", refused.text());
    assert!(refused.headers.contains_key("retry-after"));
    let password = json!({ "password": OTHER });
    let path = "/user/bob/password";
    let own = as_user(&service, "bob", PASSWORD, path, password.clone()).await;
    assert_eq!(own.status(), 429);
    let written = service.store.newest_audit().await - before;
    assert_eq!(written, i64::try_from(made).unwrap());
    // That is no failure to sign in, and holds for nobody else.
    assert!(service.metrics().contains("kind=\"throttled\"} 0"));
    let by_ada = service.ada("PUT", path, password).await;
    assert_eq!(by_ada.status(), 204);
}

#[tokio::test]
async fn the_same_role_again_is_no_change() {
    let service = Service::start().await;
    service.add_user("bob", Role::Reader).await;
    let before = service.store.newest_audit().await;
    let reader = json!({ "role": "reader" });
    let again = service.ada("PUT", "/user/bob/role", reader).await;
    assert_eq!(again.status(), 204);
    assert_eq!(service.store.newest_audit().await, before);
}

#[tokio::test]
async fn abuse_the_last_admin_locks_everybody_out() {
    let service = Service::start().await;
    let reader = || json!({ "role": "reader" });
    assert_eq!(
        service
            .ada("DELETE", "/user/ada", Value::Null)
            .await
            .status(),
        409
    );
    assert_eq!(
        service
            .ada("PUT", "/user/ada/role", reader())
            .await
            .status(),
        409
    );
    let admin = json!({ "role": "admin" });
    assert_eq!(
        service
            .ada("PUT", "/user/ada/role", admin.clone())
            .await
            .status(),
        204
    );
    service.add_user("bob", Role::Operator).await;
    assert_eq!(
        service
            .ada("DELETE", "/user/ada", Value::Null)
            .await
            .status(),
        409
    );
    service.ada("PUT", "/user/bob/role", admin).await;
    // Two admins who take each other's role at the same moment: one of them stays.
    let (one, other) = tokio::join!(
        service.ada("PUT", "/user/bob/role", reader()),
        service.operator("bob", "PUT", "/user/ada/role", reader()),
    );
    let mut statuses = [one.status(), other.status()];
    statuses.sort_unstable();
    assert!(matches!(statuses, [204, 403 | 409]), "{statuses:?}");
}

#[tokio::test]
async fn abuse_names_passwords_and_roles_that_are_not_possible() {
    let service = Service::start().await;
    let user = |name: &str, role: &str, password: &str| json!({ "name": name, "role": role, "password": password });
    for (body, status) in [
        (user("a:b", "reader", OTHER), 422),
        (user("job/7", "reader", OTHER), 422),
        (user("unix:root", "reader", OTHER), 422),
        (user("", "reader", OTHER), 422),
        (user("eve", "root", OTHER), 422),
        (user("eve", "reader", "short"), 422),
        (user("eve", "reader", "two\nlines of it"), 422),
        (user("eve", "reader", &"x".repeat(1_025)), 400),
        (json!({ "name": "eve", "role": "reader" }), 400),
        (
            json!({ "name": "eve", "role": "reader", "password": OTHER, "admin": true }),
            400,
        ),
    ] {
        let answer = service.ada("POST", "/user", body.clone()).await;
        assert_eq!(answer.status(), status, "{body}");
        assert!(!answer.text().contains("lines of it") && !answer.text().contains("short\""));
    }
    assert!(service.store.user("eve").await.unwrap().is_none());
}
