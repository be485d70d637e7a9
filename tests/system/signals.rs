//! Signals, in every state of the agent's link to control.

use crate::double::job_key;
use crate::stalls::Fixture;
use lab::Lab;
use lab::host::Host;
use lab::hostile::Trouble;
use lab::wait::wait_for;
use needs::{Need, lacks};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};

/// It takes milliseconds, but for a machine that has other things to do; an exchange
/// would take a minute.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Has the agent say how it stands, and ends it.
#[track_caller]
fn assert_obeys(host: &mut Host, state: &str) {
    host.agent().signal("USR1");
    let said = host.agent().wait_for("state: ");
    assert!(said.contains(state), "{said}");
    host.agent().signal("TERM");
    let began = Instant::now();
    host.agent().wait_for("stopping; ");
    let (status, log) = host.take_agent().end();
    assert!(status.success(), "{log}");
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
}

/// Has the agent read its configuration again, and waits until it meets trouble.
fn meet(fixture: &Fixture) {
    let served = fixture.hostile.served();
    fixture.host.agent().signal("HUP");
    fixture.host.agent().wait_for("configuration read again");
    wait_for("trouble", || fixture.hostile.served() > served);
}

/// Has the agent begin exchanges until one is under way: on a busy machine the trouble may
/// have ended it by the time that it is asked.
fn exchange(fixture: &Fixture) {
    wait_for("an exchange under way", || {
        meet(fixture);
        fixture.host.agent().signal("USR1");
        let said = fixture.host.agent().wait_for("state: ");
        said.contains("in an exchange")
    });
}

#[test]
fn an_agent_whose_exchange_is_stuck_obeys_at_once() {
    let mut fixture = Fixture::with("PILOT_WAIT=0");
    for trouble in [
        Trouble::Silence,
        Trouble::HalfHandshake,
        Trouble::NoAnswer,
        Trouble::Drip,
    ] {
        fixture.hostile.set(trouble);
        meet(&fixture);
        exchange(&fixture);
        assert_obeys(&mut fixture.host, "in an exchange");
        fixture.hostile.set(Trouble::None);
        fixture.host.start();
        fixture.host.agent().wait_for("connected to");
    }
}

#[test]
fn an_agent_that_waits_to_try_again_obeys_at_once() {
    let mut fixture = Fixture::with("PILOT_WAIT=0");
    fixture.hostile.set(Trouble::Close);
    for _ in 0..2 {
        meet(&fixture);
        fixture.host.agent().wait_for("trying again in");
    }
    assert_obeys(&mut fixture.host, ", waiting, ");
}

#[test]
fn an_agent_in_a_long_poll_that_watches_a_job_obeys_at_once() {
    let lab = Lab::new();
    let mut host = lab.running_host();
    lab.command("endless", &[], json!({}));
    let id = lab.job("endless", &[&host])[0];
    host.agent().wait_for(&format!("job {id} started"));
    host.agent().wait_for("to be held for up to 50s");
    assert_obeys(&mut host, "in an exchange");
    host.start();
    host.agent().wait_for("connected to");
    lab.control.rest().delete(&format!("/job/{id}"));
    assert_eq!(lab.end_of(&host, id)["status"], "cancelled");
}

/// A network in which everything is sent into a cable that leads nowhere.
const BLACK_HOLE: &str = r#"
set -e
ip link add black type veth peer name hole
ip address add 198.18.0.1/30 dev black
ip link set black up
ip link set hole up
ip neighbour add 198.18.0.2 lladdr 02:00:00:00:00:01 dev black
echo nameserver 198.18.0.2 > names
mount --bind names /etc/resolv.conf
exec "$@"
"#;

/// An agent in such a network that asks for its enrolment, which has come so far that
/// the kernel's table of sockets has this.
fn host_in_a_black_hole(control: &str, table: &str, entry: &str) -> (tempfile::TempDir, Host) {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Host::new(folder.path().join("host"), 1);
    host.write(".pilot_verify.pgp", &job_key().certificate().to_armor());
    host.configure(&format!("PILOT_CTL_URI={control}"));
    let wrapper = ["unshare", "--map-root-user", "--mount", "--net"];
    let script = ["sh", "-c", BLACK_HOLE, "sh"];
    host.wrapper = wrapper
        .iter()
        .chain(&script)
        .map(|word| (*word).to_owned())
        .collect();
    host.start();
    host.agent().wait_for("is host");
    let table = format!("/proc/{}/net/{table}", host.agent().pid());
    wait_for("a request that gets no answer", || {
        fs::read_to_string(&table)
            .unwrap_or_default()
            .contains(entry)
    });
    (folder, host)
}

#[test]
fn an_agent_that_waits_for_names_obeys_at_once() {
    if lacks(&[Need::UserNamespace, Need::Program("ip")]) {
        return;
    }
    // In the byte order of this machine: 198.18.0.2, port 53.
    let address = format!("{:08X}:0035", u32::from_ne_bytes([198, 18, 0, 2]));
    let (_folder, mut host) = host_in_a_black_hole("https://control.example", "udp", &address);
    assert_obeys(&mut host, "in an exchange");
}

#[test]
fn an_agent_that_waits_for_a_connection_obeys_at_once() {
    if lacks(&[Need::UserNamespace, Need::Program("ip")]) {
        return;
    }
    // SYN_SENT is 2.
    let entry = format!("{:08X}:01BB 02", u32::from_ne_bytes([198, 18, 0, 2]));
    let (_folder, mut host) = host_in_a_black_hole("https://198.18.0.2", "tcp", &entry);
    assert_obeys(&mut host, "in an exchange");
}
