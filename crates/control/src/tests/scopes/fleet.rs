//! A service with hosts and jobs in a scope and outside of it, and users who have that scope.

use crate::clock::unix_now;
use crate::domain::scope::Scope;
use crate::domain::user::Role;
use crate::tests::agents::{Agent, invite};
use crate::tests::client::{Answer, basic};
use crate::tests::commands::{prepare, run};
use crate::tests::service::{PASSWORD, Service};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use wire::HostId;

/// The hosts that the scope has.
pub(super) fn shop() -> api::Scope {
    api::Scope {
        selector: "shop,!canary".into(),
        area: "north".into(),
        ..api::Scope::default()
    }
}

/// A host with jobs, or one that does not exist.
pub(super) struct Subject {
    pub(super) host: HostId,
    pub(super) hostname: String,
    /// A job that waits.
    pub(super) queued: String,
    /// A job that has ended.
    pub(super) ended: String,
    /// Their batches.
    pub(super) batch: String,
    pub(super) ended_batch: String,
}

impl Subject {
    /// One that control has never heard of.
    pub(super) fn nowhere() -> Self {
        let id = |number: i64| (unix_now().cast_signed() * 1_000_000 + number).to_string();
        Self {
            host: HostId::derive("nowhere", "", b""),
            hostname: "nowhere".into(),
            queued: id(1),
            ended: id(2),
            batch: id(3),
            ended_batch: id(4),
        }
    }

    /// An answer without what names this subject.
    pub(super) fn without_names(&self, answer: &Answer) -> (u16, String) {
        let mut text = answer.text().to_owned();
        for (name, stands_for) in [
            (&*self.host.to_string(), "HOST"),
            (&self.hostname, "NAME"),
            (&self.queued, "JOB"),
            (&self.ended, "JOB"),
            (&self.batch, "BATCH"),
            (&self.ended_batch, "BATCH"),
        ] {
            text = text.replace(name, stands_for);
        }
        (answer.status(), text)
    }
}

/// A service with hosts, and users with a scope: anna (admin), olga (operator), rita (reader). Ada
/// has none.
pub(super) struct Fleet {
    pub(super) service: Service,
    pub(super) inside: Subject,
    pub(super) outside: Subject,
    pub(super) agents: [Agent; 2],
}

impl Fleet {
    pub(super) async fn start() -> Self {
        let service = Service::start().await;
        prepare(&service).await;
        let place = json!({ "area": "north", "label": ["shop", "os=arm"] });
        let (inside, one) = subject(&service, "inside", place).await;
        let place = json!({ "area": "south", "label": ["shop", "other"] });
        let (outside, two) = subject(&service, "outside", place).await;
        let scope = Scope::of(&shop()).unwrap();
        for (name, role) in [
            ("anna", Role::Admin),
            ("olga", Role::Operator),
            ("rita", Role::Reader),
        ] {
            service.add_narrowed(name, role, scope.clone()).await;
        }
        Self {
            service,
            inside,
            outside,
            agents: [one, two],
        }
    }

    /// The authorization of a user by the password.
    pub(super) fn user(name: &str) -> String {
        basic(name, PASSWORD)
    }

    /// The authorization by a token of a user.
    pub(super) async fn token(&self, user: &str, mut new: Value) -> String {
        if new["name"].is_null() {
            new["name"] = "ci".into();
        }
        let issued = self.service.operator(user, "POST", "/token", new).await;
        assert_eq!(issued.status(), 201, "{}", issued.text());
        format!("Bearer {}", issued.json()["token"].as_str().unwrap())
    }

    /// Sends a request.
    pub(super) async fn send(&self, who: &str, method: &str, path: &str, body: &Value) -> Answer {
        let body = match body {
            Value::Null => Body::empty(),
            json => Body::from(json.to_string()),
        };
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        let request = request.header("authorization", who).body(body);
        self.service.send(request.unwrap()).await
    }

    /// Sends a request of a user.
    pub(super) async fn of(&self, name: &str, method: &str, path: &str, body: Value) -> Answer {
        self.send(&Self::user(name), method, path, &body).await
    }
}

async fn subject(service: &Service, name: &str, place: Value) -> (Subject, Agent) {
    let (agent, code) = (Agent::new(name), invite(service, place).await);
    let mut facts = agent.facts();
    facts["hostname"] = name.into();
    let enrolled = agent.enrol_with(service, Some(&code), facts).await;
    assert_eq!(enrolled.status(), 201, "{}", enrolled.text());
    let (ended_batch, ended) = job(service, &agent).await;
    let target = format!("/job/{ended}");
    let cancelled = service.ada("DELETE", &target, Value::Null).await;
    assert_eq!(cancelled.status(), 200);
    let (batch, queued) = job(service, &agent).await;
    let subject = Subject {
        host: agent.host,
        hostname: name.into(),
        queued,
        ended,
        batch,
        ended_batch,
    };
    (subject, agent)
}

/// A batch of one job, and the job.
pub(super) async fn job(service: &Service, agent: &Agent) -> (String, String) {
    let batch = run(service, &[agent]).await;
    let target = format!("/job?bid={batch}");
    let jobs = service.ada("GET", &target, Value::Null).await.json();
    (batch, jobs[0]["job"].as_str().unwrap().to_owned())
}
