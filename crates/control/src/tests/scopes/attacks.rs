//! An operator with a scope tries to reach the hosts of others.

use super::fleet::{Fleet, Subject, job, shop};
use crate::domain::audit::tests::ada;
use crate::domain::scope::tests::labelled;
use crate::tests::agents::{Agent, invite, received};
use crate::tests::client::{Answer, basic};
use crate::tests::commands::run;
use crate::tests::service::PASSWORD;
use axum::body::Body;
use axum::http::Request;
use futures_util::stream::once;
use serde_json::{Value, json};
use std::convert::Infallible;

/// What olga gets, without what names the subject.
async fn get(fleet: &Fleet, subject: &Subject, path: &str) -> (u16, String) {
    subject.without_names(&fleet.of("olga", "GET", path, Value::Null).await)
}

#[tokio::test]
async fn abuse_hosts_are_named_by_beginnings_of_ids_names_and_hostnames() {
    let fleet = Fleet::start().await;
    let target = format!("/host/{}/name", fleet.outside.host);
    fleet
        .of("ada", "PUT", &target, json!({ "name": "till" }))
        .await;
    let nowhere = Subject::nowhere();
    for names in [
        |subject: &Subject| subject.host.to_string()[..4].to_owned(),
        |subject: &Subject| subject.host.to_string()[..18].to_owned(),
        |subject: &Subject| subject.host.to_string(),
        |subject: &Subject| subject.hostname.clone(),
    ] {
        for query in ["", "?jobs=true"] {
            let of = |subject: &Subject| format!("/host/named/{}{query}", names(subject));
            let blank = |(status, text): (u16, String), subject: &Subject| {
                (status, text.replace(&names(subject), "NAME"))
            };
            let found = get(&fleet, &fleet.outside, &of(&fleet.outside)).await;
            let expected = get(&fleet, &nowhere, &of(&nowhere)).await;
            assert_eq!(blank(found, &fleet.outside), blank(expected, &nowhere));
        }
    }
    let (status, text) = get(&fleet, &nowhere, "/host/named/till").await;
    assert_eq!(status, 404, "{text}");
}

#[tokio::test]
async fn abuse_jobs_are_reached_by_ids_numbers_and_batches() {
    let fleet = Fleet::start().await;
    let agent = &fleet.agents[1];
    let number = agent.offered(&fleet.service).await;
    assert_ne!(number, 0);
    let nowhere = Subject::nowhere();
    for (path, of_nobody) in [
        (format!("/job/{number}"), "/job/7".to_owned()),
        (
            format!("/job/{}?follow=true", fleet.outside.queued),
            format!("/job/{}?follow=true", nowhere.queued),
        ),
        (
            format!("/job?bid={}", fleet.outside.batch),
            format!("/job?bid={}", nowhere.batch),
        ),
        (
            format!("/job?bid={}", fleet.outside.queued),
            format!("/job?bid={}", nowhere.batch),
        ),
        (
            format!("/job/{}", fleet.outside.batch),
            format!("/job/{}", nowhere.batch),
        ),
    ] {
        let blank = |(status, text): (u16, String)| {
            let digits = |letter: char| letter.is_ascii_digit() || letter.is_ascii_uppercase();
            (status, text.replace(digits, ""))
        };
        let answer = blank(get(&fleet, &fleet.outside, &path).await);
        let expected = blank(get(&fleet, &nowhere, &of_nobody).await);
        assert_eq!((answer.0, &answer), (404, &expected), "{path}");
    }
    let cancel = fleet
        .of("olga", "DELETE", &format!("/job/{number}"), Value::Null)
        .await;
    assert_eq!(cancel.status(), 404);
    agent.ping(&fleet.service, &received(&[number])).await;
    let shown = fleet
        .of("ada", "GET", &format!("/job/{number}"), Value::Null)
        .await;
    assert_eq!(
        shown.json()["status"],
        "received",
        "it goes on, and nobody follows it"
    );
}

#[tokio::test]
async fn abuse_filters_by_place_name_owner_and_label_find_what_is_outside() {
    let fleet = Fleet::start().await;
    for path in [
        "/host?ar=south",
        "/host?selector=other",
        "/host?selector=!os",
        "/host?label=other",
        "/host?removed=true&ar=south",
        "/host?after=1",
        "/job?ar=south",
        "/job?ar=south&log=true",
    ] {
        let list = fleet.of("olga", "GET", path, Value::Null).await;
        assert_eq!((list.status(), list.text()), (200, "[]"), "{path}");
    }
    for path in [
        "/job/batch?name=b",
        "/job/batch?owner=ada",
        "/job/batch?limit=100",
    ] {
        let list = fleet.of("olga", "GET", path, Value::Null).await;
        assert_eq!(list.json().as_array().unwrap().len(), 2, "{path}");
        assert!(!list.text().contains(&fleet.outside.batch), "{path}");
    }
}

#[tokio::test]
async fn abuse_a_job_for_one_host_outside_is_hidden_among_others() {
    let fleet = Fleet::start().await;
    let hosts = [fleet.inside.host, fleet.outside.host];
    let order = json!({ "name": "b", "host_uuid": hosts, "fx_key": "greet" });
    let before = fleet.service.store.newest_audit().await;
    let refused = fleet.of("olga", "POST", "/job", order).await;
    assert_eq!(refused.status(), 422, "{}", refused.text());
    let jobs = fleet.of("ada", "GET", "/job", Value::Null).await.json();
    assert_eq!(jobs.as_array().unwrap().len(), 4, "none was created");
    let change = json!({ "host_uuid": hosts, "add": ["shop"] });
    let refused = fleet.of("olga", "POST", "/host/label", change).await;
    assert_eq!(refused.status(), 404, "{}", refused.text());
    assert_eq!(fleet.service.store.newest_audit().await, before);
}

#[tokio::test]
async fn abuse_a_batch_that_is_partly_outside_is_seen_and_removed_as_a_whole() {
    let fleet = Fleet::start().await;
    let [one, two] = &fleet.agents;
    let batch = run(&fleet.service, &[one, two]).await;
    let list = async |user: &str| {
        let path = format!("/job?bid={batch}");
        fleet
            .of(user, "GET", &path, Value::Null)
            .await
            .json()
            .as_array()
            .unwrap()
            .clone()
    };
    let [own] = &list("olga").await[..] else {
        panic!("not one job");
    };
    assert_eq!(own["hostname"], "inside");
    let cancel = format!("/job/{}", own["job"].as_str().unwrap());
    assert_eq!(
        fleet
            .of("olga", "DELETE", &cancel, Value::Null)
            .await
            .status(),
        200
    );
    let remove = format!("/job/batch/{batch}/remove");
    let removed = fleet.of("olga", "POST", &remove, json!({})).await;
    assert_eq!(removed.json(), json!({ "jobs": 1, "more": false }));
    let again = fleet.of("olga", "POST", &remove, json!({})).await;
    assert_eq!(again.status(), 404, "it has nothing more of olga's");
    let left = list("ada").await;
    assert_eq!((left.len(), &left[0]["hostname"]), (1, &json!("outside")));
}

#[tokio::test]
async fn abuse_hosts_are_relabelled_or_moved_out_of_a_scope_or_into_it() {
    let fleet = Fleet::start().await;
    let label = async |add: &[&str], remove: &[&str]| {
        let body = json!({ "host_uuid": [fleet.inside.host], "add": add, "remove": remove });
        fleet.of("olga", "POST", "/host/label", body).await
    };
    for (add, remove) in [
        (&["canary"][..], &[][..]),
        (&["shop=1"], &[]),
        (&[], &["shop"]),
        (&["edge", "canary=no"], &[]),
        // It could be in the scope of others.
        (&["edge"], &[]),
        (&[], &["os"]),
    ] {
        let refused = label(add, remove).await;
        assert_eq!(refused.status(), 403, "{add:?}: {}", refused.text());
    }
    for (area, labels) in [
        ("south", &["shop"][..]),
        ("north", &["shop", "canary"]),
        ("north", &[]),
        ("", &["shop"]),
    ] {
        let entry = json!({ "host_uuid": fleet.inside.host, "area": area, "label": labels });
        let refused = fleet.of("olga", "PUT", "/admission", json!([entry])).await;
        assert_eq!(
            refused.status(),
            403,
            "{area} {labels:?}: {}",
            refused.text()
        );
    }
    let change = json!({ "host_uuid": [fleet.inside.host], "add": ["edge"] });
    fleet.of("ada", "POST", "/host/label", change).await;
    let token = fleet
        .token("olga", json!({ "scope": { "selector": "edge" } }))
        .await;
    for key in ["edge", "shop"] {
        let body = json!({ "host_uuid": [fleet.inside.host], "remove": [key] });
        let refused = fleet.send(&token, "POST", "/host/label", &body).await;
        assert_eq!(refused.status(), 403, "{key}: {}", refused.text());
    }
}

#[tokio::test]
async fn abuse_an_invitation_leads_to_another_place_or_to_jobs_of_others() {
    let fleet = Fleet::start().await;
    for place in [
        json!({}),
        json!({ "label": ["shop"] }),
        json!({ "label": ["shop"], "area": "south" }),
        json!({ "label": ["shop", "canary"], "area": "north" }),
        json!({ "label": ["shop", "edge"], "area": "north" }),
        json!({ "label": ["shop"], "area": "north", "org": "acme" }),
        json!({ "label": ["Shop"], "area": "north" }),
    ] {
        let refused = fleet.of("olga", "POST", "/enrolment", place.clone()).await;
        assert_eq!(refused.status(), 403, "{place}: {}", refused.text());
    }
    let place = json!({ "label": ["shop"], "area": "north", "uses": 9 });
    let invited = fleet.of("olga", "POST", "/enrolment", place).await.json();
    let code: wire::code::EnrolCode = invited["code"].as_str().unwrap().parse().unwrap();
    let enrol = async |agent: &Agent| {
        let answer = agent
            .enrol(&fleet.service, Some(code.secret.expose()))
            .await;
        (answer.status(), answer.text().to_owned())
    };
    // The id of a removed host is anybody's who has a code, and its jobs are its jobs.
    for subject in [&fleet.outside, &fleet.inside] {
        let target = format!("/host/{}", subject.host);
        fleet.of("ada", "DELETE", &target, Value::Null).await;
    }
    let (status, text) = enrol(&Agent::new("outside")).await;
    assert!(
        status >= 400 && text.contains("may not see"),
        "{status} {text}"
    );
    let waiting = Agent::new("outside");
    assert_eq!(waiting.enrol(&fleet.service, None).await.status(), 202);
    assert!(enrol(&waiting).await.0 >= 400);
    assert_eq!(
        enrol(&Agent::new("inside")).await.0,
        201,
        "it was in the scope"
    );
    assert_eq!(enrol(&Agent::new("new")).await.0, 201);
    let by_ada = invite(&fleet.service, json!({})).await;
    assert_eq!(
        waiting.enrol(&fleet.service, Some(&by_ada)).await.status(),
        201
    );
}

#[tokio::test]
async fn abuse_a_token_is_made_for_more_than_its_user_may() {
    let fleet = Fleet::start().await;
    let everything = fleet.token("olga", json!({ "scope": {} })).await;
    let target = format!("/host/{}", fleet.outside.host);
    let shown = fleet.send(&everything, "GET", &target, &Value::Null).await;
    assert_eq!(shown.status(), 404);
    let of_ada = fleet.token("ada", json!({ "scope": shop() })).await;
    for (who, body) in [
        (&of_ada, json!({ "name": "more" })),
        (
            &Fleet::user("olga"),
            json!({ "name": "more", "user": "ada" }),
        ),
    ] {
        let refused = fleet.send(who, "POST", "/token", &body).await;
        assert_eq!(refused.status(), 403, "{}", refused.text());
    }
    let own = json!({ "selector": "" });
    let refused = fleet.of("anna", "PUT", "/user/anna/scope", own).await;
    assert_eq!(refused.status(), 403);
}

/// Sends a request of a user whose scope changes when the head was accepted.
async fn narrowed_meanwhile(fleet: &Fleet, method: &str, path: &str, body: Value) -> Answer {
    let store = fleet.service.store.clone();
    let late = once(async move {
        store
            .set_scope("olga", &labelled("other"), &ada())
            .await
            .unwrap();
        Ok::<_, Infallible>(body.to_string())
    });
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", basic("olga", PASSWORD));
    fleet
        .service
        .send(request.body(Body::from_stream(late)).unwrap())
        .await
}

#[tokio::test]
async fn abuse_a_request_that_has_begun_goes_on_in_the_scope_from_before() {
    for (method, path, of) in [
        (
            "POST",
            "/job",
            (|subject| json!({ "name": "b", "host_uuid": [subject.host], "fx_key": "greet" }))
                as fn(&Subject) -> Value,
        ),
        (
            "POST",
            "/enrolment",
            |_| json!({ "label": ["shop"], "area": "north" }),
        ),
    ] {
        let fleet = Fleet::start().await;
        let body = of(&fleet.inside);
        let refused = narrowed_meanwhile(&fleet, method, path, body).await;
        assert_eq!(refused.status(), 403, "{path}: {}", refused.text());
        assert!(
            refused.text().contains("another scope meanwhile"),
            "{}",
            refused.text()
        );
        let target = format!("/host/{}", fleet.inside.host);
        let shown = fleet.of("ada", "GET", &target, Value::Null).await.json();
        assert_eq!(shown["label"], json!(["shop", "os=arm"]));
    }
}

/// A user who guesses the key and the body gets no code for hosts outside, nor the id of a batch.
#[tokio::test]
async fn abuse_a_token_repeats_a_request_of_its_user() {
    let fleet = Fleet::start().await;
    let token = fleet.token("ada", json!({ "scope": shop() })).await;
    let hosts = [fleet.outside.host];
    for (path, body) in [
        (
            "/job",
            json!({ "name": "b", "host_uuid": hosts, "fx_key": "greet" }),
        ),
        (
            "/v1/batches",
            json!({ "name": "b", "hosts": hosts, "command": "greet" }),
        ),
        ("/enrolment", json!({ "area": "south" })),
        ("/v1/invitations", json!({ "place": { "area": "south" } })),
    ] {
        let repeat = async |who: &str| {
            let request = Request::post(path).header("authorization", who);
            let request = request.header("idempotency-key", path);
            let request = request.header("content-type", "application/json");
            let body = Body::from(body.to_string());
            fleet.service.send(request.body(body).unwrap()).await
        };
        let first = repeat(&Fleet::user("ada")).await;
        assert_eq!(first.status(), 201, "{path}: {}", first.text());
        let refused = repeat(&token).await;
        assert!(
            refused.status.is_client_error(),
            "{path}: {}",
            refused.text()
        );
    }
}

#[tokio::test]
async fn abuse_a_repeated_request_reaches_hosts_of_before() {
    let fleet = Fleet::start().await;
    let (_, queued) = job(&fleet.service, &fleet.agents[0]).await;
    let path = format!("/job/{queued}");
    assert_eq!(
        fleet.of("olga", "GET", &path, Value::Null).await.status(),
        200
    );
    let store = &fleet.service.store;
    store
        .set_scope("olga", &labelled("other"), &ada())
        .await
        .unwrap();
    assert_eq!(
        fleet.of("olga", "GET", &path, Value::Null).await.status(),
        404
    );
    assert_eq!(
        fleet
            .of("olga", "DELETE", &path, Value::Null)
            .await
            .status(),
        404
    );
}
