//! Hosts that reach the world through a proxy which asks who they are.

use lab::Lab;
use lab::host::Host;
use lab::proxy::{Manner, Proxy};
use lab::relay::Relay;
use serde_json::json;

const PASSWORD: &str = "p@ss:w%rd/ü";
const WRITTEN: &str = "p%40ss%3Aw%25rd%2F%C3%BC";

/// Control behind a relay, so that its address is another one than the
/// registry's.
struct Fixture {
    lab: Lab,
    relay: Relay,
    proxy: Proxy,
}

impl Fixture {
    fn set_up() -> Self {
        let lab = Lab::new();
        lab.command("greet", &[("GREETING", "Hi")], json!({}));
        let relay = Relay::to(lab.control.authority());
        let proxy = Proxy::demanding("me", PASSWORD);
        Self { lab, relay, proxy }
    }

    fn control(&self) -> String {
        self.relay.authority().to_owned()
    }

    fn registry(&self) -> &str {
        self.lab.control.authority()
    }

    fn host(&self, password: &str, more: &str) -> Host {
        let mut host = self.lab.enrolled_host();
        host.configure(&format!(
            "PILOT_CTL_URI={}\nPILOT_HTTP_PROXY=http://me:{password}@{}\n{more}",
            self.relay.url(),
            self.proxy.authority()
        ));
        // What an agent does does not depend on who started it.
        for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            host.environment
                .push((name.into(), "http://127.0.0.1:1".into()));
        }
        host.environment.push(("NO_PROXY".into(), "*".into()));
        host.start();
        host
    }

    fn assert_job_runs(&self, host: &Host) {
        let job = self.lab.run_job("greet", host);
        assert_eq!(job["status"], "succeeded", "{job}");
    }
}

#[test]
fn control_and_registry_are_reached_through_a_proxy_with_a_password() {
    let fixture = Fixture::set_up();
    let host = fixture.host(WRITTEN, "");
    fixture.assert_job_runs(&host);
    let book = fixture.proxy.book();
    assert!(book.made.contains(&fixture.control()), "{:?}", book.made);
    assert!(
        book.made.iter().any(|target| target == fixture.registry()),
        "{:?}",
        book.made
    );
    assert!(book.refused.is_empty(), "{:?}", book.refused);
    for secret in [PASSWORD, WRITTEN] {
        assert!(!host.agent().log().contains(secret));
    }
}

#[test]
fn what_needs_no_proxy_is_reached_without_it() {
    let fixture = Fixture::set_up();
    let [control, registry] = [fixture.control(), fixture.registry().to_owned()];
    for (direct, proxied) in [(&control, &registry), (&registry, &control)] {
        let before = fixture.proxy.book().made.len();
        let host = fixture.host(WRITTEN, &format!("PILOT_NO_PROXY=a.example,{direct}"));
        fixture.assert_job_runs(&host);
        let made = fixture.proxy.book().made.split_off(before);
        assert!(
            !made.is_empty() && made.iter().all(|target| target == proxied),
            "{direct} directly, but: {made:?}"
        );
    }
}

#[test]
fn a_network_needs_no_proxy_for_agent_and_runner() {
    let fixture = Fixture::set_up();
    let host = fixture.host(WRITTEN, "PILOT_NO_PROXY=127.0.0.0/8");
    fixture.assert_job_runs(&host);
    let book = fixture.proxy.book();
    assert!(book.made.is_empty() && book.refused.is_empty());
}

#[test]
fn a_proxy_that_does_not_know_the_password_is_complained_about() {
    let fixture = Fixture::set_up();
    let host = fixture.host("wrong-one", "");
    let said = host.agent().wait_for(" WARN ");
    let named = format!(
        "the proxy {} of PILOT_HTTP_PROXY",
        fixture.proxy.authority()
    );
    let why = format!(
        "{named} did not connect to {}: it asks for a user and a password",
        fixture.control()
    );
    assert!(said.contains(&why), "{said}");
    let log = host.agent().log();
    assert!(
        !log.contains("wrong-one") && !log.contains("connected to"),
        "{log}"
    );
    assert_eq!(fixture.proxy.book().refused[0], fixture.control());
}

/// A host that goes to control through a proxy of this manner, and through nothing to
/// the registry.
fn host_through(fixture: &Fixture, manner: Manner) -> Host {
    fixture.proxy.answer(manner);
    fixture.host(
        WRITTEN,
        &format!("PILOT_NO_PROXY={}\nPILOT_TIMEOUT=5", fixture.registry()),
    )
}

#[test]
fn a_proxy_makes_tunnels_in_its_own_words() {
    let fixture = Fixture::set_up();
    for manner in [
        Manner::InTwo,
        Manner::Long(256),
        Manner::Long(512),
        Manner::Success(201),
        Manner::Success(204),
        Manner::Strict,
    ] {
        let said = format!("{manner:?}");
        let host = host_through(&fixture, manner);
        host.agent().wait_for("connected to");
        assert!(
            !host.agent().log().contains(" WARN "),
            "{said}: {}",
            host.agent().log()
        );
    }
}

#[test]
fn a_proxys_refusal_is_reported() {
    let fixture = Fixture::set_up();
    for (manner, why) in [
        (Manner::Refusal(503), "HTTP/1.1 503"),
        (Manner::Refusal(403), "HTTP/1.1 403"),
        (Manner::Endless, "the head of the answer has no end"),
        (Manner::EndlessLine, "the head of the answer has no end"),
        (Manner::Silence, "no answer in time"),
        (Manner::CutOff, "the connection ended before the answer did"),
    ] {
        let host = host_through(&fixture, manner);
        let said = host.agent().wait_for(" WARN ");
        let named = format!(
            "PILOT_HTTP_PROXY did not connect to {}: ",
            fixture.control()
        );
        assert!(said.contains(&named) && said.contains(why), "{why}: {said}");
    }
}

#[test]
fn the_first_contact_is_pinned_through_a_proxy_too() {
    let fixture = Fixture::set_up();
    let host = fixture.lab.host();
    host.configure(&format!(
        "PILOT_HTTP_PROXY=http://me:{WRITTEN}@{}",
        fixture.proxy.authority()
    ));
    host.write("code", &fixture.lab.control.invite());
    let enrol = ["enrol", &fixture.relay.url(), "--code-file", "code"];
    lab::run(host.pilot().args(enrol));
    assert_eq!(fixture.proxy.book().made[0], fixture.control());
    let output = host.pilot().arg("doctor").output().unwrap();
    let text = lab::output_text(&output);
    let found = format!("connection    to the proxy {}", fixture.proxy.authority());
    assert!(text.contains(&found) && !text.contains("FAIL"), "{text}");
}
