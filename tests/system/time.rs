//! Clocks that are wrong: the host's and control's.

use crate::functions::gate_and_tally;
use lab::host::Host;
use lab::preload;
use lab::programs::programs;
use lab::relay::Relay;
use lab::wait::wait_for;
use lab::wall_clock::WallClock;
use lab::{Barrier, Lab, run};
use serde_json::json;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// A few minutes after 1970 began, which is what a clock without a battery
/// shows, and some day in 2100.
const WRONG_CENTURIES: [i64; 2] = [300, 4_102_500_000];

/// Whether the test is passed over, which it says.
fn has_no_say(what: &str, program: &std::path::Path) -> bool {
    let skipped = !preload::meets(program);
    if skipped {
        eprintln!(
            "SKIPPED: {what} is linked statically, so that its clock cannot be set for it alone"
        );
    }
    skipped
}

/// A host that goes by a clock of its own and pings every second.
fn host_with_clock(lab: &Lab) -> (Host, WallClock) {
    let mut host = lab.enrolled_host();
    let clock = WallClock::new(&host.path(""));
    host.configure("PILOT_WAIT=0");
    host.environment = clock.environment();
    (host, clock)
}

/// Both programs go by clocks of their own; `None` where they cannot.
pub fn lab_and_host_with_clocks() -> Option<(Lab, Host, [WallClock; 2])> {
    let programs = programs();
    if has_no_say("pilot", &programs.pilot) || has_no_say("pilotctl", &programs.pilotctl) {
        return None;
    }
    let mut lab = Lab::new();
    let controls = WallClock::new(&lab.path(""));
    lab.control.kill();
    lab.control.environment = controls.environment();
    lab.control.start_again();
    let (host, clock) = host_with_clock(&lab);
    Some((lab, host, [controls, clock]))
}

fn greet(lab: &Lab) {
    lab.command("greet", &[("GREETING", "hello")], json!({}));
}

fn assert_greets(lab: &Lab, host: &Host) {
    let job = lab.run_job("greet", host);
    assert_eq!(job["status"], "succeeded", "{job}");
}

/// Also beyond 2038, where `cargo campaign foreign-test --later` has it.
#[test]
fn a_job_begins_and_ends_when_it_does() {
    let now = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        wire::time::rfc3339(now.as_secs())
    };
    let lab = Lab::new();
    greet(&lab);
    let host = lab.running_host();
    let before = now();
    let job = lab.run_job("greet", &host);
    let after = now();
    for name in ["Start", "Time"] {
        let said = job["result"][name].as_str().unwrap();
        assert!(
            (&*before..=&*after).contains(&said),
            "{before} {after}: {job}"
        );
    }
}

#[test]
fn a_host_in_another_century_reports_that_and_recovers_when_its_clock_is_set() {
    if has_no_say("pilot", &programs().pilot) {
        return;
    }
    let lab = Lab::new();
    greet(&lab);
    let hosts = WRONG_CENTURIES.map(|century| {
        let (mut host, clock) = host_with_clock(&lab);
        clock.set(century);
        host.start();
        (host, clock)
    });
    for (host, _) in &hosts {
        let line = host.agent().wait_for("clock: TLS: ");
        assert!(
            !line.starts_with("20"),
            "the log has the host's time: {line}"
        );
        let status = run(host.pilot().arg("status"));
        assert!(status.contains("this host's clock is wrong"), "{status}");
        host.agent().signal("HUP");
        host.agent().wait_for("trying again");
        let log = host.agent().log();
        let complaints = log.matches("clock: TLS: ").count();
        assert_eq!(complaints, 1, "it is logged once: {log}");
    }
    for (host, clock) in &hosts {
        clock.advance(0);
        host.agent().wait_for("connected to");
        assert_greets(&lab, host);
    }
}

#[test]
fn a_host_whose_clock_is_off_learns_the_time_from_control() {
    if has_no_say("pilot", &programs().pilot) {
        return;
    }
    let lab = Lab::new();
    greet(&lab);
    for (ahead, words) in [
        (-HOUR, "3600 s behind control's"),
        (30 * DAY, "2592000 s ahead of control's"),
    ] {
        let (mut host, clock) = host_with_clock(&lab);
        clock.advance(ahead);
        host.start();
        let said = host.agent().wait_for("clock: this host's clock is");
        assert_seconds(&said, words);
        host.agent().wait_for("connected to");
        assert_greets(&lab, &host);
        assert_seconds(&run(host.pilot().arg("status")), words);
        let job = skew_that_control_knows(&lab, &host);
        assert!(job.abs_diff(ahead) <= 3, "{job}");

        host.kill();
        clock.advance(0);
        host.start();
        host.agent()
            .wait_for("clock: this host's clock is right again");
        assert_greets(&lab, &host);
        assert_eq!(skew_that_control_knows(&lab, &host), 0);
        assert!(!run(host.pilot().arg("status")).contains("of control's"));
    }
}

fn skew_that_control_knows(lab: &Lab, host: &Host) -> i64 {
    let hosts = lab.control.rest().get("/host");
    let mut hosts = hosts.as_array().unwrap().iter();
    let host = hosts.find(|shown| shown["host_uuid"] == host.id()).unwrap();
    host["skew"].as_i64().unwrap()
}

/// A second more or less may have passed between two looks.
fn assert_seconds(text: &str, words: &str) {
    let (number, rest) = words.split_once(' ').unwrap();
    let number: i64 = number.parse().unwrap();
    let near = (number - 3..=number + 3).map(|number| format!(" {number} {rest}"));
    assert!(
        near.into_iter().any(|near| text.contains(&near)),
        "{words:?} in {text}"
    );
}

#[test]
fn a_clock_that_jumps_while_a_job_runs_changes_nothing_but_what_is_reported() {
    if has_no_say("pilot", &programs().pilot) {
        return;
    }
    let lab = Lab::new();
    let (mut host, clock) = host_with_clock(&lab);
    host.start();
    host.agent().wait_for("connected to");
    let [barrier, tally] = gate_and_tally(&host);
    let limit = json!({ "timeout": 600 });
    lab.command("tally", &[("BARRIER", &barrier), ("TALLY", &tally)], limit);
    let id = lab.job("tally", &[&host])[0];
    let barrier = Barrier::reached(barrier);
    for (ahead, words) in [(DAY, "86400 s ahead of"), (-DAY, "86400 s behind")] {
        clock.advance(ahead);
        let said = host.agent().wait_for("clock: this host's clock is");
        assert_seconds(&said, words);
    }
    clock.advance(0);
    host.agent()
        .wait_for("clock: this host's clock is right again");
    barrier.open();
    let job = lab.end_of(&host, id);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert_eq!(fs::read_to_string(tally).unwrap(), "run\n");
    let log = host.agent().log();
    assert!(!log.contains("did not accept the token"), "{log}");
    assert_eq!(log.matches("WARN").count(), 2, "{log}");
}

#[test]
fn a_control_that_is_wrong_and_then_corrected_keeps_its_hosts() {
    if has_no_say("pilotctl", &programs().pilotctl) {
        return;
    }
    let mut lab = Lab::new();
    greet(&lab);
    let clock = WallClock::new(&lab.path(""));
    lab.control.kill();
    lab.control.environment = clock.environment();
    lab.control.start_again();
    let mut host = lab.enrolled_host();
    host.configure("PILOT_WAIT=0");
    host.start();
    host.agent().wait_for("connected to");
    for ahead in [HOUR, DAY, HOUR, YEAR] {
        clock.advance(ahead);
        host.agent().wait_for("clock: this host's clock is");
        assert_greets(&lab, &host);
    }

    clock.advance(0);
    host.agent()
        .wait_for("clock: this host's clock is right again");
    assert_greets(&lab, &host);
    host.kill();
    host.start();
    host.agent().wait_for("connected to");
    assert!(
        !host.agent().log().contains("did not accept the token"),
        "it has not kept control's error: {}",
        host.agent().log()
    );
}

/// A token is made before the connection is. On a way that takes long to connect it is
/// stale when it arrives, though both clocks are right.
#[test]
fn a_token_that_became_stale_on_the_way_makes_no_clock_wrong() {
    let Some((lab, mut host, clocks)) = lab_and_host_with_clocks() else {
        return;
    };
    greet(&lab);
    let relay = Relay::to(lab.control.authority());
    let settings = format!(
        "PILOT_WAIT=0\nPILOT_TIMEOUT=120\nPILOT_CTL_URI={}",
        relay.url()
    );
    host.configure(&settings);
    host.start();
    host.agent().wait_for("connected to");

    // More time than a token counts for passes while the handshake is under way.
    relay.delay(Duration::from_secs(1));
    let connections = relay.connections();
    wait_for("a connection", || relay.connections() > connections);
    clocks.iter().for_each(|clock| clock.suspend(70));
    let said = host.agent().wait_for(" WARN ");
    assert!(said.contains("may have expired on the way"), "{said}");

    relay.delay(Duration::ZERO);
    host.agent().wait_for("connected to");
    assert_greets(&lab, &host);
    assert_eq!(skew_that_control_knows(&lab, &host), 0);
    let log = host.agent().log();
    assert!(!log.contains("clock"), "{log}");
    assert_eq!(log.matches(" WARN ").count(), 1, "{log}");
}
