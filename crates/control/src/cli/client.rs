//! Calls to a running service.

pub(super) use super::connection::Connection;
use super::failure::Failure;
use super::tls_files::cas_of_context;
use super::{explain, output, retry};
use api::ErrorBody;
use dial::EnvironmentProxy;
use rustls::pki_types::CertificateDer;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, Response, StatusCode, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body};
use wire::command::Secret;

/// How long a call may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The limits of resolving a name, and then of connecting to one of its addresses.
const CONNECT: Duration = Duration::from_secs(25);

/// The largest answer: a page of a list, or one long log.
const LARGEST: u64 = 256 * 1024 * 1024;

/// How many entries a page of a list has.
const PAGE: usize = 1_000;

/// A user's connection to the service.
pub(super) struct Client {
    agent: Agent,
    base: String,
    /// The proxy on the way, in words.
    proxy: Option<String>,
    /// Who signs in, in words.
    user: String,
    authorization: Secret,
    /// How to sign in anew, if the token of a context is no longer accepted.
    anew: Option<String>,
}

impl Client {
    /// Prepares to call an address with what signs a user in; nothing is sent yet. `ca` is the
    /// text of a CA file.
    ///
    /// # Errors
    /// What is wrong with the CA, or a proxy.
    pub(super) fn new(
        url: &str,
        ca: Option<&str>,
        authorization: Secret,
        user: &str,
    ) -> Result<Self, Failure> {
        let roots = ca.map(cas_of_context).transpose()?;
        Self::with(url, roots, authorization, user, PATIENCE)
    }

    pub(super) fn with(
        base: &str,
        roots: Option<Vec<CertificateDer<'static>>>,
        authorization: Secret,
        user: &str,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let proxy = proxy(base)?;
        Ok(Self {
            agent: agent(roots, proxy.as_ref(), patience),
            base: base.to_owned(),
            proxy: proxy.map(|named| named.to_string()),
            user: user.to_owned(),
            authorization,
            anew: None,
        })
    }

    /// As it is, but if its token is refused, says that this signs in anew.
    pub(super) fn renewed_by(mut self, command: String) -> Self {
        self.anew = Some(command);
        self
    }
}

/// The proxy on the way to an address of the form `https://HOST[:PORT]`.
fn proxy(base: &str) -> Result<Option<EnvironmentProxy>, Failure> {
    let uri: Uri = base
        .parse()
        .map_err(|_| Failure::Usage(format!("{base} is no address")))?;
    let host = uri.host().unwrap_or_default();
    EnvironmentProxy::to(host, uri.port_u16().unwrap_or(443))
        .map_err(|error| Failure::Usage(error.to_string()))
}

fn agent(
    roots: Option<Vec<CertificateDer<'static>>>,
    proxy: Option<&EnvironmentProxy>,
    patience: Duration,
) -> Agent {
    let roots = match roots {
        Some(cas) => {
            let owned = |der: &CertificateDer<'_>| Certificate::from_der(der).to_owned();
            RootCerts::Specific(Arc::new(cas.iter().map(owned).collect()))
        }
        None => RootCerts::PlatformVerifier,
    };
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .proxy(proxy.map(|named| named.proxy()))
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_global(Some(patience))
        .build();
    let connector = dial::connector().chain(RustlsConnector::default());
    Agent::with_parts(config, connector, dial::Names)
}

impl Client {
    /// `HOST:PORT` of the service, as packages of its registry are named.
    pub(super) fn authority(&self) -> &str {
        self.base.strip_prefix("https://").unwrap_or(&self.base)
    }

    /// `GET`, answered with JSON.
    pub(super) fn get(&self, path: &str) -> Result<Value, Failure> {
        json(&self.get_whole(path)?.1)
    }

    /// `GET` of a list, page by page to its end.
    pub(super) fn list_of<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        self.list(path)?.into_iter().map(read).collect()
    }

    /// As [`Client::list_of`], with each entry as the service wrote it.
    pub(super) fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut next = Some(format!("{path}{joint}limit={PAGE}"));
        let mut all = Vec::new();
        while let Some(path) = next {
            let (page, link) = self.page(&path)?;
            all.extend(page);
            next = link;
        }
        Ok(all)
    }

    /// A page of a list, and where the next one is.
    pub(super) fn page(&self, path: &str) -> Result<(Vec<Value>, Option<String>), Failure> {
        let (headers, text) = self.get_whole(path)?;
        let link = headers.get("link").and_then(|link| link.to_str().ok());
        match json(&text)? {
            Value::Array(page) => Ok((page, link.and_then(next_of))),
            _ => Err(Failure::Refused(format!(
                "the service's answer to {path} is not a list"
            ))),
        }
    }

    fn get_whole(&self, path: &str) -> Result<(HeaderMap, String), Failure> {
        self.call("GET", path, |url, authorization| {
            let request = self.agent.get(url);
            request.header("Authorization", authorization).call()
        })
    }

    /// `DELETE`.
    pub(super) fn delete(&self, path: &str) -> Result<String, Failure> {
        let answer = self.call("DELETE", path, |url, authorization| {
            let request = self.agent.delete(url);
            request.header("Authorization", authorization).call()
        });
        Ok(answer?.1)
    }

    /// `PUT` of JSON.
    pub(super) fn put(&self, path: &str, body: &Value) -> Result<String, Failure> {
        let answer = self.call("PUT", path, |url, authorization| {
            let request = self.agent.put(url);
            request
                .header("Authorization", authorization)
                .send_json(body)
        });
        Ok(answer?.1)
    }

    /// `POST` of JSON.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<String, Failure> {
        let answer = self.call("POST", path, |url, authorization| {
            let request = self.agent.post(url);
            request
                .header("Authorization", authorization)
                .send_json(body)
        });
        Ok(answer?.1)
    }

    /// `POST` of JSON that creates something, with an idempotency key: if the answer is lost,
    /// the call is repeated and creates nothing twice.
    pub(super) fn create(&self, path: &str, body: &Value, key: &str) -> Result<String, Failure> {
        retry::until_answered(|| {
            let answer = self.call("POST", path, |url, authorization| {
                let request = self.agent.post(url).header("Authorization", authorization);
                request.header("Idempotency-Key", key).send_json(body)
            });
            Ok(answer?.1)
        })
    }

    /// Makes a call with the address and what signs in, and reads its answer.
    fn call(
        &self,
        method: &str,
        path: &str,
        send: impl FnOnce(&str, &str) -> Result<Response<Body>, ureq::Error>,
    ) -> Result<(HeaderMap, String), Failure> {
        let (begun, url) = (Instant::now(), format!("{}{path}", self.base));
        let answer = self.read_whole(send(&url, self.authorization.expose()));
        output::detail(format_args!(
            "{method} {url} as {}: {} after {} ms",
            self.user,
            if answer.is_ok() { "done" } else { "failed" },
            begun.elapsed().as_millis()
        ));
        answer
    }

    fn read_whole(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<(HeaderMap, String), Failure> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_string()
            .map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            status if status.is_success() => Ok((answer.into_parts().0.headers, text)),
            StatusCode::UNAUTHORIZED if self.anew.is_some() => Err(Failure::Denied(format!(
                "{} did not accept the token of this context: it has expired or was removed; log in again: `{}`",
                self.base,
                self.anew.as_deref().unwrap_or_default()
            ))),
            StatusCode::UNAUTHORIZED if self.authorization.expose().starts_with("Bearer ") => {
                Err(Failure::Denied(format!(
                    "{} did not accept the API token: it has expired or was removed, see `pilotctl token ls`",
                    self.base
                )))
            }
            StatusCode::UNAUTHORIZED => Err(Failure::Denied(format!(
                "{} did not accept the user's name and password: check PILOTCTL_USER and the password, \
                 and on its machine `pilotctl user ls`",
                self.base
            ))),
            status => Err(Failure::Refused(refusal(status, &text))),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let why = explain::call(error, self.proxy.as_deref());
        let text = format!("{}: {why}", self.base);
        match explain::may_have_arrived(error) {
            true => Failure::Lost(text),
            false => Failure::Unreachable(text),
        }
    }
}

/// The next page in a `Link` (RFC 8288).
fn next_of(link: &str) -> Option<String> {
    let (target, parameters) = link.strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.contains("rel=\"next\"") && target.starts_with('/');
    is_next.then(|| target.to_owned())
}

/// An answer as JSON.
pub(super) fn json(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Refused(format!("the service's answer is not JSON: {error}")))
}

/// A part of an answer, as a type. Members that this version does not know are passed over.
pub(super) fn read<T: DeserializeOwned>(json: Value) -> Result<T, Failure> {
    serde_json::from_value(json)
        .map_err(|error| Failure::Refused(format!("the service's answer cannot be read: {error}")))
}

/// The reason for a refusal in an answer.
fn refusal(status: StatusCode, text: &str) -> String {
    let body = serde_json::from_str::<ErrorBody>(text).unwrap_or_default();
    match body.error {
        reason if reason.is_empty() => format!("the service answered {status}"),
        reason => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_names_the_next_page() {
        let next = next_of("</job?limit=2&after=7>; rel=\"next\"");
        assert_eq!(next.as_deref(), Some("/job?limit=2&after=7"));
        for other in ["", "</job>; rel=\"prev\"", "<https://x/job>; rel=\"next\""] {
            assert_eq!(next_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_reason_of_the_service_is_repeated() {
        let refused = refusal(StatusCode::CONFLICT, r#"{"error":"it is there"}"#);
        assert_eq!(refused, "it is there");
        assert!(refusal(StatusCode::BAD_GATEWAY, "<html>").contains("502"));
    }
}
