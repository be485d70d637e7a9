//! `pilot doctor`: a healthy host, and one broken thing at a time.

use crate::complaints::{bare_host, complaint};
use lab::control::Keys;
use lab::host::Host;
use lab::wall_clock::WallClock;
use lab::{Lab, run};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::thread;

/// What it finds, and whether it says that nothing failed: by its exit code as
/// by its words.
fn examine(host: &Host) -> (bool, Vec<Value>) {
    let output = host.pilot().args(["doctor", "--json"]).output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let good = found["ok"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(if good { 0 } else { 1 }));
    (good, found["checks"].as_array().unwrap().clone())
}

/// Something is wrong: a check of this name comes out like this, and says both
/// what is the matter and what to do.
#[track_caller]
fn assert_found(host: &Host, check: &str, level: &str, [text, remedy]: [&str; 2]) {
    let (good, found) = examine(host);
    let is_it = |finding: &&Value| {
        let says = |key: &str, part| finding[key].as_str().unwrap_or_default().contains(part);
        finding["check"] == check
            && finding["level"] == level
            && says("text", text)
            && says("remedy", remedy)
    };
    assert!(found.iter().any(|finding| is_it(&finding)), "{found:#?}");
    assert!(level != "fail" || !good);
}

#[test]
fn a_healthy_host_has_nothing_to_complain_of() {
    let lab = Lab::without_package();
    let host = lab.running_host();
    host.agent().wait_for("Ping number");
    let (good, found) = examine(&host);
    assert!(good);
    let complaints: Vec<_> = found
        .iter()
        .filter(|found| found["level"] != "ok")
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    for check in [
        "enrolment",
        "agent",
        "job keys",
        "name",
        "connection",
        "control",
        "clock",
        "art",
        "sandbox",
    ] {
        assert!(found.iter().any(|found| found["check"] == check), "{check}");
    }
    let text = run(host.pilot().arg("doctor"));
    assert!(
        text.contains(&format!("{} is up", lab.control.url())),
        "{text}"
    );
}

#[test]
fn a_host_without_configuration_is_shown_how_to_enrol() {
    let (_folder, host) = bare_host();
    host.configure("");
    let (good, _) = examine(&host);
    assert!(good, "nothing is wrong yet");
    assert!(!host.state().exists(), "nothing is made");
    assert_found(
        &host,
        "control",
        "warn",
        ["no address is known", "PILOT_CTL_URI"],
    );
    assert_found(&host, "state folder", "warn", ["not there yet", "enrol"]);
}

fn assert_the_configuration_is_checked(host: &Host) {
    let file = host.path(".pilot");
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    assert_found(
        host,
        "configuration",
        "fail",
        ["other users can write", "chmod go-w"],
    );
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    host.configure("PILOT_CTL_UIR=https://a");
    assert_found(host, "configuration", "fail", ["PILOT_CTL_UIR", "correct"]);

    host.configure("PILOT_CTL_URI=https://no-such-host.invalid");
    assert_found(
        host,
        "name",
        "fail",
        ["no-such-host.invalid", "resolv.conf"],
    );
}

fn assert_the_machine_is_checked(host: &Host) {
    let machine_id = fs::read_to_string(host.path("machine-id")).unwrap();
    host.write("machine-id", "\n");
    assert_found(
        host,
        "machine id",
        "fail",
        ["is missing or empty", "make one"],
    );
    host.write("machine-id", &machine_id);
    host.configure("PILOT_ART=/no/such/art");
    assert_found(
        host,
        "art",
        "fail",
        ["/no/such/art is not there", "PILOT_ART"],
    );
}

fn assert_cas_are_checked(host: &Host) {
    let other = Lab::without_package();
    host.configure(&format!("PILOT_CA_FILE={}", other.control.ca().display()));
    assert_found(
        host,
        "control",
        "fail",
        ["no CA that this host trusts", "PILOT_CA_FILE"],
    );
    host.write("empty.pem", "");
    host.configure(&format!(
        "PILOT_CA_FILE={}",
        host.path("empty.pem").display()
    ));
    assert_found(
        host,
        "CA",
        "fail",
        ["holds no certificate", "CA that issued"],
    );
}

fn assert_the_state_is_checked(host: &Host) {
    host.configure("");
    fs::set_permissions(host.state(), Permissions::from_mode(0o755)).unwrap();
    assert_found(
        host,
        "state folder",
        "warn",
        ["open to other users", "chmod 700"],
    );
    host.write("state/sequence.damaged", "torn");
    assert_found(
        host,
        "records",
        "warn",
        ["sequence.damaged", "disk's health"],
    );
    host.write("state/identity", "torn");
    assert_found(host, "enrolment", "fail", ["no header", "pilot reset"]);
}

#[test]
fn each_thing_that_is_broken_is_named_with_its_remedy() {
    let mut lab = Lab::without_package();
    let host = lab.enrolled_host();
    assert_found(&host, "agent", "warn", ["no agent is running", "start it"]);
    assert_the_configuration_is_checked(&host);
    assert_the_machine_is_checked(&host);
    assert_cas_are_checked(&host);
    assert_the_state_is_checked(&host);

    lab.control.kill();
    host.configure(&format!("PILOT_CTL_URI={}", lab.control.url()));
    assert_found(
        &host,
        "connection",
        "fail",
        ["refused", "control runs there"],
    );
}

/// An address that was typed wrongly: what answers there is not control.
#[test]
fn errors_of_an_address_are_distinguished() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let (_, port) = lab.control.url().rsplit_once(':').unwrap();
    host.configure(&format!("PILOT_CTL_URI=https://127.0.0.2:{port}"));
    assert_found(
        &host,
        "connection",
        "fail",
        ["127.0.0.2", "control runs there"],
    );
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = plain.local_addr().unwrap();
    thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let _ = (&stream).write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            // Its request is read, so that the answer is not cut off.
            let _ = (&stream).read(&mut [0; 1024]);
        }
    });
    host.configure(&format!("PILOT_CTL_URI=https://{address}"));
    assert_found(
        &host,
        "control",
        "fail",
        ["does not speak TLS", "host and port"],
    );
    host.configure(&format!("PILOT_CTL_URI={}/elsewhere", lab.control.url()));
    assert_found(
        &host,
        "control",
        "fail",
        ["answers with status", "address of Pilot Control"],
    );
}

#[test]
fn looking_changes_nothing_and_shows_no_secret() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    host.write("state/clock", "torn");
    host.configure("PILOT_HTTP_PROXY=http://me:hunter2@127.0.0.1:1\nPILOT_LOG_LEVEL=debug");
    let before = crate::home::traces(&host.state());
    let (code, text) = complaint(host.pilot().arg("doctor"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("proxy of PILOT_HTTP_PROXY"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(crate::home::traces(&host.state()), before);
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    host.configure(&format!("PILOT_CTL_URI=https://{address}"));
    assert_found(
        &host,
        "control",
        "fail",
        ["no answer in time", "in between"],
    );
}

#[test]
fn what_a_disk_or_a_visitor_left_behind_is_named() {
    let lab = Lab::without_package();
    let host = lab.enrolled_host();
    let url = lab.control.url();
    host.write("enrol", &format!("{url}\n{}\n", lab.control.invite()));
    assert_found(&host, "invitation", "warn", ["is still there", "remove it"]);
    host.write("enrol", "nonsense\n");
    assert_found(&host, "invitation", "warn", ["is still there", "remove it"]);

    fs::create_dir_all(host.path("state/jobs/1")).unwrap();
    let output = fs::File::create(host.path("state/jobs/1/output")).unwrap();
    output.set_len(5 << 20).unwrap();
    host.configure("PILOT_SPOOL_LIMIT=4");
    assert_found(
        &host,
        "room",
        "fail",
        ["the spool is full", "no job is taken"],
    );
    host.configure("");
    fs::remove_dir_all(host.path("state/jobs")).unwrap();
    host.write("state/jobs", "");
    assert_found(
        &host,
        "jobs",
        "fail",
        ["Not a directory", "the folder's owner"],
    );
    fs::remove_file(host.path("state/jobs")).unwrap();

    host.write("state/clock", "torn");
    assert_found(
        &host,
        "clock",
        "warn",
        ["is damaged", "sets the record aside"],
    );
    host.write("state/reset", "");
    assert_found(
        &host,
        "state folder",
        "fail",
        ["was not removed completely", "pilot reset"],
    );
}

#[test]
fn a_host_without_a_code_shows_what_it_waits_for() {
    let lab = Lab::with_keys(Keys::Deployed);
    let host = lab.seeded_host();
    let admit = format!("pilotctl host admit {}", host.id());
    assert_found(
        &host,
        "enrolment",
        "warn",
        ["waiting to be admitted", &admit],
    );
    assert_found(
        &host,
        "agent",
        "warn",
        ["waiting to be admitted", "other checks"],
    );
    host.write(".pilot_verify.pgp", "nonsense");
    assert_found(
        &host,
        "job keys",
        "fail",
        [".pilot_verify.pgp", "put control's public key"],
    );
}

/// 10 years hold the CA, 825 days control's certificate.
#[test]
fn what_expires_within_thirty_days_is_warned_of() {
    const DAY: i64 = 86_400;
    if !lab::preload::meets(&lab::programs::programs().pilot) {
        eprintln!("SKIPPED: pilot is linked statically, so that its clock cannot be set alone");
        return;
    }
    let mut lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    let clock = WallClock::new(&host.path(""));
    host.environment = clock.environment();
    clock.advance(810 * DAY);
    let remedy = "tls issue";
    assert_found(&host, "certificate", "warn", ["expires at", remedy]);
    clock.advance(3_640 * DAY);
    let remedy = "Replace the CA";
    assert_found(&host, "CA", "warn", ["the certificate expires at", remedy]);
    host.start();
    host.agent().wait_for("WARN  CA: ");
    clock.advance(3_660 * DAY);
    assert_found(&host, "CA", "warn", ["the certificate expired at", remedy]);
    lab.control.kill();
}

/// Each step of the way to control has words and a remedy of its own.
#[test]
fn a_dead_proxy_is_named_as_the_proxy() {
    let lab = Lab::without_package();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_HTTP_PROXY=http://127.0.0.1:1");
    assert_found(
        &host,
        "connection",
        "fail",
        ["the proxy 127.0.0.1:1", "PILOT_HTTP_PROXY"],
    );
    host.start();
    host.agent()
        .wait_for("the proxy 127.0.0.1:1 of PILOT_HTTP_PROXY cannot be reached");
}
