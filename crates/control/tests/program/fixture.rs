//! What a test of the service works on: certificates, keys and users, from the laboratory.

use lab::control::{Control, Setup, User};
use lab::programs::take_from;
use lab::rest::client;
use lab::service::Service;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
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
pub(super) struct Fixture {
    control: Control,
    folder: TempDir,
}

impl Fixture {
    pub(super) fn new() -> Self {
        take_from(Path::new(env!("CARGO_BIN_EXE_pilotctl")).parent().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let ada = User {
            name: "ada",
            role: "admin",
            password: PASSWORD.to_owned(),
        };
        let setup = Setup {
            made: Some(["ed25519", "nistp256", "nistp384"]),
            users: vec![ada],
            ..Setup::default()
        };
        Self {
            control: Control::prepare(folder.path(), setup),
            folder,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.control.ca()
    }

    pub(super) fn add_user(&self, password: &str) -> Output {
        self.add("ada", "admin", password)
    }

    pub(super) fn add(&self, name: &str, role: &str, password: &str) -> Output {
        run(&mut self.control.add_user(name, role, password))
    }

    pub(super) fn serve_command(&self) -> Command {
        let mut command = pilotctl();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        self.control.name_files(&mut command);
        command
    }

    pub(super) fn serve(&self) -> Served {
        Served::start(&mut self.serve_command())
    }

    pub(super) fn client(&self, url: &str, password: &str, arguments: &[&str]) -> Output {
        self.client_with(url, arguments, &[("PILOTCTL_PASSWORD", password)])
    }

    /// A command of ada's, with more variables.
    pub(super) fn client_with(
        &self,
        url: &str,
        arguments: &[&str],
        more: &[(&str, &str)],
    ) -> Output {
        let mut pilotctl = self.control.pilotctl();
        let pilotctl = pilotctl.args(arguments).env("PILOTCTL_URL", url);
        run(pilotctl.envs(more.iter().copied()))
    }

    /// Gives a command the variables with which ada signs in.
    pub(super) fn name_user(&self, command: &mut Command) {
        let pilotctl = self.control.pilotctl();
        let named = pilotctl
            .get_envs()
            .filter(|(name, _)| name.to_string_lossy().starts_with("PILOTCTL_"));
        command.envs(named.filter_map(|(name, value)| Some((name, value?))));
    }

    pub(super) fn agent(&self) -> ureq::Agent {
        client(&self.control.ca())
    }
}

/// A running service; killed if a test fails before it stops it.
pub(super) struct Served {
    pub(super) url: String,
    pub(super) service: Service,
}

impl Served {
    /// Starts the service and waits until it listens.
    pub(super) fn start(serve: &mut Command) -> Self {
        let service = Service::start(serve);
        let line = service.wait_for("pilotctl: listening on ");
        let url = line.rsplit(' ').next().unwrap().to_owned();
        Self { url, service }
    }

    /// Sends SIGTERM and returns how long the service took to end.
    pub(super) fn stop(self) -> Duration {
        let begun = Instant::now();
        self.service.signal("TERM");
        assert!(self.service.end().0.success());
        begun.elapsed()
    }
}

/// Enrols a host with a code of the service's.
pub(super) fn enrol(fixture: &Fixture, url: &str, host: HostId, key: &HostKey) {
    let invited = fixture.client(url, PASSWORD, &["host", "invite"]);
    assert!(invited.status.success(), "{}", stderr(&invited));
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    assert!(code.ca.is_some());
    enrol_with(&fixture.agent(), url, &code, host, key);
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
