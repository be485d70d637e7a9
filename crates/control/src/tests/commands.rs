//! Commands, and the jobs that are refused because of them.

use super::agents::Agent;
use super::registry::Package;
use super::service::Service;
use serde_json::{Value, json};

/// A command that can run when [`Package::new`] has been pushed.
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
    prepare_with(service, &Package::new("r1").serial(5)).await;
}

/// The same with another package.
pub(super) async fn prepare_with(service: &Service, package: &Package) {
    assert_eq!(
        package
            .push(service, "/package/ops/hello/tag/1")
            .await
            .status(),
        201
    );
    assert_eq!(service.ada("PUT", "/cmd", greet()).await.status(), 201);
}

/// Runs the command on hosts; returns the id of the batch.
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

/// The same with an offered job.
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
async fn secrets_are_never_shown() {
    let service = Service::start().await;
    assert_eq!(service.ada("PUT", "/cmd", greet()).await.status(), 201);
    for target in ["/cmd", "/cmd/greet"] {
        let answer = service.ada("GET", target, Value::Null).await;
        assert!(answer.text().contains("***") && answer.text().contains("world"));
        assert!(!answer.text().contains("hunter2") && !answer.text().contains("s3cret"));
    }
}

#[tokio::test]
async fn masked_secrets_can_be_sent_back() {
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

/// A command with these inputs.
fn greet_with(function: &str, vars: Value, secrets: Value) -> Value {
    let mut command = greet();
    command["function"] = function.into();
    command["input"] = json!({ "var": vars, "secret": secrets });
    command
}

/// Commands that do not fit the function of [`Package::new`], with a part of the error.
fn misfits() -> [(Value, &'static str); 7] {
    let name = json!([{ "name": "NAME", "value": "x" }]);
    let token = json!([{ "name": "TOKEN", "value": "t" }]);
    let misspelt = json!([{ "name": "NMAE", "value": "x" }]);
    let twice = json!([{ "name": "NAME", "value": "x" }, { "name": "NAME", "value": "y" }]);
    let empty = json!([{ "name": "NAME", "value": "" }]);
    let count = json!([{ "name": "NAME", "value": "x" }, { "name": "COUNT", "value": "abc" }]);
    [
        (greet_with("wave", name.clone(), token.clone()), "wave"),
        (greet_with("greet", name, json!([])), "needs TOKEN"),
        (
            greet_with("greet", misspelt, token.clone()),
            "did you mean NAME?",
        ),
        (
            greet_with("greet", twice, token.clone()),
            "NAME is given twice",
        ),
        (greet_with("greet", empty, token.clone()), "needs NAME"),
        (greet_with("greet", json!([]), token.clone()), "needs NAME"),
        (greet_with("greet", count, token), "a whole number as COUNT"),
    ]
}

#[tokio::test]
async fn undeclared_inputs_are_refused_when_the_command_is_stored() {
    let service = Service::start().await;
    prepare(&service).await;
    for (command, error) in misfits() {
        let answer = service.ada("PUT", "/cmd", command).await;
        assert_eq!(answer.status(), 422, "{error}");
        assert!(answer.text().contains(error), "{}", answer.text());
    }
    let stored = service.store.command("greet").await.unwrap().unwrap();
    assert_eq!(stored.input.unwrap().var[0].value.as_deref(), Some("world"));
}

#[tokio::test]
async fn inputs_are_checked_when_jobs_are_created() {
    let service = Service::start().await;
    let agent = Agent::enrolled(&service, "a").await;
    // The package is not in the registry yet.
    for (index, (mut command, error)) in misfits().into_iter().enumerate() {
        command["key"] = format!("c{index}").into();
        let status = service.ada("PUT", "/cmd", command).await.status();
        assert_eq!(
            status,
            if error.contains("twice") { 422 } else { 201 },
            "{error}"
        );
    }
    prepare(&service).await;
    for (index, (_, error)) in misfits().into_iter().enumerate() {
        let request =
            json!({ "name": "b", "host_uuid": [agent.host], "fx_key": format!("c{index}") });
        let answer = service.ada("POST", "/job", request).await;
        assert_eq!(answer.status(), 422, "{error}");
        assert!(
            error.contains("twice") || answer.text().contains(error),
            "{}",
            answer.text()
        );
    }
    assert_eq!(
        service.ada("GET", "/job", Value::Null).await.json(),
        json!([])
    );
}

#[tokio::test]
async fn abuse_a_stored_password_is_sent_to_another_registry() {
    let service = Service::start().await;
    service.ada("PUT", "/cmd", greet()).await;
    let mut shown = service.ada("GET", "/cmd/greet", Value::Null).await.json();
    shown["package"] = "registry.evil/ops/hello:1".into();
    let refused = service.ada("PUT", "/cmd", shown.clone()).await;
    assert_eq!(refused.status(), 422);
    assert!(
        refused.text().contains("registry.example"),
        "{}",
        refused.text()
    );
    // If only the password is new, the secret of the function would still be sent there.
    shown["pwd"] = "another".into();
    assert_eq!(
        service.ada("PUT", "/cmd", shown.clone()).await.status(),
        422
    );
    shown["input"]["secret"][0]["value"] = "another".into();
    assert_eq!(service.ada("PUT", "/cmd", shown).await.status(), 200);
}
