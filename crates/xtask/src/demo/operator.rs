//! The operator's side: plain HTTP calls, each shown as the curl line that
//! does the same.

use super::folder::Folder;
use crate::failure::{Context, Result, failed};
use base64::Engine as _;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// Calls to a control service on this machine are quick or stuck.
const CALL_LIMIT: Duration = Duration::from_secs(20);

/// Who posts jobs, and how control is reached.
pub(super) struct Operator {
    http: Agent,
    url: String,
    authorization: String,
}

impl Operator {
    /// An operator of the control service at `url`, whose certificate `ca`
    /// vouches for. Leaves a netrc file for curl in the folder.
    ///
    /// # Errors
    /// When the CA's file cannot be read or the netrc file not be written.
    pub(super) fn new(
        folder: &Folder,
        url: &str,
        ca: &Path,
        user: &str,
        password: &str,
    ) -> Result<Self> {
        folder.write(
            "netrc",
            &format!("default login {user} password {password}\n"),
        )?;
        let pem = std::fs::read(ca).context(ca.display())?;
        let certificate = Certificate::from_pem(&pem).context(ca.display())?;
        let credentials =
            base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Ok(Self {
            http: agent(certificate),
            url: url.to_owned(),
            authorization: format!("Basic {credentials}"),
        })
    }

    /// Puts a JSON document.
    ///
    /// # Errors
    /// When control cannot be reached or does not accept it.
    pub(super) fn put(&self, folder: &Folder, path: &str, body: &Value) -> Result<String> {
        let file = self.show(folder, "PUT", path, Some(body))?;
        let request = self.http.put(format!("{}{path}", self.url));
        let request = request.header("Authorization", &self.authorization);
        finish(path, request.content_type("application/json").send(&file))
    }

    /// Posts a JSON document.
    ///
    /// # Errors
    /// As [`Operator::put`].
    pub(super) fn post(&self, folder: &Folder, path: &str, body: &Value) -> Result<String> {
        let file = self.show(folder, "POST", path, Some(body))?;
        let request = self.http.post(format!("{}{path}", self.url));
        let request = request.header("Authorization", &self.authorization);
        finish(path, request.content_type("application/json").send(&file))
    }

    /// Gets a JSON document.
    ///
    /// # Errors
    /// As [`Operator::put`], or when the answer is not JSON.
    pub(super) fn get(&self, folder: &Folder, path: &str) -> Result<Value> {
        self.show(folder, "GET", path, None)?;
        let request = self.http.get(format!("{}{path}", self.url));
        let answer = request.header("Authorization", &self.authorization).call();
        serde_json::from_str(&finish(path, answer)?).context(format!("the answer to GET {path}"))
    }

    /// Prints the curl line; the body, which may hold secrets, goes into a
    /// file for it, and is returned.
    fn show(
        &self,
        folder: &Folder,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<String> {
        let root = folder.root().display();
        let url = &self.url;
        print!("      $ curl --cacert {root}/tls/ca.pem --netrc-file {root}/netrc");
        let Some(body) = body else {
            println!(" '{url}{path}'");
            return Ok(String::new());
        };
        let name = format!("{}.json", path.trim_matches('/'));
        let text = body.to_string();
        let file = folder.write(&name, &text)?;
        println!(
            " -X {method} -H 'Content-Type: application/json' --data @{} '{url}{path}'",
            file.display()
        );
        Ok(text)
    }
}

fn agent(certificate: Certificate<'static>) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[certificate]))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(CALL_LIMIT))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}

fn finish(path: &str, answer: std::result::Result<Response<Body>, ureq::Error>) -> Result<String> {
    let mut answer = answer.context(path)?;
    let status = answer.status();
    let text = answer.body_mut().read_to_string().context(path)?;
    if status.is_success() {
        Ok(text)
    } else {
        failed(format!("{path}: {status}: {text}"))
    }
}
