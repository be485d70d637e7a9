//! Plain HTTP calls, as an operator makes them with curl.

use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Request, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use wire::encoding::base64;

pub struct Rest {
    agent: Agent,
    url: String,
    authorization: String,
}

impl Rest {
    pub fn new(url: &str, ca: &Path, user: &str, password: &str) -> Self {
        let authorization = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
        Self {
            agent: client(ca),
            url: url.to_owned(),
            authorization,
        }
    }

    pub fn get(&self, path: &str) -> Value {
        let request = self
            .agent
            .get(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization);
        let mut response = request.call().unwrap();
        assert_eq!(response.status(), 200, "GET {path}");
        serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
    }

    pub fn put(&self, path: &str, body: &Value) {
        self.send("PUT", path, body);
    }

    pub fn post(&self, path: &str, body: &Value) -> String {
        self.send("POST", path, body)
    }

    /// Puts what is refused, and returns why.
    pub fn put_in_vain(&self, path: &str, body: &Value) -> String {
        let (status, text) = self.answer("PUT", path, body);
        assert!(status.is_client_error(), "PUT {path}: {status} {text}");
        text
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> String {
        let (status, text) = self.answer(method, path, body);
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        text
    }

    fn answer(&self, method: &str, path: &str, body: &Value) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization)
            .header("Content-Type", "application/json");
        let mut response = self
            .agent
            .run(request.body(body.to_string()).unwrap())
            .unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status(), text)
    }

    pub fn delete(&self, path: &str) -> u16 {
        let request = self
            .agent
            .delete(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization);
        request.call().unwrap().status().as_u16()
    }
}

/// An HTTP client that trusts one CA and reports every status as an answer.
pub fn client(ca: &Path) -> Agent {
    let pem = std::fs::read(ca).unwrap();
    let roots: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item.unwrap() {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)))
        .proxy(None)
        .build()
        .into()
}
