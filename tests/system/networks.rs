//! Real networks, as a host sees them: names that resolve in one family, addresses that
//! swallow what is sent to them.

use lab::Lab;
use lab::host::Host;
use lab::names::{Answer, Family, Names};
use lab::namespace::{NEEDS, Namespace, dead4, dead6};
use lab::relay::Relay;
use needs::lacks;
use std::net::{IpAddr, TcpListener};
use std::time::{Duration, Instant};

pub(crate) const NAME: &str = "control.test";

/// A dead address costs less than a second, a silent name server ten at most; the rest is
/// for a loaded machine.
const SOON: Duration = Duration::from_secs(25);

/// Control by its name, seen from another network.
pub(crate) struct Network {
    pub(crate) lab: Lab,
    pub(crate) names: Names,
    pub(crate) outer: IpAddr,
    pub(crate) outer6: IpAddr,
    // Control's port, at its IPv6 address.
    _relay: Relay,
    pub(crate) cable: Namespace,
}

impl Network {
    /// All names and addresses are good, and control's name leads to its IPv4 address.
    pub(crate) fn set_up() -> Self {
        let cable = Namespace::another();
        let (outer, outer6) = (cable.outer(), cable.add_ipv6());
        cable.add_dead_addresses();
        cable.resolve_at(&outer);
        let names = Names::listen(&format!("{outer}:53"));
        let lab = Lab::at_any_of(&[&outer, NAME]);
        let relay = Relay::listen_at(&outer6, lab.control.port(), lab.control.authority());
        let network = Self {
            lab,
            names,
            outer: outer.parse().unwrap(),
            outer6: outer6.parse().unwrap(),
            _relay: relay,
            cable,
        };
        network.names.lead(NAME, &[network.outer]);
        network
    }

    fn url(&self) -> String {
        format!("https://{NAME}:{}", self.lab.control.port())
    }

    /// A host in there that was enrolled under control's name.
    pub(crate) fn host(&self) -> Host {
        let mut host = self.lab.host();
        host.wrapper = self.cable.wrapper();
        host.configure("");
        host.write("code", &self.lab.control.invite());
        lab::run(
            host.pilot()
                .args(["enrol", &self.url(), "--code-file"])
                .arg(host.path("code")),
        );
        host
    }

    /// A host's agent, started anew, gets there soon.
    #[track_caller]
    fn assert_reached(&self, host: &mut Host, case: &str) {
        let begun = Instant::now();
        host.start();
        host.agent().wait_for("connected to");
        let took = begun.elapsed();
        assert!(took < SOON, "{case}: {took:?}");
        host.kill();
    }

    fn set(&self, answers: [Answer; 2]) {
        let [v4, v6] = answers;
        self.names.set(NAME, Family::V4, v4);
        self.names.set(NAME, Family::V6, v6);
    }
}

fn at(address: IpAddr) -> Answer {
    Answer::Addresses(vec![address])
}

#[test]
fn a_name_resolves_if_one_family_of_addresses_does() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::set_up();
    let mut host = network.host();
    for bad in [Answer::Failure, Answer::NoSuchName, Answer::Silence] {
        network.set([at(network.outer), bad.clone()]);
        network.assert_reached(&mut host, &format!("IPv6: {bad:?}"));
        network.set([bad.clone(), at(network.outer6)]);
        network.assert_reached(&mut host, &format!("IPv4: {bad:?}"));
    }
    network.set([Answer::Truncated(vec![network.outer]), Answer::NoData]);
    network.assert_reached(&mut host, "by TCP");
}

#[test]
fn an_address_that_swallows_packets_costs_a_moment_and_is_not_tried_again() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::set_up();
    let mut host = network.host();
    let (outer, outer6) = (network.outer, network.outer6);
    for addresses in [
        vec![dead6(1), outer],
        vec![dead4(1), outer],
        vec![dead4(1), dead4(2), dead6(1), dead6(2), outer],
        vec![dead4(1), dead6(1), outer6],
    ] {
        network.names.lead(NAME, &addresses);
        network.assert_reached(&mut host, &format!("{addresses:?}"));
    }
    network
        .lab
        .command("greet", &[("GREETING", "Hi")], serde_json::json!({}));
    host.start();
    host.agent().wait_for("connected to");
    let asked = network.names.asked().len();
    let begun = Instant::now();
    let job = network.lab.job("greet", &[&host])[0];
    host.agent().wait_for(&format!("job {job} is reported"));
    assert!(begun.elapsed() < SOON);
    let later = network.names.asked().split_off(asked);
    let of_agent = later.iter().filter(|(_, family)| *family == Family::V4);
    assert_eq!(
        of_agent.count(),
        0,
        "IPv6 worked, so it is asked for: {later:?}"
    );
}

/// A load balancer in front of nothing: it takes connections, and that is all.
#[test]
fn after_a_silent_address_the_next_one_is_tried() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::set_up();
    let mut host = network.host();
    let silent = network.cable.outer_besides(0);
    let _listener = TcpListener::bind((silent.as_str(), network.lab.control.port())).unwrap();
    network.names.lead(NAME, &[silent.parse().unwrap()]);
    host.configure("PILOT_TIMEOUT=3");
    host.start();
    host.agent().wait_for("did not answer in time");
    network
        .names
        .lead(NAME, &[silent.parse().unwrap(), network.outer]);
    host.agent().wait_for("connected to");
}

#[test]
fn a_host_enrols_and_doctor_is_content_although_an_address_is_dead_and_a_family_silent() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::set_up();
    network.set([
        Answer::Addresses(vec![dead4(1), network.outer]),
        Answer::Silence,
    ]);
    let begun = Instant::now();
    let host = network.host();
    assert!(begun.elapsed() < 2 * SOON);
    let output = host.pilot().arg("doctor").output().unwrap();
    let text = lab::output_text(&output);
    for line in [
        format!(
            "warn  name          {NAME}:{}, IPv6: ",
            network.lab.control.port()
        ),
        format!("ok    connection    to {}:", network.outer),
        format!("warn  connection    {}:", dead4(1)),
        format!("ok    control       {} is up", network.url()),
    ] {
        assert!(text.contains(&line), "{line} is not in:\n{text}");
    }
}

#[test]
fn errors_of_name_and_addresses_are_reported() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::set_up();
    let mut host = network.host();
    network.set([Answer::Failure, Answer::Failure]);
    host.start();
    let said = host.agent().wait_for(" WARN ");
    assert!(
        said.contains("cannot be reached: no name server answers that"),
        "{said}"
    );
    host.kill();
    network.names.lead(NAME, &[dead4(1), dead6(1)]);
    host.configure("PILOT_TIMEOUT=3");
    host.start();
    let said = host.agent().wait_for(" WARN ");
    for address in [dead4(1), dead6(1)] {
        assert!(said.contains(&format!("{address}: no answer")), "{said}");
    }
}

/// The file is there before there is a network, and follows the network.
#[test]
fn a_resolv_conf_that_comes_later_or_changes_counts_without_a_restart() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::set_up();
    let mut host = network.host();
    for before in ["", "127.0.0.2"] {
        network.cable.resolve_at(before);
        host.start();
        host.agent().wait_for("trying again in");
        network.cable.resolve_at(&network.outer.to_string());
        host.agent().wait_for("connected to");
        host.kill();
    }
}
