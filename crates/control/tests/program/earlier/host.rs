//! A host, played by the test: its id and key follow from its name.

use lab::rest::client;
use serde_json::{Value, json};
use std::cell::Cell;
use std::path::Path;
use wire::labelled::sha256;
use wire::ping::{JobResult, Ping, Status};
use wire::token::{self, Token};
use wire::{HostId, HostKey};

pub(super) struct Host {
    pub(super) id: HostId,
    pub(super) key: HostKey,
    name: String,
    agent: ureq::Agent,
    url: String,
    n: Cell<u64>,
}

/// The key of a host, or the one that it has made to replace it.
fn key(of: &str) -> HostKey {
    HostKey::new(sha256(of.as_bytes()))
}

impl Host {
    /// The host of a name, which has used numbers up to `n`.
    pub(super) fn new(name: &str, url: &str, ca: &Path, n: u64) -> Self {
        Self {
            id: HostId::derive(name, "", b""),
            key: key(name),
            name: name.to_owned(),
            agent: client(ca),
            url: url.to_owned(),
            n: Cell::new(n),
        }
    }

    /// The key that it has made to replace its own.
    pub(super) fn next_key(&self) -> HostKey {
        key(&format!("next of {}", self.name))
    }

    pub(super) fn facts(&self) -> Value {
        json!({
            "hostname": self.name, "host_ip": "192.0.2.9", "machine_id": self.id, "os": "linux",
            "platform": "debian, debian, 12", "virtual": true, "total_memory": 2.0, "cpus": 2,
            "mac_address": ["02:00:00:00:00:01"], "version": "0.1.0",
        })
    }

    /// Asks to enrol, and returns the status of the answer.
    pub(super) fn enrol(&self, code: Option<&str>) -> u16 {
        let mut body = json!({
            "host": self.id, "key": self.key, "nonce": wire::encoding::base64(&[0; 16]),
            "facts": self.facts(),
        });
        if let Some(code) = code {
            let code: wire::code::EnrolCode = code.parse().unwrap();
            body["code"] = code.secret.expose().into();
        }
        let request = self.agent.post(format!("{}/enrol", self.url));
        request.send(body.to_string()).unwrap().status().as_u16()
    }

    /// Sends a request under its next number; returns status and body.
    pub(super) fn post(&self, target: &str, body: &Value) -> (u16, Value) {
        self.n.set(self.n.get() + 1);
        self.post_as(self.n.get(), target, body)
    }

    /// The same under this number.
    pub(super) fn post_as(&self, n: u64, target: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let covered = token::Request {
            method: "POST",
            target,
            body: body.as_bytes(),
        };
        let token = Token::new(&self.key, self.id, crate::fixture::now(), n, &covered);
        let request = self.agent.post(format!("{}{target}", self.url));
        let request = request.header("authorization", token.to_string());
        let mut answer = request.send(body).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (answer.status().as_u16(), json)
    }

    /// Pings; returns the envelope of the answer, or null.
    pub(super) fn ping(&self, ping: &Ping) -> Value {
        let (status, body) = self.post("/ping", &json!(ping));
        assert!(
            matches!(status, 201 | 204),
            "{}: {status} {body}",
            self.name
        );
        body.get("envelope").cloned().unwrap_or_default()
    }

    /// Pings, and returns the job that it is offered.
    pub(super) fn offered(&self) -> i64 {
        let envelope = self.ping(&Ping::default());
        envelope["value"]["job_id"].as_i64().expect("a job")
    }

    /// Reports that it holds a job.
    pub(super) fn receive(&self, job: i64) -> Value {
        self.ping(&holds(job))
    }

    /// Reports how a job ended.
    pub(super) fn end(&self, job: i64, exit_code: i32, log: &str) {
        self.ping(&Ping {
            result: Some(result(job, exit_code, log)),
            ..Ping::default()
        });
    }
}

/// A ping of a host that holds a job.
pub(super) fn holds(job: i64) -> Ping {
    Ping {
        received: vec![job],
        ..Ping::default()
    }
}

fn result(job_id: i64, exit_code: i32, log: &str) -> JobResult {
    let success = exit_code == 0;
    JobResult {
        job_id,
        success,
        log: log.into(),
        err: String::new(),
        time: "2026-11-26T12:00:01Z".into(),
        status: Some(if success {
            Status::Succeeded
        } else {
            Status::Failed
        }),
        phase: None,
        exit_code: Some(exit_code),
        signal: None,
        start: Some("2026-11-26T12:00:00Z".into()),
        end: Some("2026-11-26T12:00:01Z".into()),
        milliseconds: Some(12),
        preparation: None,
        cut: 0,
        containment: None,
        survivors: Vec::new(),
    }
}
