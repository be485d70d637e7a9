//! A place for a service: its certificates, keys and users.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use trust::{Algorithm, SecretKey};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use wire::{HostId, HostKey};

pub(super) const PASSWORD: &str = "correct horse";

/// Puts a command in whose package nobody looks.
pub(super) const PUT: [&str; 8] = [
    "cmd",
    "put",
    "--key",
    "k",
    "--package",
    "r.io/p",
    "--function",
    "f",
];

pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

pub(super) fn pilotctl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotctl"));
    command.env_clear();
    command
}

pub(super) fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

pub(super) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with certificates, a job key and a user called ada.
pub(super) struct Site {
    folder: TempDir,
}

impl Site {
    pub(super) fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let tls = site.path("tls");
        let made = run(pilotctl()
            .args(["tls", "init", "--host", "127.0.0.1", "--dir"])
            .arg(tls));
        assert!(made.status.success(), "{}", stderr(&made));
        let key = SecretKey::generate("job", Algorithm::Ed25519, now() - 10).unwrap();
        std::fs::write(site.path("job.pgp"), key.to_armor().unwrap().as_bytes()).unwrap();
        assert!(site.add_user(PASSWORD).status.success());
        site
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn add_user(&self, password: &str) -> Output {
        self.add("ada", "admin", password)
    }

    pub(super) fn add(&self, name: &str, role: &str, password: &str) -> Output {
        let mut child = pilotctl()
            .args(["user", "add", name, "--role", role, "--data"])
            .arg(self.path("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    }

    pub(super) fn serve_command(&self) -> Command {
        let mut command = pilotctl();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self.path("data"))
            .arg("--tls-cert")
            .arg(self.path("tls/server.pem"))
            .arg("--tls-key")
            .arg(self.path("tls/server.key"))
            .arg("--job-key")
            .arg(self.path("job.pgp"));
        command
    }

    pub(super) fn serve(&self) -> Served {
        Served::start(self.serve_command().stderr(Stdio::null()))
    }

    pub(super) fn client(&self, url: &str, password: &str, arguments: &[&str]) -> Output {
        let ca = self.path("tls/ca.pem");
        run(pilotctl()
            .args(arguments)
            .env("PILOTCTL_URL", url)
            .env("PILOTCTL_USER", "ada")
            .env("PILOTCTL_PASSWORD", password)
            .env("PILOTCTL_CA_FILE", ca))
    }

    /// A command of ada's, with more variables.
    pub(super) fn client_with(
        &self,
        url: &str,
        arguments: &[&str],
        more: &[(&str, &str)],
    ) -> Output {
        run(pilotctl()
            .args(arguments)
            .env("PILOTCTL_URL", url)
            .env("PILOTCTL_USER", "ada")
            .env("PILOTCTL_PASSWORD", PASSWORD)
            .env("PILOTCTL_CA_FILE", self.path("tls/ca.pem"))
            .envs(more.iter().copied()))
    }

    pub(super) fn agent(&self) -> ureq::Agent {
        drop(rustls::crypto::ring::default_provider().install_default());
        let pem = std::fs::read(self.path("tls/ca.pem")).unwrap();
        let ca = Certificate::from_pem(&pem).unwrap();
        let roots = RootCerts::new_with_certs(&[ca]);
        let tls = TlsConfig::builder().root_certs(roots).build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false);
        config.build().new_agent()
    }
}

/// A running service; killed if a test fails before it stops it.
pub(super) struct Served {
    pub(super) url: String,
    child: Child,
}

impl Served {
    /// Starts the service and waits until it listens.
    pub(super) fn start(serve: &mut Command) -> Self {
        let mut child = serve.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("pilotctl: listening on ").unwrap();
        Self {
            url: url.to_owned(),
            child,
        }
    }

    /// Sends SIGTERM and returns how long the service took to end.
    pub(super) fn stop(mut self) -> Duration {
        let begun = Instant::now();
        assert!(lab::service::signal(self.child.id(), "TERM"));
        assert!(self.child.wait().unwrap().success());
        begun.elapsed()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Enrols a host with a code of the service's.
pub(super) fn enrol(site: &Site, url: &str, host: HostId, key: &HostKey) {
    let invited = site.client(url, PASSWORD, &["host", "invite"]);
    assert!(invited.status.success(), "{}", stderr(&invited));
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    assert!(code.ca.is_some());
    enrol_with(&site.agent(), url, &code, host, key);
}

pub(super) fn enrol_with(
    agent: &ureq::Agent,
    url: &str,
    code: &wire::code::EnrolCode,
    host: HostId,
    key: &HostKey,
) {
    enrol_as(agent, url, code, host, key, "web");
}

/// What a host without a code sends.
pub(super) fn facts_of(host: HostId, key: &HostKey, name: &str) -> serde_json::Value {
    serde_json::json!({
        "host": host, "key": key, "nonce": wire::encoding::base64(&[0; 16]),
        "facts": {
            "hostname": name, "host_ip": "", "machine_id": host, "os": "linux", "platform": "",
            "virtual": false, "total_memory": 1.0, "cpus": 1, "mac_address": [],
        },
    })
}

pub(super) fn enrol_as(
    agent: &ureq::Agent,
    url: &str,
    code: &wire::code::EnrolCode,
    host: HostId,
    key: &HostKey,
    name: &str,
) {
    let mut body = facts_of(host, key, name);
    body["code"] = serde_json::json!(code.secret);
    let answer = agent.post(format!("{url}/enrol")).send(body.to_string());
    let mut answer = answer.unwrap();
    assert_eq!(answer.status(), 201);
    // Read to its end, the connection serves for the next one.
    answer.body_mut().read_to_string().unwrap();
}
