//! Commands, and the jobs that are refused because of them.

use super::agents::Agent;
use super::registry::Package;
use super::service::Service;
use serde_json::{Value, json};

/// A command that can run, once [`Package::new`] is pushed.
pub(super) fn greet() -> Value {
    json!({
        "key": "greet", "description": "says hello", "package": "registry.example/ops/hello:1",
        "function": "greet", "user": "reader", "pwd": "hunter2", "verbose": false, "containerised": false,
        "input": {
            "var": [{ "name": "NAME", "value": "world" }],
            "secret": [{ "name": "TOKEN", "value": "s3cret" }],
        },
    })
}

/// Pushes the package and defines the command.
pub(super) async fn prepare(service: &Service) {
    let package = Package::new("r1").serial(5);
    assert_eq!(
        package
            .push(service, "/package/ops/hello/tag/1")
            .await
            .status(),
        201
    );
    assert_eq!(service.ada("PUT", "/cmd", greet()).await.status(), 201);
}

/// Asks hosts to run the command; returns the batch's id.
pub(super) async fn run(service: &Service, hosts: &[&Agent]) -> String {
    let hosts: Vec<_> = hosts.iter().map(|agent| agent.host).collect();
    let answer = service
        .ada(
            "POST",
            "/job",
            json!({ "name": "b", "host_uuid": hosts, "fx_key": "greet", "fx_version": 1 }),
        )
        .await;
    assert_eq!(answer.status(), 201, "{}", answer.text());
    answer.text().to_owned()
}

/// A service with a command, and a host to run it.
pub(super) async fn ready() -> (Service, Agent) {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    (service, agent)
}

/// The same, with a job that was offered.
pub(super) async fn with_job() -> (Service, Agent, i64) {
    let (service, agent) = ready().await;
    run(&service, &[&agent]).await;
    let id = agent.offered(&service).await;
    (service, agent, id)
}

/// Cancels a job.
pub(super) async fn cancel(service: &Service, id: i64) {
    let target = format!("/job/{id}");
    let answer = service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(answer.status(), 202);
}

#[tokio::test]
async fn secrets_go_in_and_never_come_out() {
    let service = Service::start().await;
    assert_eq!(service.ada("PUT", "/cmd", greet()).await.status(), 201);
    for target in ["/cmd", "/cmd/greet"] {
        let answer = service.ada("GET", target, Value::Null).await;
        assert!(answer.text().contains("***") && answer.text().contains("world"));
        assert!(!answer.text().contains("hunter2") && !answer.text().contains("s3cret"));
    }
}

#[tokio::test]
async fn what_was_masked_can_be_sent_back() {
    let service = Service::start().await;
    service.ada("PUT", "/cmd", greet()).await;
    let mut shown = service.ada("GET", "/cmd/greet", Value::Null).await.json();
    shown["description"] = "changed".into();
    assert_eq!(service.ada("PUT", "/cmd", shown).await.status(), 200);
    let stored = service.store.command("greet").await.unwrap().unwrap();
    assert_eq!(
        (stored.pwd.expose(), stored.description.as_str()),
        ("hunter2", "changed")
    );
    let mut unknown = greet();
    (unknown["key"], unknown["pwd"]) = ("other".into(), "***".into());
    assert_eq!(service.ada("PUT", "/cmd", unknown).await.status(), 422);
}

#[tokio::test]
async fn a_command_can_be_removed() {
    let service = Service::start().await;
    service.ada("PUT", "/cmd", greet()).await;
    assert_eq!(
        service
            .ada("DELETE", "/cmd/greet", Value::Null)
            .await
            .status(),
        204
    );
    assert_eq!(
        service.ada("GET", "/cmd/greet", Value::Null).await.status(),
        404
    );
}

#[tokio::test]
async fn a_job_that_cannot_run_is_refused_with_the_reason() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    prepare(&service).await;
    let stranger = Agent::new("stranger").host;
    let ask = |hosts: Value, key: &str| json!({ "name": "b", "host_uuid": hosts, "fx_key": key });
    let with = |member: &str, value: Value| {
        let mut command = greet();
        (command["key"], command[member]) = ("changed".into(), value);
        command
    };
    let no_secret = json!({ "var": [{ "name": "NAME", "value": "x" }] });
    for (change, hosts, word) in [
        (None, json!([]), "no host"),
        (
            None,
            json!([agent.host, stranger]),
            stranger.to_string().as_str(),
        ),
        (
            Some(with("package", "r.io/ops/nothing".into())),
            json!([agent.host]),
            "ops/nothing:latest",
        ),
        (
            Some(with("function", "wave".into())),
            json!([agent.host]),
            "wave",
        ),
        (Some(with("input", no_secret)), json!([agent.host]), "TOKEN"),
    ] {
        let key = if change.is_some() { "changed" } else { "greet" };
        if let Some(command) = change {
            assert!(
                service
                    .ada("PUT", "/cmd", command)
                    .await
                    .status
                    .is_success()
            );
        }
        let answer = service.ada("POST", "/job", ask(hosts, key)).await;
        assert_eq!(answer.status(), 422, "{word}");
        assert!(answer.text().contains(word), "{}", answer.text());
    }
    let unknown = service
        .ada("POST", "/job", ask(json!([agent.host]), "nothing"))
        .await;
    assert!(unknown.status() == 422 && unknown.text().contains("nothing"));
    assert_eq!(
        service.ada("GET", "/job", Value::Null).await.json(),
        json!([])
    );
}
