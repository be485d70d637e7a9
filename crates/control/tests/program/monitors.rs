//! The address for monitors, with Prometheus' own tool.

use super::fixture::{Fixture, PASSWORD, Served, enrol, now, stderr};
use needs::{Need, lacks};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use wire::token::{Request, Token};
use wire::{HostId, HostKey};

/// A service with an address for monitors.
fn serve(fixture: &Fixture) -> (Served, String) {
    let mut command = fixture.serve_command();
    let served = Served::start(command.args(["--metrics-listen", "127.0.0.1:0"]));
    let line = served.service.line_with(&["metrics are on"]);
    let metrics = line.rsplit(' ').next().unwrap().to_owned();
    (served, metrics)
}

fn get(url: &str) -> String {
    let mut answer = ureq::get(url).call().unwrap();
    answer.body_mut().read_to_string().unwrap()
}

/// A ping of a host with a number; returns the status.
fn ping(fixture: &Fixture, served: &Served, host: HostId, key: &HostKey, n: u64) -> u16 {
    let covered = Request {
        method: "POST",
        target: "/ping",
        body: b"",
    };
    let token = Token::new(key, host, now(), n, &covered).to_string();
    let request = fixture.agent().post(format!("{}/ping", served.url));
    let request = request
        .header("Authorization", token)
        .config()
        .http_status_as_error(false);
    request.build().send_empty().unwrap().status().as_u16()
}

#[track_caller]
fn assert_has(text: &str, line: &str) {
    assert!(text.lines().any(|other| other == line), "{line}\n{text}");
}

#[test]
fn monitors_see_what_hosts_and_users_do() {
    let fixture = Fixture::new();
    let (served, metrics) = serve(&fixture);
    let (host, key) = (HostId::derive("m", "", b""), HostKey::new([1; 32]));
    enrol(&fixture, &served.url, host, &key);
    // Two new numbers, one that was used, and a key of nobody.
    let wrong = HostKey::new([2; 32]);
    let pings = [(&key, 1), (&key, 2), (&key, 2), (&wrong, 3)];
    let statuses = pings.map(|(key, n)| ping(&fixture, &served, host, key, n));
    assert_eq!(statuses, [204, 204, 401, 401]);
    let refused = fixture.client(&served.url, "wrong", &["host", "ls"]);
    assert_eq!(refused.status.code(), Some(3), "{}", stderr(&refused));
    let text = get(&metrics);
    for line in [
        "pilotctl_pings_total{result=\"nothing\"} 2",
        "pilotctl_pings_total{result=\"refused\"} 2",
        "pilotctl_authentication_failures_total{kind=\"sequence\"} 1",
        "pilotctl_authentication_failures_total{kind=\"token\"} 1",
        "pilotctl_authentication_failures_total{kind=\"password\"} 1",
        "pilotctl_hosts{state=\"enrolled\"} 1",
        "pilotctl_hosts{state=\"removed\"} 0",
        "pilotctl_open_jobs{state=\"queued\"} 0",
    ] {
        assert_has(&text, line);
    }
    let expiry = "pilotctl_certificate_expiry_timestamp_seconds{certificate=\"server\"} ";
    let expiry = text.lines().find_map(|line| line.strip_prefix(expiry));
    assert!(expiry.unwrap().parse::<u64>().unwrap() > now());
    assert!(!text.contains("web"), "no name of a host: {text}");
    served.stop();
}

#[test]
fn hosts_address_has_probes_and_no_metrics() {
    let fixture = Fixture::new();
    let (served, metrics) = serve(&fixture);
    let monitors = metrics.strip_suffix("/metrics").unwrap();
    for (path, answer) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        assert_eq!(get(&format!("{monitors}{path}")), answer);
        let asked = fixture.agent().get(format!("{}{path}", served.url)).call();
        let mut asked = asked.unwrap();
        assert_eq!(asked.body_mut().read_to_string().unwrap(), answer);
    }
    let asked = fixture
        .agent()
        .get(format!("{}/metrics", served.url))
        .call();
    assert_eq!(asked.unwrap().status(), 401, "strangers learn nothing");
    served.stop();
}

#[test]
fn an_address_that_is_taken_is_named_before_anything_is_served() {
    let fixture = Fixture::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = fixture.serve_command();
    let refused = super::fixture::run(command.args(["--metrics-listen", &address]));
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    assert!(
        said.contains(&address) && said.contains("--metrics-listen"),
        "{said}"
    );
}

#[test]
fn prometheus_reads_the_figures_and_the_example_alerts() {
    if lacks(&[Need::Program("promtool")]) {
        return;
    }
    let fixture = Fixture::new();
    let (served, metrics) = serve(&fixture);
    assert!(
        fixture
            .client(&served.url, PASSWORD, &["host", "ls"])
            .status
            .success()
    );
    let mut check = promtool(&["check", "metrics"]);
    let mut check = check.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = check.stdin.take().unwrap();
    stdin.write_all(get(&metrics).as_bytes()).unwrap();
    drop(stdin);
    let checked = check.wait_with_output().unwrap();
    assert!(checked.status.success(), "{}", stderr(&checked));
    served.stop();
    for arguments in [
        ["check", "rules", "pilotctl.rules.yml"],
        ["test", "rules", "pilotctl.test.yml"],
    ] {
        let tested = promtool(&arguments).output().unwrap();
        assert!(tested.status.success(), "{tested:?}");
    }
}

fn promtool(arguments: &[&str]) -> Command {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut promtool = Command::new("promtool");
    promtool
        .args(arguments)
        .current_dir(root.join("../../packaging/prometheus"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    promtool
}
