//! The operator's side: plain HTTP calls, each shown as the curl line that
//! does the same.

use super::folder::Folder;
use base64::Engine as _;
use release::failure::{Context, Result, failed};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::WithBody;
use ureq::{Agent, Body, RequestBuilder};

/// Calls to a control service on this machine are quick or stuck.
const CALL_LIMIT: Duration = Duration::from_secs(20);

/// The file that tells curl about CA, user and password.
const CURL_SETTINGS: &str = "curl.conf";

/// Who posts jobs, and how control is reached.
pub(super) struct Operator {
    http: Agent,
    url: String,
    authorization: String,
}

impl Operator {
    /// An operator of the control service at `url`, whose certificate `ca`
    /// vouches for. Leaves a file in the folder that tells curl the same.
    ///
    /// # Errors
    /// When the CA's file cannot be read or curl's not be written.
    pub(super) fn new(
        folder: &Folder,
        url: &str,
        ca: &Path,
        user: &str,
        password: &str,
    ) -> Result<Self> {
        let settings = format!("cacert = \"tls/ca.pem\"\nuser = \"{user}:{password}\"\n");
        folder.write(CURL_SETTINGS, &settings)?;
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

    /// Puts a JSON document, which is left in `file` for curl.
    ///
    /// # Errors
    /// When control cannot be reached or does not accept it.
    pub(super) fn put(&self, folder: &Folder, path: &str, file: &str, body: &Value) -> Result<()> {
        self.show("PUT", path, Some(file));
        let request = self.http.put(format!("{}{path}", self.url));
        self.send(request, folder, path, file, body).map(drop)
    }

    /// Posts a JSON document, which is left in `file` for curl.
    ///
    /// # Errors
    /// As [`Operator::put`].
    pub(super) fn post(
        &self,
        folder: &Folder,
        path: &str,
        file: &str,
        body: &Value,
    ) -> Result<String> {
        self.show("POST", path, Some(file));
        let request = self.http.post(format!("{}{path}", self.url));
        self.send(request, folder, path, file, body)
    }

    fn send(
        &self,
        request: RequestBuilder<WithBody>,
        folder: &Folder,
        path: &str,
        file: &str,
        body: &Value,
    ) -> Result<String> {
        let text = body.to_string();
        folder.write(file, &text)?;
        let request = request.header("Authorization", &self.authorization);
        finish(path, request.send(&text))
    }

    /// Gets a JSON document.
    ///
    /// # Errors
    /// As [`Operator::put`], or when the answer is not JSON.
    pub(super) fn get(&self, path: &str) -> Result<Value> {
        self.show("GET", path, None);
        let request = self.http.get(format!("{}{path}", self.url));
        let answer = request.header("Authorization", &self.authorization).call();
        serde_json::from_str(&finish(path, answer)?).context(format!("the answer to GET {path}"))
    }

    /// Prints the curl line, to be run in the demo's folder. The body, which
    /// may hold secrets, and the password are in files.
    fn show(&self, method: &str, path: &str, file: Option<&str>) {
        let url = &self.url;
        match file {
            Some(file) => {
                println!("       $ curl -K {CURL_SETTINGS} -X {method} -d @{file} '{url}{path}'");
            }
            None => println!("       $ curl -K {CURL_SETTINGS} '{url}{path}'"),
        }
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
