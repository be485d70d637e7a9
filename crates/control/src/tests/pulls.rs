//! A job pulls its package with a token of its own.

use super::agents::{Agent, succeeded};
use super::client::{Answer, basic};
use super::commands::{greet, prepare, run};
use super::registry::{Package, by_digest};
use super::service::{PASSWORD, Service};
use crate::domain::own_names::tests::own_names;
use crate::domain::user::Role;
use crate::http;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tokio::sync::watch;
use wire::command::Command;
use wire::ping::Ping;

const TARGET: &str = "/package/ops/hello/tag/1";

/// A control that the registry of [`greet`] is, and a command without registry credentials.
async fn start() -> Service {
    let names = own_names(None, &["registry.example"]);
    let service = Service::start_with(|config| config.names = watch::channel(names).1).await;
    prepare(&service).await;
    let mut command = greet();
    (command["user"], command["pwd"]) = ("".into(), "".into());
    assert_eq!(service.ada("PUT", "/cmd", command).await.status(), 200);
    service
}

/// A job that was offered to its host, and what the host got.
async fn offered(service: &Service, agent: &Agent) -> Command {
    run(service, &[agent]).await;
    let envelope = agent.ping(service, &Ping::default()).await.unwrap();
    envelope.value
}

/// A host with a job that it was offered.
async fn with_job() -> (Service, Agent, Command) {
    let service = start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let job = offered(&service, &agent).await;
    (service, agent, job)
}

async fn call(service: &Service, method: &str, target: &str, user: &str, token: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", basic(user, token));
    service.send(request.body(Body::empty()).unwrap()).await
}

/// A pull with what a job was given.
async fn pull(service: &Service, job: &Command, target: &str) -> Answer {
    call(service, "GET", target, &job.user, job.pwd.expose()).await
}

/// All that a runner of this version or of an earlier one asks for.
fn targets(package: &Package) -> [String; 5] {
    [
        by_digest("1", package),
        "/package/archive/ops/hello/r1".into(),
        "/package/seal/ops/hello/r1".into(),
        "/package/manifest/ops/hello/1".into(),
        "/package/digest/ops/hello/1".into(),
    ]
}

/// What a stranger hears; a job whose token is not accepted hears the same.
async fn assert_refused(service: &Service, answer: &Answer, what: &str) {
    let stranger = call(service, "GET", "/repository", "job/1", "x").await;
    assert_eq!(answer.status(), 401, "{what}: {}", answer.text());
    assert_eq!(answer.text(), stranger.text(), "{what}");
    assert_eq!(answer.headers, stranger.headers, "{what}");
}

#[tokio::test]
async fn a_job_without_credentials_pulls_its_package_until_it_has_ended() {
    let (service, agent, job) = with_job().await;
    let package = Package::new("r1").serial(5);
    assert_eq!(job.user, format!("job/{}", job.job_id));
    for target in targets(&package) {
        let answer = pull(&service, &job, &target).await;
        assert_eq!(answer.status(), 200, "{target}: {}", answer.text());
    }
    let archive = pull(&service, &job, "/package/archive/ops/hello/r1").await;
    assert_eq!(archive.body, package.archive);
    // It is offered until it is received, with the same token.
    let again = agent.ping(&service, &Ping::default()).await.unwrap();
    assert_eq!(again.value, job);
    let shown = format!("/job/{}", job.job_id);
    let shown = service.ada("GET", &shown, Value::Null).await;
    assert_eq!(shown.json()["command"]["user"], "");
    assert!(!shown.text().contains(job.pwd.expose()));

    agent.ping(&service, &succeeded(job.job_id, "")).await;
    for target in targets(&package) {
        let answer = pull(&service, &job, &target).await;
        assert_refused(&service, &answer, &target).await;
    }
}

/// Queued jobs pull what they were made with; the tag leads elsewhere meanwhile.
#[tokio::test]
async fn a_job_pulls_its_digest_when_its_tag_has_moved_or_is_gone() {
    let (service, _, job) = with_job().await;
    let (old, new) = (Package::new("r1").serial(5), Package::new("r2").serial(6));
    assert_eq!(new.push(&service, TARGET).await.status(), 201);
    for _ in 0..2 {
        let seal = pull(&service, &job, &by_digest("1", &old)).await;
        assert_eq!(seal.body, old.seal.print().unwrap());
        let manifest = pull(&service, &job, "/package/manifest/ops/hello/1").await;
        assert_refused(&service, &manifest, "the tag").await;
        service.ada("DELETE", TARGET, Value::Null).await;
    }
    let archive = pull(&service, &job, "/package/archive/ops/hello/r1").await;
    assert_eq!(archive.status(), 200);
}

#[tokio::test]
async fn abuse_a_job_pulls_other_packages() {
    let (service, _, job) = with_job().await;
    let (newer, other) = (Package::new("r2").serial(6), Package::new("r1").serial(7));
    assert_eq!(newer.push(&service, TARGET).await.status(), 201);
    let elsewhere = "/package/ops/other/tag/1";
    assert_eq!(other.push(&service, elsewhere).await.status(), 201);
    for target in [
        by_digest("1", &newer),
        by_digest("1", &Package::new("r3")),
        by_digest("1", &other).replace("hello", "other"),
        "/package/archive/ops/hello/r2".into(),
        "/package/archive/ops/hello/r3".into(),
        "/package/archive/ops/other/r1".into(),
        "/package/seal/ops/hello/r2".into(),
        "/package/manifest/ops/hello/1".into(),
        "/package/manifest/ops/hello/2".into(),
        "/package/digest/ops/other/1".into(),
    ] {
        let answer = pull(&service, &job, &target).await;
        assert_refused(&service, &answer, &target).await;
    }
}

#[tokio::test]
async fn abuse_the_token_of_a_job_opens_no_other_route() {
    let (service, _, job) = with_job().await;
    let package = Package::new("r1").serial(5);
    for route in http::routes().list() {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if route.is_open {
                continue;
            }
            let path = route.path.replace("{group}", "ops");
            let path = path.replace("{name}", "hello").replace("{tag}", "1");
            let path = path.replace("{ref}", "r1").replace(['{', '}'], "");
            let answer = call(&service, method, &path, &job.user, job.pwd.expose()).await;
            let is_own = method == "GET" && targets(&package).contains(&path);
            let expected = if is_own { 200 } else { 401 };
            assert_eq!(answer.status(), expected, "{method} {path}");
        }
    }
    let users = service.ada("GET", "/user", Value::Null).await;
    assert_eq!(users.status(), 200, "its own user is not throttled");
}

#[tokio::test]
async fn abuse_tokens_of_other_jobs_and_hosts() {
    let (service, agent, job) = with_job().await;
    let target = "/package/archive/ops/hello/r1";
    let other = Agent::enrolled(&service, "b").await;
    let others = offered(&service, &other).await;
    let queued = run(&service, &[&agent]).await;
    let list = format!("/job?bid={queued}");
    let list = service.ada("GET", &list, Value::Null).await.json();
    let queued = format!("job/{}", list[0]["job"].as_str().unwrap());
    let (own, foreign) = (job.pwd.expose(), others.pwd.expose());
    for (user, token) in [
        (&*job.user, foreign),
        (&*others.user, own),
        (&*queued, own),
        ("job/1", own),
        ("job/", own),
        ("job/x", own),
        (&*format!("{} ", job.user), own),
        (&*job.user, ""),
        (&*job.user, PASSWORD),
        (&*job.user, &own[1..]),
    ] {
        let answer = call(&service, "GET", target, user, token).await;
        assert_refused(&service, &answer, user).await;
    }
    for job in [&job, &others] {
        assert_eq!(pull(&service, job, target).await.status(), 200);
    }
}

#[tokio::test]
async fn abuse_a_disabled_or_removed_host_pulls_with_the_token_of_its_job() {
    let (service, agent, job) = with_job().await;
    let target = "/package/archive/ops/hello/r1";
    let host = format!("/host/{}", agent.host);
    for (what, status) in [("disable", 401), ("enable", 200)] {
        let decided = format!("{host}/{what}");
        let decided = service.ada("POST", &decided, json!({})).await;
        assert_eq!(decided.status(), 204);
        assert_eq!(pull(&service, &job, target).await.status(), status);
    }
    assert_eq!(
        service.ada("DELETE", &host, Value::Null).await.status(),
        204
    );
    let answer = pull(&service, &job, target).await;
    assert_refused(&service, &answer, "removed").await;
}

/// A hostile or outdated host must not lock out the hosts and users behind the same address.
#[tokio::test]
async fn abuse_a_flood_of_wrong_tokens_of_jobs() {
    let (service, _, job) = with_job().await;
    let target = "/package/archive/ops/hello/r1";
    for _ in 0..200 {
        let answer = call(&service, "GET", target, &job.user, "wrong").await;
        assert_eq!(answer.status(), 401);
    }
    assert_eq!(pull(&service, &job, target).await.status(), 200);
    service.add_user("bob", Role::Reader).await;
    let bob = service.operator("bob", "GET", target, Value::Null).await;
    assert_eq!(bob.status(), 200);
    let counted = "pilotctl_authentication_failures_total{kind=\"job\"} 200";
    assert!(service.metrics().contains(counted), "{}", service.metrics());
}

#[tokio::test]
async fn the_credentials_of_a_command_and_other_registries_get_no_token() {
    let service = start().await;
    let agent = Agent::enrolled(&service, "a").await;
    let mut elsewhere = greet();
    elsewhere["package"] = "mirror.example/ops/hello:1".into();
    (elsewhere["user"], elsewhere["pwd"]) = ("".into(), "".into());
    for (command, user, password) in [(greet(), "reader", "hunter2"), (elsewhere, "", "")] {
        assert_eq!(service.ada("PUT", "/cmd", command).await.status(), 200);
        let job = offered(&service, &agent).await;
        assert_eq!((&*job.user, job.pwd.expose()), (user, password));
        agent.ping(&service, &succeeded(job.job_id, "")).await;
    }
}
