//! An agent, as the service sees it.

use super::client::Answer;
use super::service::Service;
use crate::clock::unix_now;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use wire::answer;
use wire::envelope::{Envelope, Signed};
use wire::ping::{JobResult, Ping, Status};
use wire::token::{self, Token};
use wire::{HostId, HostKey};

/// A host with a key and a counter.
pub(super) struct Agent {
    pub(super) host: HostId,
    pub(super) key: HostKey,
    pub(super) nonce: [u8; 16],
    n: AtomicU64,
}

impl Agent {
    /// A host that has not enrolled yet.
    pub(super) fn new(name: &str) -> Self {
        Self {
            host: HostId::derive(name, "", b""),
            key: HostKey::new(crate::random::bytes()),
            nonce: crate::random::bytes(),
            n: AtomicU64::new(0),
        }
    }

    /// The same host with another key, and a higher sequence number.
    pub(super) fn with_key(&self, key: HostKey) -> Self {
        Self {
            host: self.host,
            key,
            nonce: self.nonce,
            n: AtomicU64::new(self.next() + 100),
        }
    }

    /// A host that enrolled with a code.
    pub(super) async fn enrolled(service: &Service, name: &str) -> Self {
        let agent = Self::new(name);
        let code = invite(service, json!({})).await;
        assert_eq!(agent.enrol(service, Some(&code)).await.status(), 201);
        agent
    }

    pub(super) async fn enrol(&self, service: &Service, code: Option<&str>) -> Answer {
        self.enrol_with(service, code, self.facts()).await
    }

    pub(super) async fn enrol_with(
        &self,
        service: &Service,
        code: Option<&str>,
        facts: Value,
    ) -> Answer {
        let mut body = json!({
            "host": self.host,
            "key": self.key,
            "nonce": wire::encoding::base64(&self.nonce),
            "facts": facts,
        });
        if let Some(code) = code {
            body["code"] = code.into();
        }
        let request = Request::post("/enrol").body(Body::from(body.to_string()));
        service.send(request.unwrap()).await
    }

    pub(super) fn facts(&self) -> Value {
        json!({
            "hostname": "web", "host_ip": "192.0.2.9", "machine_id": self.host, "os": "linux",
            "platform": "debian, debian, 12", "virtual": true, "total_memory": 2.0, "cpus": 2,
            "mac_address": ["02:00:00:00:00:01"], "version": "0.1.0",
        })
    }

    /// Takes the next sequence number.
    pub(super) fn next(&self) -> u64 {
        self.n.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// A request with a token of `unix` and `n`.
    pub(super) fn request(&self, target: &str, body: &[u8], unix: u64, n: u64) -> Request<Body> {
        let covered = token::Request {
            method: "POST",
            target,
            body,
        };
        let token = Token::new(&self.key, self.host, unix, n, &covered);
        Request::post(target)
            .header("authorization", token.to_string())
            .body(Body::from(body.to_vec()))
            .unwrap()
    }

    /// Sends a request with a valid token and checks the MAC of the answer.
    pub(super) async fn post(&self, service: &Service, target: &str, body: Value) -> (u64, Answer) {
        let body = match body {
            Value::Null => Vec::new(),
            json => json.to_string().into_bytes(),
        };
        let n = self.next();
        let answer = service
            .send(self.request(target, &body, unix_now(), n))
            .await;
        assert!(self.authenticates(n, &answer), "{answer:?}");
        (n, answer)
    }

    /// Whether the answer to request `n` has a valid MAC.
    pub(super) fn authenticates(&self, n: u64, answer: &Answer) -> bool {
        let expected = answer::Answer {
            host: self.host,
            n,
            status: answer.status(),
            body: &answer.body,
        };
        let header = answer.headers.get("pilot-answer");
        header.is_some_and(|header| {
            expected
                .open(&self.key, header.to_str().unwrap())
                .is_some_and(|time| time.abs_diff(unix_now()) < 10)
        })
    }

    /// Pings and opens the envelope of the answer, if it has one.
    pub(super) async fn ping(&self, service: &Service, ping: &Ping) -> Option<Envelope> {
        let body = serde_json::to_value(ping).unwrap();
        let (n, answer) = self.post(service, "/ping", body).await;
        self.open(service, n, &answer)
    }

    /// Opens the envelope of an answer to ping `n`, if there is one.
    pub(super) fn open(&self, service: &Service, n: u64, answer: &Answer) -> Option<Envelope> {
        if answer.status() == 204 {
            assert!(answer.body.is_empty());
            return None;
        }
        assert_eq!(answer.status(), 201, "{}", answer.text());
        let verify = |message: &[u8], signature: &[u8]| {
            let verified = service.job_key.verify(message, signature, unix_now());
            verified.map(|_| ())
        };
        let envelope = Signed::parse(&answer.body).unwrap().open(verify).unwrap();
        assert_eq!((envelope.host, envelope.n), (Some(self.host), Some(n)));
        Some(envelope)
    }

    /// Sends an idle ping; returns the id of the offered job, or 0.
    pub(super) async fn offered(&self, service: &Service) -> i64 {
        let envelope = self.ping(service, &Ping::default()).await;
        envelope.map_or(0, |envelope| envelope.value.job_id)
    }
}

/// Creates an invitation and returns the secret of its code, as `pilot enrol` sends it.
pub(super) async fn invite(service: &Service, options: Value) -> String {
    let answer = service.ada("POST", "/enrolment", options).await;
    assert_eq!(answer.status(), 201, "{}", answer.text());
    let code: wire::code::EnrolCode = answer.json()["code"].as_str().unwrap().parse().unwrap();
    code.secret.expose().to_owned()
}

/// A ping of a host that holds jobs.
pub(super) fn received(jobs: &[i64]) -> Ping {
    Ping {
        result: None,
        received: jobs.to_vec(),
        ..Ping::default()
    }
}

/// A ping that reports a job that succeeded.
pub(super) fn succeeded(job: i64, log: &str) -> Ping {
    let result = JobResult {
        job_id: job,
        success: true,
        log: log.into(),
        err: String::new(),
        time: "2026-01-01T00:00:00Z".into(),
        status: Some(Status::Succeeded),
        phase: None,
        exit_code: Some(0),
        signal: None,
        start: None,
        end: None,
        milliseconds: Some(5),
        preparation: None,
        cut: 0,
        containment: None,
        survivors: Vec::new(),
    };
    Ping {
        result: Some(result),
        received: Vec::new(),
        ..Ping::default()
    }
}
