//! Talking to a running service.

use super::failure::Failure;
use super::{password, table};
use serde_json::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::{Response, StatusCode};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};
use wire::command::Secret;
use wire::encoding::base64;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest answer that is read: ten thousand jobs, or one long log.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Where the service is and who calls.
#[derive(clap::Args)]
pub(super) struct Connection {
    /// Address of the service
    #[arg(long, env = "PILOTCTL_URL", value_name = "URL")]
    url: Option<String>,
    /// User to sign in as
    #[arg(long, env = "PILOTCTL_USER", value_name = "NAME")]
    user: Option<String>,
    /// File with the user's password in its first line (else PILOTCTL_PASSWORD)
    #[arg(long, env = "PILOTCTL_PASSWORD_FILE", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// CA of the service (PEM), in place of the system's
    #[arg(long, env = "PILOTCTL_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A user's connection to the service.
pub(super) struct Client {
    agent: Agent,
    base: String,
    authorization: Secret,
}

impl Connection {
    /// Prepares to call; nothing is sent yet.
    ///
    /// # Errors
    /// Says which setting is missing or wrong.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let url = set(
            self.url.as_deref(),
            "no service: set PILOTCTL_URL, or give --url https://host:port",
        )?;
        if !url.starts_with("https://") {
            return Err(Failure::Usage(format!(
                "{url}: the address has to begin with https://"
            )));
        }
        let user = set(
            self.user.as_deref(),
            "no user: set PILOTCTL_USER, or give --user",
        )?;
        let password = self.password()?;
        let pair = Secret::new(format!("{user}:{}", password.expose()));
        Ok(Client {
            agent: agent(self.ca_file.as_deref())?,
            base: url.trim_end_matches('/').to_owned(),
            authorization: Secret::new(format!("Basic {}", base64(pair.expose().as_bytes()))),
        })
    }

    fn password(&self) -> Result<Secret, Failure> {
        match (&self.password_file, std::env::var("PILOTCTL_PASSWORD")) {
            (Some(path), _) => password::from_file(path),
            (None, Ok(password)) => Ok(Secret::new(password)),
            (None, Err(_)) => Err(Failure::Usage(
                "no password: set PILOTCTL_PASSWORD_FILE or PILOTCTL_PASSWORD".into(),
            )),
        }
    }
}

fn set<'a>(value: Option<&'a str>, what_to_do: &str) -> Result<&'a str, Failure> {
    value.ok_or_else(|| Failure::Usage(what_to_do.into()))
}

fn agent(ca_file: Option<&Path>) -> Result<Agent, Failure> {
    let roots = match ca_file {
        Some(path) => RootCerts::Specific(Arc::new(certificates(path)?)),
        None => RootCerts::PlatformVerifier,
    };
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .build();
    Ok(config.new_agent())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let pem = std::fs::read(path).map_err(|error| Failure::file(path, error))?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(Failure::Usage(format!(
            "{} holds no certificate in PEM",
            path.display()
        )));
    }
    Ok(certificates)
}

impl Client {
    /// `GET`, answered with JSON.
    pub(super) fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = self.agent.get(self.url(path));
        let answer = request
            .header("Authorization", self.authorization.expose())
            .call();
        json(&self.read(answer)?)
    }

    /// `DELETE`.
    pub(super) fn delete(&self, path: &str) -> Result<String, Failure> {
        let request = self.agent.delete(self.url(path));
        let answer = request
            .header("Authorization", self.authorization.expose())
            .call();
        self.read(answer)
    }

    /// `PUT` of JSON.
    pub(super) fn put(&self, path: &str, body: &Value) -> Result<String, Failure> {
        let request = self.agent.put(self.url(path));
        let answer = request
            .header("Authorization", self.authorization.expose())
            .send_json(body);
        self.read(answer)
    }

    /// `POST` of JSON.
    pub(super) fn post(&self, path: &str, body: &Value) -> Result<String, Failure> {
        let request = self.agent.post(self.url(path));
        let answer = request
            .header("Authorization", self.authorization.expose())
            .send_json(body);
        self.read(answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn read(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<String, Failure> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_string()
            .map_err(|error| self.unreachable(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(text),
            StatusCode::UNAUTHORIZED => Err(Failure::Denied(format!(
                "{} did not accept the user's name and password: check PILOTCTL_USER and the password, \
                 and on its machine `pilotctl user ls`",
                self.base
            ))),
            status => Err(Failure::Refused(told(status, &text))),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        Failure::Unreachable(format!("{}: {}", self.base, explained(error)))
    }
}

/// What broke off a call, and what can be done about it.
fn explained(error: &ureq::Error) -> String {
    let ureq::Error::Io(error) = error else {
        return error.to_string();
    };
    let advice = match error.kind() {
        ErrorKind::ConnectionRefused => " (is `pilotctl serve` running there?)",
        ErrorKind::InvalidData => {
            " (PILOTCTL_CA_FILE has to name the CA that issued its certificate)"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

/// Text as one segment of a path (RFC 3986, section 2.1).
pub(super) fn segment(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

/// JSON of an answer.
pub(super) fn json(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::Refused(format!("the service's answer is not JSON: {error}")))
}

/// What the service says about a refusal.
fn told(status: StatusCode, text: &str) -> String {
    let error = serde_json::from_str::<Value>(text).unwrap_or_default();
    match table::text(&error, "error") {
        told if told.is_empty() => format!("the service answered {status}"),
        told => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_one_segment_of_the_path() {
        assert_eq!(segment("disk-usage_1.0"), "disk-usage_1.0");
        assert_eq!(segment("a b/c?é"), "a%20b%2Fc%3F%C3%A9");
    }

    #[test]
    fn who_cannot_get_there_is_told_what_to_look_at() {
        let told = |kind: ErrorKind| explained(&ureq::Error::Io(kind.into()));
        assert!(told(ErrorKind::ConnectionRefused).contains("pilotctl serve"));
        assert!(told(ErrorKind::InvalidData).contains("PILOTCTL_CA_FILE"));
    }

    #[test]
    fn what_the_service_says_is_repeated() {
        let refused = told(StatusCode::CONFLICT, r#"{"error":"it is there"}"#);
        assert_eq!(refused, "it is there");
        assert!(told(StatusCode::BAD_GATEWAY, "<html>").contains("502"));
    }
}
