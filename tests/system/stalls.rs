//! Servers in control's place that stall, break off or talk nonsense: each
//! costs one deadline at most and little memory, and then comes a retry.

use crate::double::{Double, job_key};
use lab::host::Host;
use lab::hostile::{Hostile, TROUBLES, Trouble};
use lab::memory::Watch;
use std::cell::Cell;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far more than an exchange needs, far less than a server could send.
const MOST_KIB: u64 = 64 << 10;

/// A host that reaches a good control through a hostile server.
pub struct Fixture {
    pub hostile: Hostile,
    pub host: Host,
    /// The most that any courier has taken, in KiB.
    peak: Cell<u64>,
    _double: Double,
    _folder: TempDir,
}

impl Fixture {
    fn set_up() -> Self {
        // With an hour between idle pings, none comes beside those asked for.
        Self::with("PILOT_TIMEOUT=2\nPILOT_WAIT=0\nPILOT_MIN_INTERVAL=3600")
    }

    pub fn with(settings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let double = Double::start(folder.path(), Box::new(|_, asked| asked.nothing()));
        let target = double.authority();
        let hostile = Hostile::listen("127.0.0.1", &folder.path().join("tls"), &target);
        let host = double.host_via(&hostile.url(), folder.path(), &job_key(), settings);
        host.agent().wait_for("connected to");
        // It is connected once it is registered; its first ping comes after that.
        double.next_ping();
        Self {
            hostile,
            host,
            peak: Cell::new(0),
            _double: double,
            _folder: folder,
        }
    }

    /// Lets one exchange meet trouble, and the next one control. Returns the agent's log.
    #[track_caller]
    fn meet(&self, trouble: Trouble) -> String {
        self.wait_for_a_pause();
        let memory = Watch::over_children_of(self.host.agent().pid());
        let before = self.tries_and_failures();
        self.hostile.set(trouble);
        self.host.agent().signal("HUP");
        let began = Instant::now();
        let warning = self.host.agent().wait_for(" WARN ");
        self.host.agent().wait_for("trying again in");
        let took = began.elapsed();
        self.hostile.set(Trouble::None);
        assert!(took < Duration::from_secs(30), "{trouble:?} took {took:?}");
        let most = memory.most_kib();
        assert!(most < MOST_KIB, "{trouble:?} took {most} KiB");
        self.peak.set(self.peak.get().max(most));
        self.host.agent().signal("HUP");
        self.host.agent().wait_for("connected to");
        self.wait_for_a_pause();
        let after = self.tries_and_failures();
        let (tries, failures) = (after.0 - before.0, after.1 - before.1);
        assert_eq!(tries, failures, "{trouble:?}: one try in each exchange");
        warning
    }

    /// How many connections met trouble, and how many exchanges failed.
    fn tries_and_failures(&self) -> (usize, usize) {
        let log = self.host.agent().log();
        let failed = log.matches("trying again in").count();
        (self.hostile.served(), failed)
    }

    /// Returns when no exchange is under way, which the next one would be beside.
    fn wait_for_a_pause(&self) {
        loop {
            self.host.agent().signal("USR1");
            let state = self.host.agent().wait_for("state: next is ");
            if state.contains("is Ping, waiting") {
                return;
            }
        }
    }
}

#[test]
fn every_fault_of_a_server_costs_one_deadline_and_little_memory() {
    let fixture = Fixture::set_up();
    for trouble in TROUBLES {
        fixture.meet(trouble);
    }
    assert!(fixture.peak.get() > 0, "the couriers were seen");
    let log = fixture.host.agent().log();
    assert!(!log.contains("fatal"), "{log}");
}

#[test]
fn faults_of_a_server_are_explained() {
    let fixture = Fixture::set_up();
    for (trouble, words) in [
        (Trouble::Silence, "did not answer in time"),
        (Trouble::CutOff, "ended before the answer did"),
        (Trouble::Farewell, "closed without an HTTP answer"),
        (Trouble::LongHeader, "header"),
        (Trouble::EndlessBody, "larger than 1048576 bytes"),
        (
            Trouble::EndlessInterim,
            "cannot be read: the head of the answer has no end",
        ),
        (Trouble::Redirect, "a redirect (307)"),
        (Trouble::Status(502), "(status 502) is not from control"),
    ] {
        let said = fixture.meet(trouble);
        assert!(said.contains(words), "{trouble:?}: {said}");
    }
}

/// The delay that was chosen, in seconds.
pub fn delay(line: &str) -> f64 {
    let text = line.rsplit(' ').next().unwrap();
    match text.strip_suffix("ms") {
        Some(milliseconds) => milliseconds.parse::<f64>().unwrap() / 1_000.0,
        None => text.strip_suffix('s').unwrap().parse().unwrap(),
    }
}

#[test]
fn who_asks_to_be_left_alone_is_left_alone_within_reason() {
    let fixture = Fixture::set_up();
    for (trouble, least) in [
        (Trouble::RetryAfter(429, "1000"), 1_000.0),
        (
            Trouble::RetryAfter(503, "Fri, 01 Jan 2100 00:00:00 GMT"),
            3_600.0,
        ),
        (Trouble::RetryAfter(503, "999999999999999999999"), 3_600.0),
    ] {
        fixture.hostile.set(trouble);
        fixture.host.agent().signal("HUP");
        let chosen = delay(&fixture.host.agent().wait_for("trying again in"));
        assert!(
            (least..=least * 1.26).contains(&chosen),
            "{trouble:?}: {chosen}"
        );
    }
}

/// A token in the clear would be no secret, and one at another host no use.
#[test]
fn abuse_a_server_redirects_to_another_host_or_to_plain_http() {
    let fixture = Fixture::set_up();
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    plain.set_nonblocking(true).unwrap();
    let port = plain.local_addr().unwrap().port();
    for trouble in [Trouble::Redirect, Trouble::RedirectToPlain(port)] {
        let said = fixture.meet(trouble);
        assert!(said.contains("redirects are not followed"), "{said}");
    }
    let refused = plain.accept().unwrap_err().kind();
    assert_eq!(refused, ErrorKind::WouldBlock);
}
