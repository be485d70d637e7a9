//! What a scope matches: only what an operator set.

use super::fleet::{Fleet, shop};
use crate::domain::scope::Scope;
use crate::domain::user::Role;
use crate::tests::agents::Agent;
use serde_json::{Value, json};

async fn seen(fleet: &Fleet, user: &str) -> Vec<String> {
    let hosts = fleet
        .of(user, "GET", "/host?removed=true", Value::Null)
        .await;
    let hosts = hosts.json();
    let hosts = hosts.as_array().unwrap().iter();
    hosts
        .map(|host| host["hostname"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn abuse_a_host_that_waits_is_in_a_scope_that_asks_only_for_what_it_lacks() {
    let fleet = Fleet::start().await;
    let lacks = api::Scope {
        selector: "!canary,!other".into(),
        ..api::Scope::default()
    };
    let scope = Scope::of(&lacks).unwrap();
    fleet
        .service
        .add_narrowed("bob", Role::Operator, scope)
        .await;
    let pending = Agent::new("pending");
    let mut facts = pending.facts();
    facts["hostname"] = "pending".into();
    pending.enrol_with(&fleet.service, None, facts).await;
    assert_eq!(seen(&fleet, "bob").await, ["inside"]);
    let target = format!("/host/{}", pending.host);
    for (method, path, body, status) in [
        ("GET", target.clone(), Value::Null, 404),
        ("DELETE", target.clone(), Value::Null, 404),
        ("GET", "/host/named/pending".into(), Value::Null, 404),
        (
            "PUT",
            "/admission".into(),
            json!([{ "host_uuid": pending.host }]),
            422,
        ),
        (
            "POST",
            "/host/label".into(),
            json!({ "host_uuid": [pending.host], "add": ["x"] }),
            404,
        ),
    ] {
        let refused = fleet.of("bob", method, &path, body).await;
        assert_eq!(
            refused.status(),
            status,
            "{method} {path}: {}",
            refused.text()
        );
    }
    let admission = json!([{ "host_uuid": pending.host }]);
    fleet.of("ada", "PUT", "/admission", admission).await;
    assert_eq!(seen(&fleet, "bob").await, ["inside", "pending"]);
}

#[tokio::test]
async fn a_host_that_was_removed_stays_in_its_scope() {
    let fleet = Fleet::start().await;
    let target = format!("/host/{}", fleet.inside.host);
    assert_eq!(
        fleet
            .of("olga", "DELETE", &target, Value::Null)
            .await
            .status(),
        204
    );
    assert_eq!(seen(&fleet, "olga").await, ["inside"]);
    let job = format!("/job/{}", fleet.inside.ended);
    assert_eq!(
        fleet.of("olga", "GET", &job, Value::Null).await.status(),
        200
    );
}

#[tokio::test]
async fn a_host_is_relabelled_into_a_scope_and_out_of_it() {
    let fleet = Fleet::start().await;
    let change = json!({ "host_uuid": [fleet.inside.host], "add": ["canary"] });
    assert_eq!(
        fleet
            .of("ada", "POST", "/host/label", change)
            .await
            .status(),
        200
    );
    assert!(seen(&fleet, "olga").await.is_empty());
    let job = format!("/job/{}", fleet.inside.queued);
    assert_eq!(
        fleet.of("olga", "GET", &job, Value::Null).await.status(),
        404
    );
    let admission =
        json!([{ "host_uuid": fleet.outside.host, "label": ["shop"], "area": "north" }]);
    fleet.of("ada", "PUT", "/admission", admission).await;
    assert_eq!(seen(&fleet, "olga").await, ["outside"]);
}

#[tokio::test]
async fn who_has_a_scope_invites_into_it() {
    let fleet = Fleet::start().await;
    let place = json!({ "label": ["shop"], "area": "north" });
    let invited = fleet.of("olga", "POST", "/enrolment", place).await;
    assert_eq!(invited.status(), 201, "{}", invited.text());
    let code: wire::code::EnrolCode = invited.json()["code"].as_str().unwrap().parse().unwrap();
    let agent = Agent::new("third");
    let enrolled = agent
        .enrol(&fleet.service, Some(code.secret.expose()))
        .await;
    assert_eq!(enrolled.status(), 201);
    assert_eq!(seen(&fleet, "olga").await.len(), 2);
    assert_eq!(shop().area, "north");
}
