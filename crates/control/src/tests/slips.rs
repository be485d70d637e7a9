//! A request with a misspelt name is refused, with the name.

use super::agents::Agent;
use super::commands::{greet, prepare};
use super::service::Service;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

#[tokio::test]
async fn a_misspelt_parameter_does_not_list_everything() {
    let service = Service::start().await;
    for (target, expected) in [
        ("/host?lable=ship", "did you mean label?"),
        ("/host?label=a&label=b", "given twice"),
        ("/job?bidd=7", "did you mean bid?"),
        ("/job/batch?nmae=x", "did you mean name?"),
        ("/cmd?key=greet", "known are limit, after"),
        ("/user?limt=5", "did you mean limit?"),
        ("/repository?name=x", "known are limit, after"),
        ("/key-list?x", "takes none"),
        ("/package/seal/ops/hello/r1?x", "takes none"),
    ] {
        let answer = service.ada("GET", target, Value::Null).await;
        assert_eq!(answer.status(), 400, "{target}");
        assert!(
            answer.text().contains(expected),
            "{target}: {}",
            answer.text()
        );
    }
    // The requests of existing clients.
    for target in [
        "/host?og=&or=&ar=&lo=&label=a|b",
        "/job?bid=0&og=&or=&ar=&lo=",
        "/job/batch?name=&owner=&label=&from=&to=",
    ] {
        let target = target.replace('|', "%7C");
        assert_eq!(
            service.ada("GET", &target, Value::Null).await.status(),
            200,
            "{target}"
        );
    }
}

#[tokio::test]
async fn open_routes_for_people_refuse_parameters() {
    let service = Service::start().await;
    let ask = |target: &'static str| {
        let request = Request::get(target).body(Body::empty()).unwrap();
        service.send(request)
    };
    let refused = ask("/pub?format=pem").await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().contains("takes none"), "{}", refused.text());
    assert_eq!(ask("/pub").await.status(), 200);
    assert_eq!(ask("/?probe=1&probe=2").await.status(), 200);
    let agent = Agent::enrolled(&service, "a").await;
    let (n, answer) = agent.post(&service, "/ping?newer=1", Value::Null).await;
    assert!(
        agent.authenticates(n, &answer) && answer.status() == 204,
        "{}",
        answer.text()
    );
    let (n, answer) = agent.post(&service, "/register?newer", agent.facts()).await;
    assert!(
        agent.authenticates(n, &answer) && answer.status() == 201,
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn a_misspelt_member_of_a_body_is_refused() {
    let service = Service::start().await;
    prepare(&service).await;
    let mut command = greet();
    command["tiemout"] = 5.into();
    let host = "3f2b8c1e-7d64-8a90-b1c2-d3e4f5061728";
    let job = json!({ "name": "b", "host_uuid": [host], "fx_key": "greet", "lable": [] });
    let admission = json!([{ "host_uuid": host, "aera": "x" }]);
    for (method, target, body, expected) in [
        ("PUT", "/cmd", command, "did you mean timeout?"),
        ("POST", "/job", job, "did you mean label?"),
        ("PUT", "/admission", admission, "did you mean area?"),
        (
            "POST",
            "/enrolment",
            json!({ "expire": 60 }),
            "did you mean expires?",
        ),
        (
            "PUT",
            "/key-list",
            json!({ "lists": "" }),
            "did you mean list?",
        ),
    ] {
        let answer = service.ada(method, target, body).await;
        assert_eq!(answer.status(), 400, "{target}");
        assert!(
            answer.text().contains(expected),
            "{target}: {}",
            answer.text()
        );
    }
}
