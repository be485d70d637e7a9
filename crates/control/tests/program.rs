//! The real program: over TLS, with its own certificates, in processes.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "program/certificates.rs"]
mod certificates;
#[path = "program/live_settings.rs"]
mod live_settings;
#[path = "program/panics.rs"]
mod panics;
#[path = "program/strangers.rs"]
mod strangers;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use trust::{Algorithm, SecretKey};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

const PASSWORD: &str = "correct horse";

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn pilotctl() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotctl"));
    command.env_clear();
    command
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with certificates, a job key and a user called ada.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
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

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn add_user(&self, password: &str) -> Output {
        let mut child = pilotctl()
            .args(["user", "add", "ada", "--role", "admin", "--data"])
            .arg(self.path("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        child.wait_with_output().unwrap()
    }

    fn serve_command(&self) -> Command {
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

    fn serve(&self) -> Served {
        Served::start(self.serve_command().stderr(Stdio::null()))
    }

    fn client(&self, url: &str, password: &str, arguments: &[&str]) -> Output {
        let ca = self.path("tls/ca.pem");
        run(pilotctl()
            .args(arguments)
            .env("PILOTCTL_URL", url)
            .env("PILOTCTL_USER", "ada")
            .env("PILOTCTL_PASSWORD", password)
            .env("PILOTCTL_CA_FILE", ca))
    }

    /// A command of ada's, with more variables.
    fn client_with(&self, url: &str, arguments: &[&str], more: &[(&str, &str)]) -> Output {
        run(pilotctl()
            .args(arguments)
            .env("PILOTCTL_URL", url)
            .env("PILOTCTL_USER", "ada")
            .env("PILOTCTL_PASSWORD", PASSWORD)
            .env("PILOTCTL_CA_FILE", self.path("tls/ca.pem"))
            .envs(more.iter().copied()))
    }

    fn agent(&self) -> ureq::Agent {
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
struct Served {
    url: String,
    child: Child,
}

impl Served {
    /// Starts the service and waits until it listens.
    fn start(serve: &mut Command) -> Self {
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
    fn stop(mut self) -> Duration {
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
fn enrol(site: &Site, url: &str, host: HostId, key: &HostKey) {
    let invited = site.client(url, PASSWORD, &["host", "invite"]);
    assert!(invited.status.success(), "{}", stderr(&invited));
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    assert!(code.ca.is_some());
    enrol_with(&site.agent(), url, &code, host, key);
}

fn enrol_with(
    agent: &ureq::Agent,
    url: &str,
    code: &wire::code::EnrolCode,
    host: HostId,
    key: &HostKey,
) {
    enrol_as(agent, url, code, host, key, "web");
}

/// What a host without a code sends.
fn facts_of(host: HostId, key: &HostKey, name: &str) -> serde_json::Value {
    serde_json::json!({
        "host": host, "key": key, "nonce": wire::encoding::base64(&[0; 16]),
        "facts": {
            "hostname": name, "host_ip": "", "machine_id": host, "os": "linux", "platform": "",
            "virtual": false, "total_memory": 1.0, "cpus": 1, "mac_address": [],
        },
    })
}

fn enrol_as(
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

#[test]
fn a_held_ping_does_not_keep_the_service_from_stopping() {
    let site = Site::new();
    let served = site.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&site, &served.url, host, &key);
    let ping = Request {
        method: "POST",
        target: "/ping",
        body: b"",
    };
    let token = Token::new(&key, host, now(), 1, &ping).to_string();
    let (agent, url) = (site.agent(), served.url.clone());
    let held = std::thread::spawn(move || {
        let request = agent.post(format!("{url}/ping"));
        let request = request
            .header("Authorization", token)
            .header("Prefer", "wait=60");
        let answer = request.send_empty().unwrap();
        (
            answer.status().as_u16(),
            answer.headers().contains_key("pilot-answer"),
        )
    });
    while !is_connected(&site, &served.url) {
        std::thread::yield_now();
    }
    assert!(served.stop() < Duration::from_secs(5));
    assert_eq!(held.join().unwrap(), (204, true));
}

/// Whether the one host counts as connected, as `host ls --json` says.
fn is_connected(site: &Site, url: &str) -> bool {
    let listed = site.client(url, PASSWORD, &["host", "ls", "--json"]);
    let hosts: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    hosts[0]["connected"] == true
}

#[test]
fn what_was_told_survives_a_restart() {
    let site = Site::new();
    let served = site.serve();
    let put = [
        "cmd",
        "put",
        "--key",
        "k",
        "--package",
        "r.io/p",
        "--function",
        "f",
        "--var",
        "A=b",
        "--limit-memory",
        "1G",
        "--limit-cpu",
        "5m",
        "--keep",
    ];
    assert!(site.client(&served.url, PASSWORD, &put).status.success());
    served.stop();
    let served = site.serve();
    let shown = site.client(&served.url, PASSWORD, &["cmd", "show", "k"]);
    let command: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(command["input"]["var"][0]["value"], "b");
    let limits = serde_json::json!({ "memory": 1 << 30, "cpu": 300 });
    assert_eq!(
        (&command["limits"], &command["keep"]),
        (&limits, &true.into())
    );
    let absurd = [&put[..put.len() - 1], &["--limit-processes", "1"]].concat();
    let refused = site.client(&served.url, PASSWORD, &absurd);
    assert!(
        stderr(&refused).contains("the limit processes is 1"),
        "{}",
        stderr(&refused)
    );
    served.stop();
}

#[test]
fn two_services_never_share_a_store() {
    let site = Site::new();
    let served = site.serve();
    let second = run(&mut site.serve_command());
    assert_eq!(second.status.code(), Some(1));
    assert!(stderr(&second).contains("in use"), "{}", stderr(&second));
    served.stop();
}

#[test]
fn exit_codes_tell_a_refusal_from_a_failure_to_get_there() {
    let site = Site::new();
    let served = site.serve();
    let code = |url: &str, password: &str, arguments: &[&str]| {
        site.client(url, password, arguments).status.code()
    };
    let url = served.url.clone();
    assert_eq!(code(&url, PASSWORD, &["host", "ls"]), Some(0));
    assert_eq!(code(&url, PASSWORD, &["host", "rm", "nonsense"]), Some(1));
    assert_eq!(
        code(&url, PASSWORD, &["job", "run", "nobody", "--cmd", "k"]),
        Some(1)
    );
    assert_eq!(code(&url, PASSWORD, &["host", "frobnicate"]), Some(2));
    assert_eq!(code("http://127.0.0.1", PASSWORD, &["host", "ls"]), Some(2));
    assert_eq!(code(&url, "wrong", &["host", "ls"]), Some(3));
    served.stop();
    assert_eq!(code(&url, PASSWORD, &["host", "ls"]), Some(3));
}

/// Of jobs, batches and the rest it is the same code that reads the pages.
#[test]
fn a_list_of_more_than_one_page_is_shown_to_its_end() {
    const HOSTS: usize = 1_001;
    let site = Site::new();
    let served = site.serve();
    let invited = site.client(
        &served.url,
        PASSWORD,
        &["host", "invite", "--uses", &HOSTS.to_string()],
    );
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    let agent = site.agent();
    for number in 0..HOSTS {
        let host = HostId::derive(&number.to_string(), "", b"");
        enrol_with(&agent, &served.url, &code, host, &HostKey::new([1; 32]));
    }
    let listed = site.client(&served.url, PASSWORD, &["host", "ls"]);
    assert_eq!(listed.stdout.lines().count(), 1 + HOSTS);
    let listed = site.client(&served.url, PASSWORD, &["host", "ls", "--json"]);
    let hosts: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(hosts.len(), HOSTS);
    served.stop();
}

#[test]
fn abuse_a_host_calls_itself_what_turns_a_terminal_around() {
    const NAME: &str = "web\u{202e}\u{200b}\u{2028}\u{9b}2J\u{1b}[2J";
    let site = Site::new();
    let served = site.serve();
    let invited = site.client(&served.url, PASSWORD, &["host", "invite"]);
    let code: wire::code::EnrolCode = String::from_utf8(invited.stdout).unwrap().parse().unwrap();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol_as(&site.agent(), &served.url, &code, host, &key, NAME);
    let shown = |arguments: &[&str]| {
        let told = site.client(&served.url, PASSWORD, arguments);
        String::from_utf8(told.stdout).unwrap()
    };
    for arguments in [&["host", "ls"][..], &["host", "show", &host.to_string()]] {
        assert!(shown(arguments).contains("web?? ?2J?[2J"), "{arguments:?}");
        let json = shown(&[arguments, &["--json"]].concat());
        let is_seen = |c| c == '\n' || wire::printable::is_printable(c);
        assert!(json.chars().all(is_seen), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let value = value.get(0).unwrap_or(&value);
        assert_eq!(value["hostname"], NAME, "{arguments:?}");
    }
    served.stop();
}

#[test]
fn what_stands_on_the_way_to_the_service_is_named() {
    let site = Site::new();
    let served = site.serve();
    let other = site.path("other");
    let made = run(pilotctl()
        .args(["tls", "init", "--host", "127.0.0.1", "--dir"])
        .arg(&other));
    assert!(made.status.success(), "{}", stderr(&made));
    let other_ca = other.join("ca.pem");
    let by_name = served.url.replace("127.0.0.1", "localhost");
    let with_path = format!("{}/pilot", served.url);
    let dead = ("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1");
    for (url, more, code, words) in [
        (
            &served.url,
            &[dead][..],
            3,
            "the proxy 127.0.0.1:1 of HTTPS_PROXY",
        ),
        (
            &served.url,
            &[("ALL_PROXY", "http://me:hunter2@")],
            2,
            "ALL_PROXY does not name a proxy",
        ),
        (&by_name, &[], 3, "use a name that it has in PILOTCTL_URL"),
        (&with_path, &[], 2, "without /pilot"),
        (
            &served.url,
            &[("PILOTCTL_CA_FILE", other_ca.to_str().unwrap())],
            3,
            "PILOTCTL_CA_FILE has to name the CA",
        ),
    ] {
        let told = site.client_with(url, &["host", "ls"], more);
        let said = stderr(&told);
        assert_eq!(told.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && !said.contains("hunter2"), "{said}");
        let about_ca = more.iter().any(|(name, _)| *name == "PILOTCTL_CA_FILE");
        assert_eq!(said.contains("PILOTCTL_CA_FILE"), about_ca, "{said}");
    }
    let excepted = [dead, ("NO_PROXY", "10.0.0.0/8, 127.0.0.0/8")];
    let told = site.client_with(&served.url, &["host", "ls"], &excepted);
    assert!(told.status.success(), "{}", stderr(&told));
    served.stop();
}

#[test]
fn a_host_is_named_and_a_disabled_or_pending_one_is_called_what_it_is() {
    let site = Site::new();
    let served = site.serve();
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&site, &served.url, host, &key);
    let pending = HostId::derive("pending", "", b"");
    let body = facts_of(pending, &key, "new");
    let asked = site
        .agent()
        .post(format!("{}/enrol", served.url))
        .send(body.to_string());
    assert_eq!(asked.unwrap().status(), 202);
    for (arguments, code, words) in [
        (&["host", "show", "web"][..], 0, ""),
        (&["host", "disable", "web"], 0, ""),
        (
            &["job", "run", "web", "--cmd", "k"],
            1,
            "there is no command k",
        ),
        (&["job", "run", "new", "--cmd", "k"], 1, "new is pending"),
        (
            &["job", "run", "nobody", "--cmd", "k"],
            1,
            "no host is called nobody",
        ),
        (&["host", "rm", "nobody"], 1, "no host is called nobody"),
        (&["host", "rm", "web"], 0, ""),
        (
            &["host", "invite", "--uses", "1K"],
            2,
            "write a number, without a unit",
        ),
        (&["host", "lst"], 2, "ls"),
    ] {
        let told = site.client(&served.url, PASSWORD, arguments);
        assert_eq!(
            told.status.code(),
            Some(code),
            "{arguments:?}: {}",
            stderr(&told)
        );
        assert!(stderr(&told).contains(words), "{}", stderr(&told));
    }
    served.stop();
}

#[test]
fn a_backup_that_fails_leaves_nothing_and_blocks_nobody() {
    let site = Site::new();
    let packages = site.path("data/packages");
    std::fs::create_dir_all(packages.join("ops%2Fhello")).unwrap();
    // Whatever user runs this, a link to nothing cannot be copied.
    let broken = packages.join("ops%2Fhello/1.zip");
    std::os::unix::fs::symlink("nowhere", &broken).unwrap();
    let backup = || {
        run(pilotctl()
            .args(["backup", "--data"])
            .arg(site.path("data"))
            .arg("-o")
            .arg(site.path("backups/control")))
    };
    let failed = backup();
    assert_eq!(failed.status.code(), Some(1), "{}", stderr(&failed));
    let left = std::fs::read_dir(site.path("backups")).unwrap().count();
    assert_eq!(left, 0, "{}", stderr(&failed));
    std::fs::remove_file(&broken).unwrap();
    let made = backup();
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(site.path("backups/control/pilotctl.db").is_file());
    let again = backup();
    assert!(
        stderr(&again).contains("not replaced"),
        "{}",
        stderr(&again)
    );
}

#[test]
fn a_backup_that_is_interrupted_leaves_nothing() {
    let site = Site::new();
    let archives = site.path("data/packages/ops%2Fhello");
    std::fs::create_dir_all(&archives).unwrap();
    // Nobody writes to it: the copy waits there.
    let made = Command::new("mkfifo").arg(archives.join("1.zip")).status();
    assert!(made.unwrap().success());
    let backups = site.path("backups");
    let begun = backups.join(".unfinished-control/packages/ops%2Fhello");
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut backup = pilotctl()
            .args(["backup", "--data"])
            .arg(site.path("data"))
            .arg("-o")
            .arg(backups.join("control"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !begun.exists() {
            assert!(backup.try_wait().unwrap().is_none(), "it waits");
            std::thread::sleep(Duration::from_millis(10));
        }
        let kill = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(backup.id().to_string())
            .status();
        assert!(kill.unwrap().success());
        assert_eq!(backup.wait().unwrap().code(), Some(code), "{signal}");
        assert_eq!(std::fs::read_dir(&backups).unwrap().count(), 0, "{signal}");
    }
}

#[test]
fn what_pages_say_of_options_is_so() {
    let site = Site::new();
    let url = "https://127.0.0.1:9443";
    let served = Served::start(
        site.serve_command()
            .args(["--url", url, "--max-package", "64M"])
            .stderr(Stdio::null()),
    );
    let invited = site.client(&served.url, PASSWORD, &["host", "invite"]);
    assert!(stderr(&invited).contains(url), "{}", stderr(&invited));
    let no_folder = site.path("no/code");
    let output = no_folder.to_str().unwrap();
    let lost = site.client(&served.url, PASSWORD, &["host", "invite", "-o", output]);
    assert_eq!(lost.status.code(), Some(1));
    assert!(
        !stderr(&lost).contains(url),
        "no code was made: {}",
        stderr(&lost)
    );
    std::fs::write(site.path("k.json"), "{}").unwrap();
    let file = site.path("k.json");
    let file = file.to_str().unwrap();
    let named = [
        "cmd",
        "put",
        "--key",
        "k",
        "--package",
        "r.io/p",
        "--function",
        "f",
    ];
    for (arguments, words) in [
        (
            &["cmd", "put", file, "--timeout", "5m"][..],
            "cannot be used with",
        ),
        (
            &["cmd", "put", file, "--limit-memory", "1G"],
            "cannot be used with",
        ),
        (&["cmd", "put", "--key", "k"], "--package"),
        (
            &[&named[..], &["--registry-user", "hosts"]].concat(),
            "--registry-password-file",
        ),
        (
            &[&named[..], &["--registry-password-file", file]].concat(),
            "--registry-user",
        ),
        (
            &[&named[..], &["--max-output", "64X"]].concat(),
            "512K, 200M or 4G",
        ),
    ] {
        let told = site.client(&served.url, PASSWORD, arguments);
        assert_eq!(told.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&told).contains(words), "{}", stderr(&told));
    }
    served.stop();
}

#[test]
fn the_log_names_who_was_refused() {
    let site = Site::new();
    let log = site.path("log");
    let served = Served::start(
        site.serve_command()
            .stderr(std::fs::File::create(&log).unwrap()),
    );
    std::fs::write(site.path("password"), PASSWORD).unwrap();
    let added = run(pilotctl()
        .args(["user", "add", "bob", "--role", "reader", "--password-file"])
        .arg(site.path("password"))
        .arg("--data")
        .arg(site.path("data")));
    assert!(added.status.success(), "{}", stderr(&added));
    let as_bob = [("PILOTCTL_USER", "bob")];
    let refused = site.client_with(&served.url, &["host", "invite"], &as_bob);
    assert_eq!(refused.status.code(), Some(1));
    let as_eve = [("PILOTCTL_USER", "eve\u{1b}[2J")];
    assert_eq!(
        site.client_with(&served.url, &["host", "ls"], &as_eve)
            .status
            .code(),
        Some(3)
    );
    served.stop();
    let log = std::fs::read_to_string(log).unwrap();
    for words in ["user=\"bob\"", "role=reader", "path=/enrolment", "eve"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains('\u{1b}') && !log.contains(PASSWORD), "{log}");
}

#[test]
fn an_id_of_nothing_is_an_error_and_no_empty_list() {
    let site = Site::new();
    let served = site.serve();
    for (arguments, code, words) in [
        (
            &["job", "ls", "--batch", "99"][..],
            1,
            "there is no batch 99",
        ),
        (&["job", "show", "99"], 1, "there is no job 99"),
        (&["job", "cancel", "99"], 1, "there is no job 99"),
        (&["job", "ls", "--batch", "web1"], 2, "write the id"),
        (
            &["cmd", "show", "nothing"],
            1,
            "there is no command nothing",
        ),
    ] {
        let told = site.client(&served.url, PASSWORD, arguments);
        assert_eq!(told.status.code(), Some(code), "{arguments:?}");
        assert!(stderr(&told).contains(words), "{}", stderr(&told));
        assert!(told.stdout.is_empty(), "{arguments:?}");
    }
    served.stop();
}

#[test]
fn secrets_are_written_for_their_owner_alone() {
    let site = Site::new();
    let served = site.serve();
    let code = site.path("code");
    let output = code.to_str().unwrap();
    let invited = site.client(&served.url, PASSWORD, &["host", "invite", "-o", output]);
    assert!(invited.status.success(), "{}", stderr(&invited));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for name in ["code", "tls/ca.key", "tls/server.key", "data/pilotctl.db"] {
        assert_eq!(mode(&site.path(name)), 0o600, "{name}");
    }
    for name in ["tls", "data"] {
        assert_eq!(mode(&site.path(name)), 0o700, "{name}");
    }
    served.stop();
}

#[test]
fn what_is_wrong_at_start_is_said_before_anything_is_served() {
    let site = Site::new();
    let short = site.add_user("short");
    assert_eq!(short.status.code(), Some(2));
    assert!(site.add_user(PASSWORD).status.code() == Some(1));
    std::fs::write(site.path("job.pgp"), "no key").unwrap();
    let refused = run(&mut site.serve_command());
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("job key"), "{}", stderr(&refused));
    let again = run(pilotctl()
        .args(["tls", "init", "--host", "x", "--dir"])
        .arg(site.path("tls")));
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("not replaced"));
}

#[test]
fn whoever_asks_for_json_gets_json() {
    let site = Site::new();
    let served = site.serve();
    let file = site.path("code");
    let output = file.to_str().unwrap();
    let put = [
        "cmd",
        "put",
        "--key",
        "k",
        "--package",
        "r.io/p",
        "--function",
        "f",
    ];
    for arguments in [
        &put[..],
        &["cmd", "ls"],
        &["cmd", "show", "k"],
        &["cmd", "rm", "k"],
        &["host", "invite", "-o", output],
        &["host", "ls"],
        &["job", "ls"],
    ] {
        let told = site.client(&served.url, PASSWORD, &[arguments, &["--json"]].concat());
        assert!(told.status.success(), "{arguments:?}: {}", stderr(&told));
        let json: serde_json::Result<serde_json::Value> = serde_json::from_slice(&told.stdout);
        let json = json.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
        assert!(json.get("code").is_none(), "the code is in the file alone");
    }
    served.stop();
}

#[test]
fn a_full_disk_is_a_failure_and_no_panic() {
    let site = Site::new();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let list = pilotctl()
        .args(["user", "ls", "--data"])
        .arg(site.path("data"))
        .stdout(full.unwrap())
        .output()
        .unwrap();
    assert_eq!(list.status.code(), Some(1));
    assert!(
        stderr(&list).contains("standard output"),
        "{}",
        stderr(&list)
    );
}

#[test]
fn a_misspelt_data_folder_is_not_made() {
    let site = Site::new();
    let folder = site.path("misspelt");
    let list = run(pilotctl().args(["user", "ls", "--data"]).arg(&folder));
    assert_eq!(list.status.code(), Some(1));
    assert!(!folder.exists());
}

/// Runs `pilotctl` from a shell with a umask of zero.
fn run_with_open_umask(arguments: &[&str]) -> Output {
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().args(["-c", r#"umask 0; exec "$0" "$@""#]);
    run(shell.arg(env!("CARGO_BIN_EXE_pilotctl")).args(arguments))
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn abuse_a_umask_of_zero_opens_no_key_and_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).to_str().unwrap().to_owned();
    std::fs::write(path("password"), PASSWORD).unwrap();
    let added = run_with_open_umask(&[
        "user",
        "add",
        "ada",
        "--data",
        &text("data"),
        "--password-file",
        &text("password"),
    ]);
    assert!(added.status.success(), "{}", stderr(&added));
    assert!(
        stderr(&added).contains("keep a copy of it"),
        "{}",
        stderr(&added)
    );
    let made = run_with_open_umask(&["store", "make-key", &text("other.key")]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert_eq!(mode(&path("data")), 0o700);
    for file in ["data.key", "other.key", "data/pilotctl.db"] {
        assert_eq!(mode(&path(file)), 0o600, "{file}");
    }
    let again = run_with_open_umask(&["store", "make-key", &text("other.key")]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        stderr(&again).contains("not replaced"),
        "{}",
        stderr(&again)
    );
}

#[test]
fn the_key_of_the_database_is_replaced_while_the_service_is_stopped_and_missed_when_it_is_gone() {
    let site = Site::new();
    let key = site.path("data.key");
    let rekey = || {
        run(pilotctl()
            .args(["store", "rekey", "--data"])
            .arg(site.path("data")))
    };
    let first = std::fs::read(&key).unwrap();
    let served = site.serve();
    let refused = rekey();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("in use"), "{}", stderr(&refused));
    served.stop();
    assert!(rekey().status.success());
    assert_eq!(mode(&key), 0o600);
    let second = std::fs::read(&key).unwrap();
    assert_ne!(first, second);
    site.serve().stop();

    for (content, word) in [
        (None, "restore it from its backup"),
        (Some(first), "wants key"),
    ] {
        let _ = std::fs::remove_file(&key);
        if let Some(content) = content {
            std::fs::write(&key, content).unwrap();
        }
        let refused = run(&mut site.serve_command());
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(word), "{}", stderr(&refused));
    }
    let elsewhere = site.path("elsewhere.key");
    std::fs::write(&elsewhere, second).unwrap();
    let mut listing = pilotctl();
    listing
        .args(["user", "ls", "--data"])
        .arg(site.path("data"));
    let listed = run(listing.arg("--store-key").arg(elsewhere));
    assert!(listed.status.success(), "{}", stderr(&listed));
}
