//! The way to control: name, connection, TLS, HTTP.

use super::clock::compare;
use super::report::Finding;
use super::state;
use super::supervised_for;
use crate::config::Config;
use crate::identity::Identity;
use crate::keys::{self, SOON};
use crate::link::address::ControlUri;
use crate::link::child::Child;
use crate::link::courier;
use crate::link::exchange::Transport;
use crate::link::frame::{Class, LinkFailure};
use crate::sys::clock;
use std::fmt::Display;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;
use wire::ca_file::{Entry, entries};
use wire::time::rfc3339;

const NAME_PATIENCE: Duration = Duration::from_secs(10);
const CONNECT_PATIENCE: Duration = Duration::from_secs(15);

/// Each address of a name gets so long.
const PER_ADDRESS: Duration = Duration::from_secs(4);

/// An answer to `GET /` takes no long thought.
const ANSWER_PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let enrolled_at = || {
        let identity = Identity::load(&config.home).ok().flatten()?;
        identity.control?.parse().ok()
    };
    let control = match config.control.as_slice() {
        [] => Vec::from_iter(enrolled_at()),
        configured => configured.to_vec(),
    };
    if control.is_empty() {
        return vec![no_address(state::is_hidden(config))];
    }
    control.iter().flat_map(|uri| way_to(uri, config)).collect()
}

fn no_address(is_hidden: bool) -> Finding {
    const CHECK: &str = "control";
    if is_hidden {
        let text = "its address is kept in the state folder, which this user cannot read";
        return Finding::warn(CHECK, text, "run this as root or as the agent's user");
    }
    let remedy = "enrol this host, or set PILOT_CTL_URI";
    Finding::warn(CHECK, "no address is known", remedy)
}

/// One step after the other, up to the first that fails.
fn way_to(uri: &ControlUri, config: &Config) -> Vec<Finding> {
    let proxy = config.proxy_to(uri.host(), uri.port());
    let first_stop = match proxy {
        Some(proxy) => proxy.authority().to_owned(),
        None => format!("{}:{}", uri.host(), uri.port()),
    };
    let is_proxy = proxy.is_some();
    let mut findings = supervised_for(NAME_PATIENCE, "name", || vec![name(&first_stop, is_proxy)]);
    if findings.iter().all(Finding::is_good) {
        let connect = || vec![connection(&first_stop, is_proxy)];
        findings.extend(supervised_for(CONNECT_PATIENCE, "connection", connect));
    }
    if findings.iter().all(Finding::is_good) {
        findings.extend(service(uri, config));
    }
    // Through a proxy, control's own checks have to do.
    if !is_proxy && findings.iter().all(Finding::is_good) {
        findings.extend(certificate(uri));
    }
    findings
}

fn resolve(authority: &str) -> std::io::Result<Vec<SocketAddr>> {
    authority.to_socket_addrs().map(Vec::from_iter)
}

/// What is looked at before a proxy takes over.
fn stop(authority: impl Display, is_proxy: bool) -> String {
    let proxy = if is_proxy { "the proxy " } else { "" };
    format!("{proxy}{authority}")
}

fn name(authority: &str, is_proxy: bool) -> Finding {
    const CHECK: &str = "name";
    let stop = stop(authority, is_proxy);
    let remedy = "look at /etc/resolv.conf and at the name; `getent hosts NAME` asks the same";
    match resolve(authority) {
        Ok(found) if found.is_empty() => {
            Finding::fail(CHECK, format_args!("{stop} has no address"), remedy)
        }
        Ok(found) => {
            let addresses: Vec<String> = found.iter().map(|a| a.ip().to_string()).collect();
            Finding::ok(CHECK, format_args!("{stop} is {}", addresses.join(" ")))
        }
        Err(error) => Finding::fail(CHECK, format_args!("{stop}: {error}"), remedy),
    }
}

fn connection(authority: &str, is_proxy: bool) -> Finding {
    const CHECK: &str = "connection";
    let mut why = String::new();
    for address in resolve(authority).unwrap_or_default() {
        match TcpStream::connect_timeout(&address, PER_ADDRESS) {
            Ok(_) => return Finding::ok(CHECK, format_args!("to {}", stop(address, is_proxy))),
            Err(error) => why = format!("{}: {error}", stop(address, is_proxy)),
        }
    }
    let remedy = if is_proxy {
        "look whether the proxy of PILOT_HTTP_PROXY runs there, and whether something filters the way"
    } else {
        "look whether control runs there and whether something filters the way; through a proxy, set PILOT_HTTP_PROXY"
    };
    Finding::fail(CHECK, why, remedy)
}

/// TLS and HTTP, as the agent speaks them, in a courier.
fn service(uri: &ControlUri, config: &Config) -> Vec<Finding> {
    const CHECK: &str = "control";
    let transport = Transport {
        ca_file: keys::ca_file(config),
        proxy: config.proxy_to(uri.host(), uri.port()).cloned(),
        patience: ANSWER_PATIENCE,
    };
    let said = courier::probe(uri, &transport).and_then(Child::wait);
    let answer = match said {
        Ok(Some(said)) => courier::read(&said),
        Ok(None) => Err(LinkFailure::network("no answer in time")),
        Err(error) => Err(LinkFailure::network(error.to_string())),
    };
    match answer {
        Ok(answer) if answer.status == 200 => {
            let time = std::str::from_utf8(&answer.body)
                .ok()
                .and_then(|time| time.parse().ok());
            let clock = time.map(|time| compare(clock::wall(), time));
            let up = Finding::ok(CHECK, format_args!("{uri} is up"));
            [up].into_iter().chain(clock).collect()
        }
        Ok(answer) => vec![Finding::fail(
            CHECK,
            format_args!("{uri} answers with status {}", answer.status),
            "look whether that is the address of Pilot Control, and at its log",
        )],
        Err(failure) => vec![Finding::fail(
            CHECK,
            format_args!("{uri}: {}", failure.text),
            remedy(failure.class),
        )],
    }
}

/// Whether control's certificate, which is good now, soon is no longer.
fn certificate(uri: &ControlUri) -> Option<Finding> {
    let said = courier::look(uri, ANSWER_PATIENCE).and_then(Child::wait);
    let der = courier::read(&said.ok()??).ok()?.body;
    match entries(&der).pop()? {
        (_, Entry::Certificate(found)) => renew(uri, found.not_after, clock::wall()),
        _ => None,
    }
}

fn renew(uri: &ControlUri, end: u64, now: u64) -> Option<Finding> {
    let text = format_args!("the certificate of {uri} expires at {}", rfc3339(end));
    let remedy = "have it renewed on control's machine: `pilotctl tls issue --host NAME`";
    (end < now + SOON).then(|| Finding::warn("certificate", text, remedy))
}

fn remedy(class: Class) -> &'static str {
    match class {
        Class::Certificate => {
            "set PILOT_CA_FILE to the CA that issued control's certificate, or enrol with a code that names it"
        }
        Class::Name => {
            "name control in PILOT_CTL_URI as its certificate does, or have one issued for this name: `pilotctl tls issue --host NAME`"
        }
        Class::Clock => "set this host's clock, or renew control's certificate",
        Class::Server => "have a certificate issued for control: `pilotctl tls issue --host NAME`",
        Class::CaFile => super::ca::REMEDY,
        _ => "look at host and port, at control's log, and for what stands in between",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;

    #[test]
    fn a_certificate_that_expires_within_thirty_days_is_warned_of() {
        let uri = "https://control.example".parse().unwrap();
        let end = 1_800_000_000;
        let warned = renew(&uri, end, end - SOON + 1).unwrap().to_string();
        assert!(warned.contains("2027-01-15") && warned.contains("tls issue"));
        assert_eq!(renew(&uri, end, end - SOON), None);
    }

    #[test]
    fn who_may_not_look_is_not_told_to_enrol() {
        assert!(no_address(true).to_string().contains("as root"));
        assert!(no_address(false).to_string().contains("enrol"));
    }

    #[test]
    fn a_name_that_is_none_and_a_port_that_is_closed_are_told_apart() {
        assert_eq!(name("no-such-host.invalid:1", false).level, Level::Fail);
        assert_eq!(name("127.0.0.1:1", false).level, Level::Ok);
        let closed = connection("127.0.0.1:1", false);
        assert_eq!(closed.level, Level::Fail);
        assert!(closed.to_string().contains("127.0.0.1:1"), "{closed}");
        let closed = connection("127.0.0.1:1", true).to_string();
        assert!(closed.contains("the proxy 127.0.0.1:1"), "{closed}");
    }
}
