//! Real networks: what `art` and `pilotctl` make of names that resolve in one family,
//! of dead addresses, of proxies and of boxes that rewrite answers.

use crate::networks::{NAME, Network};
use lab::control::PASSWORD;
use lab::host::Host;
use lab::middlebox::{Middlebox, Rewrite};
use lab::names::{Answer, Family};
use lab::namespace::{NEEDS, dead4, dead6};
use lab::programs::programs;
use lab::proxy::{Manner, Proxy};
use lab::{REGISTRY_PASSWORD, clean, output_text, package_source, run};
use needs::lacks;
use serde_json::json;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// An address that is dead, a name server that lacks one family: each costs about a
/// second, on a loaded machine more.
const SOON: Duration = Duration::from_secs(15);

/// What programs in a network do with control, as operators and publishers use them.
impl Network {
    /// A network with a package in control's registry, under control's name.
    fn with_package() -> Self {
        let network = Self::set_up();
        let name = network.package(NAME);
        let mut build = network.publisher();
        run(build.args(["build", "-t", &name]).arg(package_source()));
        run(network.publisher().args(["sign", &name]));
        run(network.publisher().args(["push", &name]));
        network
    }

    fn authority(&self) -> String {
        format!("{NAME}:{}", self.lab.control.port())
    }

    fn package(&self, host: &str) -> String {
        format!("{host}:{}/tests/named:latest", self.lab.control.port())
    }

    /// A program in there.
    fn inside(&self, program: &Path) -> Command {
        let wrapper = self.cable.wrapper();
        let mut inside = clean(Path::new(&wrapper[0]));
        inside.args(&wrapper[1..]).arg(program);
        inside
    }

    fn publisher(&self) -> Command {
        let mut art = self.inside(&programs().art);
        art.env("ARTISAN_HOME", self.lab.path("artisan"))
            .env("ART_CA_FILE", self.lab.control.ca())
            .env("ART_REG_USER", "publisher")
            .env("ART_REG_PWD", PASSWORD);
        art
    }

    /// `art pull` of a host that has nothing yet, tried once.
    fn pull(&self, home: &TempDir, host: &str) -> Command {
        let mut pull = self.inside(&programs().art);
        pull.args(["pull", &self.package(host)])
            .env("ARTISAN_HOME", home.path())
            .env("ART_CA_FILE", self.lab.control.ca())
            .env("ART_VERIFY_KEYS", self.lab.control.path("registry_pub.pgp"))
            .env("ART_REG_USER", "reader")
            .env("ART_REG_PWD", REGISTRY_PASSWORD)
            .env("ART_PULL_ATTEMPTS", "1");
        pull
    }

    fn list_hosts(&self, host: &str) -> Command {
        let mut list = self.inside(&programs().pilotctl);
        let url = format!("https://{host}:{}", self.lab.control.port());
        list.args(["host", "ls"])
            .env("PILOTCTL_URL", url)
            .env("PILOTCTL_USER", "admin")
            .env("PILOTCTL_PASSWORD", PASSWORD)
            .env("PILOTCTL_CA_FILE", self.lab.control.ca());
        list
    }

    /// What both programs come to, asking this host at control's port for something.
    fn both(&self, host: &str, change: impl Fn(&mut Command)) -> [Output; 2] {
        let home = TempDir::new().unwrap();
        let started = [self.pull(&home, host), self.list_hosts(host)].map(|mut program| {
            change(&mut program);
            let piped = program.stdout(Stdio::piped()).stderr(Stdio::piped());
            piped.spawn().unwrap()
        });
        started.map(|program| program.wait_with_output().unwrap())
    }

    /// Both programs get there, soon.
    #[track_caller]
    fn assert_both_reach(&self, case: &str, change: impl Fn(&mut Command)) {
        let begun = Instant::now();
        for output in self.both(NAME, change) {
            assert!(output.status.success(), "{case}: {}", output_text(&output));
        }
        let took = begun.elapsed();
        assert!(took < SOON, "{case}: {took:?}");
    }

    /// Neither program gets there, and both say why in these words.
    #[track_caller]
    fn assert_both_fail(&self, host: &str, words: &[&str], change: impl Fn(&mut Command)) {
        for output in self.both(host, change) {
            let said = output_text(&output);
            assert!(!output.status.success(), "{host}: {said}");
            for word in words {
                assert!(said.contains(word), "{word}: {said}");
            }
            for foreign in [
                "os error",
                "failed to lookup",
                "io:",
                "proxy server",
                "httparse",
            ] {
                assert!(!said.contains(foreign), "{foreign}: {said}");
            }
        }
    }

    /// A proxy of the network's, by its name; it knows control by its own.
    fn proxy(&self, ip: IpAddr) -> Proxy {
        let proxy = Proxy::open(&ip.to_string());
        self.names.lead("proxy.test", &[ip]);
        proxy.lead(&self.authority(), self.lab.control.authority());
        // A client of a proxy need not resolve the names behind it.
        self.names.lead(NAME, &[]);
        proxy
    }
}

fn through(proxy: &Proxy) -> impl Fn(&mut Command) {
    let url = format!("http://proxy.test:{}", proxy.port());
    move |program| {
        program.env("HTTPS_PROXY", &url);
    }
}

fn as_it_is(_: &mut Command) {}

#[test]
fn a_name_that_resolves_in_one_family_leads_there() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let (outer, outer6) = (network.outer, network.outer6);
    for (good, found, other) in [
        (Family::V4, outer, Family::V6),
        (Family::V6, outer6, Family::V4),
    ] {
        for lack in [
            Answer::Failure,
            Answer::NoSuchName,
            Answer::NoData,
            Answer::Silence,
        ] {
            let case = format!("{good:?} alone, {lack:?} for the other");
            network
                .names
                .set(NAME, good, Answer::Addresses(vec![found]));
            network.names.set(NAME, other, lack);
            network.assert_both_reach(&case, as_it_is);
        }
    }
    network
        .names
        .set(NAME, Family::V4, Answer::Truncated(vec![outer]));
    network.assert_both_reach("an answer over TCP", as_it_is);
}

#[test]
fn dead_addresses_cost_seconds() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let (outer, outer6) = (network.outer, network.outer6);
    for addresses in [
        vec![dead6(2), outer],
        vec![outer6, dead4(1)],
        vec![dead6(1), dead6(2), dead4(1), dead4(2), outer],
        vec!["fd00:bad::1".parse().unwrap(), dead4(1), outer],
    ] {
        network.names.lead(NAME, &addresses);
        network.assert_both_reach(&format!("{addresses:?}"), as_it_is);
    }
}

#[test]
fn what_does_not_lead_there_is_named() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let names = &network.names;
    for family in [Family::V4, Family::V6] {
        names.set("vague.test", family, Answer::Failure);
    }
    names.lead("dead.test", &[dead4(1), dead6(2)]);
    names.lead("nowhere.test", &["fd00:bad::1".parse().unwrap()]);
    let [dead, dead_too] = [dead4(1), dead6(2)].map(|ip| ip.to_string());
    for (host, words) in [
        (
            "gone.test",
            vec!["no address is known for the name gone.test"],
        ),
        (
            "vague.test",
            vec!["no name server answered for the name vague.test"],
        ),
        (
            "dead.test",
            vec!["no connection to dead.test", &dead, &dead_too, "no answer"],
        ),
        (
            "nowhere.test",
            vec!["no connection to nowhere.test", "fd00:bad::1", "no route"],
        ),
    ] {
        network.assert_both_fail(host, &words, as_it_is);
    }
}

#[test]
fn proxies_answer_as_they_like() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let proxy = network.proxy(network.outer);
    for manner in [
        Manner::Usual,
        Manner::InTwo,
        Manner::Long(256),
        Manner::Long(512),
        Manner::Long(8 << 10),
        Manner::Success(204),
        Manner::Success(201),
        Manner::Strict,
    ] {
        proxy.answer(manner);
        network.assert_both_reach(&format!("{manner:?}"), through(&proxy));
    }
}

#[test]
fn proxies_have_several_addresses_too() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let proxy = network.proxy(network.outer6);
    let answer = Answer::Addresses(vec![dead6(2), network.outer6]);
    network.names.set("proxy.test", Family::V6, answer);
    network.names.set("proxy.test", Family::V4, Answer::Failure);
    network.assert_both_reach("a proxy by IPv6", through(&proxy));
    let url = format!("http://[{}]:{}", network.outer6, proxy.port());
    network.assert_both_reach("its address", |program| {
        program.env("HTTPS_PROXY", &url);
    });
}

#[test]
fn a_proxy_that_makes_no_tunnel_is_named_with_what_it_did() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let proxy = network.proxy(network.outer);
    for (manner, words) in [
        (Manner::Refusal(503), "it answered 503"),
        (Manner::Refusal(302), "it answered 302"),
        (Manner::Refusal(407), "the proxy answered 407"),
        (Manner::Endless, "no end"),
        (Manner::EndlessLine, "no end"),
        (Manner::CutOff, "closed the connection"),
        (Manner::Silence, "did not answer in time"),
    ] {
        proxy.answer(manner);
        let named = format!("the proxy proxy.test:{}", proxy.port());
        network.assert_both_fail(NAME, &[&named, words], through(&proxy));
    }
    for (url, words) in [
        (
            "http://gone.test:3128",
            ["proxy gone.test:3128", "no address is known"],
        ),
        (
            "socks5://me:hunter2@proxy.test:1080",
            ["HTTPS_PROXY", "does not name a proxy"],
        ),
        (
            "http://me:hunter2@",
            ["HTTPS_PROXY", "does not name a proxy"],
        ),
    ] {
        network.assert_both_fail(NAME, &words, |program| {
            program.env("HTTPS_PROXY", url);
        });
    }
}

#[test]
fn answers_that_a_box_rewrites_say_the_same() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let tls = network.lab.control.path("tls");
    let other = network.cable.outer_besides(0);
    let (port, target) = (network.lab.control.port(), network.lab.control.authority());
    let rewriting = Middlebox::listen_at(&other, port, &tls, target);
    network.names.lead(NAME, &[other.parse().unwrap()]);
    for rewrite in [
        Rewrite::Nothing,
        Rewrite::Blanks("   ", "  "),
        Rewrite::Blanks("\t", " \t"),
        Rewrite::Blanks("", ""),
        Rewrite::Latin1,
        Rewrite::Interim(1),
        Rewrite::Interim(7),
        Rewrite::Http10,
        Rewrite::Chunked(7),
    ] {
        let before = rewriting.answered();
        rewriting.set(rewrite);
        network.assert_both_reach(&format!("{rewrite:?}"), as_it_is);
        assert!(rewriting.answered() > before + 1, "{rewrite:?}");
        run(network.publisher().args(["push", &network.package(NAME)]));
    }
}

/// A job of a host whose package is in control's registry, under control's name.
#[track_caller]
fn assert_job_runs(network: &Network, host: &mut Host, case: &str) {
    host.start();
    let job = network.lab.run_job("greet", host);
    assert_eq!(job["status"], "succeeded", "{case}: {job}");
    host.kill();
    // What was pulled is pulled anew.
    fs::remove_dir_all(host.path("state/artisan/packages")).unwrap();
}

#[test]
fn a_jobs_package_comes_over_such_networks() {
    if lacks(NEEDS) {
        return;
    }
    let network = Network::with_package();
    let package = json!({ "package": network.package(NAME) });
    network.lab.command("greet", &[("GREETING", "Hi")], package);
    let mut host = network.host();
    let dead_first = Answer::Addresses(vec![dead4(1), network.outer]);
    for (v4, v6) in [
        (dead_first, Answer::Failure),
        (Answer::NoSuchName, Answer::Addresses(vec![network.outer6])),
    ] {
        let case = format!("{v4:?}, {v6:?}");
        network.names.set(NAME, Family::V4, v4);
        network.names.set(NAME, Family::V6, v6);
        assert_job_runs(&network, &mut host, &case);
    }
    let proxy = network.proxy(network.outer);
    host.configure(&format!(
        "PILOT_HTTP_PROXY=http://proxy.test:{}",
        proxy.port()
    ));
    for manner in [Manner::InTwo, Manner::Success(204), Manner::Strict] {
        proxy.answer(manner);
        assert_job_runs(&network, &mut host, &format!("{manner:?}"));
    }
    let tunnels = proxy.book().made;
    assert!(!tunnels.is_empty() && tunnels.iter().all(|target| *target == network.authority()));
}
