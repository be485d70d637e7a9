//! Hosts that reach the world through a proxy which asks who they are.

use lab::Lab;
use lab::host::Host;
use lab::proxy::Proxy;
use lab::relay::Relay;
use serde_json::json;

const PASSWORD: &str = "p@ss:w%rd/ü";
const WRITTEN: &str = "p%40ss%3Aw%25rd%2F%C3%BC";

/// Control behind a relay, so that its address is another one than the
/// registry's.
struct Stage {
    lab: Lab,
    relay: Relay,
    proxy: Proxy,
}

impl Stage {
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
    let stage = Stage::set_up();
    let host = stage.host(WRITTEN, "");
    stage.assert_job_runs(&host);
    let book = stage.proxy.book();
    assert!(book.made.contains(&stage.control()), "{:?}", book.made);
    assert!(
        book.made.iter().any(|target| target == stage.registry()),
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
    let stage = Stage::set_up();
    let [control, registry] = [stage.control(), stage.registry().to_owned()];
    for (direct, proxied) in [(&control, &registry), (&registry, &control)] {
        let before = stage.proxy.book().made.len();
        let host = stage.host(WRITTEN, &format!("PILOT_NO_PROXY=a.example,{direct}"));
        stage.assert_job_runs(&host);
        let made = stage.proxy.book().made.split_off(before);
        assert!(
            !made.is_empty() && made.iter().all(|target| target == proxied),
            "{direct} directly, but: {made:?}"
        );
    }
}

#[test]
fn a_network_needs_no_proxy_for_agent_and_runner() {
    let stage = Stage::set_up();
    let host = stage.host(WRITTEN, "PILOT_NO_PROXY=127.0.0.0/8");
    stage.assert_job_runs(&host);
    let book = stage.proxy.book();
    assert!(book.made.is_empty() && book.refused.is_empty());
}

#[test]
fn a_proxy_that_does_not_know_the_password_is_complained_about() {
    let stage = Stage::set_up();
    let host = stage.host("wrong-one", "");
    let said = host.agent().wait_for(" WARN ");
    let named = format!("the proxy {} of PILOT_HTTP_PROXY", stage.proxy.authority());
    assert!(
        said.contains(&format!("{named} wants to know who asks")),
        "{said}"
    );
    let log = host.agent().log();
    assert!(
        !log.contains("wrong-one") && !log.contains("connected to"),
        "{log}"
    );
    assert_eq!(stage.proxy.book().refused[0], stage.control());
}
