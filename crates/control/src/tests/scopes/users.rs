//! Giving scopes to users and tokens.

use super::fleet::{Fleet, shop};
use crate::domain::audit::tests::ada;
use crate::domain::scope::Scope;
use crate::domain::scope::tests::labelled;
use crate::domain::user::Role;
use crate::store::UserChange;
use serde_json::{Value, json};

#[tokio::test]
async fn a_user_is_narrowed_and_widened_at_once() {
    let fleet = Fleet::start().await;
    let hosts = async || fleet.of("bob", "GET", "/host", Value::Null).await.json();
    let user =
        json!({ "name": "bob", "role": "operator", "password": "correct horse", "scope": shop() });
    let added = fleet.of("ada", "POST", "/user", user).await;
    assert_eq!(added.status(), 201, "{}", added.text());
    let listed = fleet.of("ada", "GET", "/user", Value::Null).await.json();
    assert_eq!(listed[0], json!({ "name": "ada", "role": "admin" }));
    assert_eq!(listed[2]["scope"], json!(shop()));
    assert_eq!(hosts().await.as_array().unwrap().len(), 1);
    let set = async |scope: Value| {
        let set = fleet.of("ada", "PUT", "/user/bob/scope", scope).await;
        assert_eq!(set.status(), 204, "{}", set.text());
    };
    set(json!({})).await;
    assert_eq!(hosts().await.as_array().unwrap().len(), 2);
    set(json!({ "selector": "other" })).await;
    assert_eq!(hosts().await[0]["hostname"], "outside");
    for (scope, status) in [
        (json!({ "selector": "Shop" }), 422),
        (json!({ "selector": "self/x" }), 422),
        (json!({ "labels": "shop" }), 400),
    ] {
        let refused = fleet.of("ada", "PUT", "/user/bob/scope", scope).await;
        assert_eq!(refused.status(), status, "{}", refused.text());
    }
    let nobody = fleet
        .of("ada", "PUT", "/user/nobody/scope", json!({}))
        .await;
    assert_eq!(nobody.status(), 404);
}

#[tokio::test]
async fn the_last_admin_for_all_hosts_stays_one() {
    let fleet = Fleet::start().await;
    let store = &fleet.service.store;
    let narrowed = store.set_scope("ada", &labelled("shop"), &ada()).await;
    assert_eq!(
        narrowed.unwrap(),
        UserChange::LastAdmin,
        "anna manages nobody"
    );
    let removed = store.remove_user("ada", &ada()).await;
    assert_eq!(removed.unwrap(), UserChange::LastAdmin);
    let all = store.set_scope("anna", &Scope::everything(), &ada()).await;
    assert_eq!(all.unwrap(), UserChange::Done);
    let narrowed = store.set_scope("ada", &labelled("shop"), &ada()).await;
    assert_eq!(narrowed.unwrap(), UserChange::Done);
    let reader = store.set_role("anna", Role::Reader, &ada()).await;
    assert_eq!(reader.unwrap(), UserChange::LastAdmin);
}

#[tokio::test]
async fn a_token_is_narrowed_to_what_it_and_its_user_have() {
    let fleet = Fleet::start().await;
    for (name, user, scope, expected) in [
        ("a", "ada", json!({}), 2),
        ("b", "ada", json!({ "selector": "shop" }), 2),
        ("c", "ada", json!({ "area": "south" }), 1),
        ("d", "olga", json!({}), 1),
        ("e", "olga", json!({ "selector": "os=arm" }), 1),
        ("f", "olga", json!({ "area": "south" }), 0),
    ] {
        let new = json!({ "name": name, "scope": scope });
        let token = fleet.token(user, new).await;
        let hosts = fleet
            .send(&token, "GET", "/host", &Value::Null)
            .await
            .json();
        assert_eq!(hosts.as_array().unwrap().len(), expected, "{user} {scope}");
    }
    let listed = fleet
        .of("ada", "GET", "/token?user=ada", Value::Null)
        .await
        .json();
    assert!(listed[0]["scope"].is_null());
    assert_eq!(listed[2]["scope"], json!({ "area": "south" }));
    for (user, may) in [("ada", "push"), ("ada", "audit"), ("olga", "push")] {
        let scope = match user {
            "ada" => json!(shop()),
            _ => json!({}),
        };
        let new = json!({ "name": "x", "may": [may], "scope": scope });
        let refused = fleet.of(user, "POST", "/token", new).await;
        assert_eq!(refused.status(), 422, "{user} {may}: {}", refused.text());
    }
}

#[tokio::test]
async fn a_token_deploys_to_its_hosts() {
    let fleet = Fleet::start().await;
    let new = json!({ "may": ["run:greet"], "scope": shop() });
    let token = fleet.token("ada", new).await;
    for (host, status) in [(fleet.inside.host, 201), (fleet.outside.host, 422)] {
        let order = json!({ "name": "b", "host_uuid": [host], "fx_key": "greet" });
        let answer = fleet.send(&token, "POST", "/job", &order).await;
        assert_eq!(answer.status(), status, "{}", answer.text());
    }
}

#[tokio::test]
async fn abuse_a_damaged_scope_is_taken_for_that_of_all_hosts() {
    let fleet = Fleet::start().await;
    let damage = "UPDATE operator SET scope = '[]' WHERE name = 'olga'";
    fleet.service.store.change(damage).await;
    let refused = fleet.of("olga", "GET", "/host", Value::Null).await;
    assert_eq!(refused.status(), 500, "{}", refused.text());
}
