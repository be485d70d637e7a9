//! The way to control: the first stop on it, TLS, HTTP.

use super::clock::compare;
use super::report::Finding;
use super::{first_stop, state};
use crate::child::Child;
use crate::config::Config;
use crate::config::address::ControlUri;
use crate::courier;
use crate::courier::connect::{Peers, Stop};
use crate::courier::exchange::Transport;
use crate::courier::frame::{Class, LinkFailure};
use crate::identity::Identity;
use crate::keys::{self, SOON};
use crate::sys::clock;
use std::time::Duration;
use wire::ca_file::{Entry, entries};
use wire::time::rfc3339;

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
    let transport = transport(uri, config);
    let stop = Stop::on_the_way(uri, transport.proxy.as_ref());
    let mut findings = first_stop::check(&stop, transport.proxy.is_some());
    if findings.iter().all(Finding::is_good) {
        findings.extend(service(uri, &transport));
    }
    if findings.iter().all(Finding::is_good) {
        findings.extend(certificate(uri, &transport));
    }
    findings
}

fn transport(uri: &ControlUri, config: &Config) -> Transport {
    Transport {
        ca_file: keys::ca_file(config),
        proxy: config.proxy_to(uri.host(), uri.port()).cloned(),
        peers: Peers::default(),
        patience: ANSWER_PATIENCE,
    }
}

/// TLS and HTTP, as the agent speaks them, in a courier.
fn service(uri: &ControlUri, transport: &Transport) -> Vec<Finding> {
    const CHECK: &str = "control";
    let output = courier::probe(uri, transport).and_then(Child::wait);
    let answer = match output {
        Ok(Some(output)) => courier::read(&output).outcome,
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
fn certificate(uri: &ControlUri, transport: &Transport) -> Option<Finding> {
    let output = courier::look(uri, transport).and_then(Child::wait);
    let der = courier::read(&output.ok()??).outcome.ok()?.body;
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

    #[test]
    fn a_certificate_that_expires_within_thirty_days_is_warned_of() {
        let uri = "https://control.example".parse().unwrap();
        let end = 1_800_000_000;
        let warned = renew(&uri, end, end - SOON + 1).unwrap().to_string();
        assert!(warned.contains("2027-01-15") && warned.contains("tls issue"));
        assert_eq!(renew(&uri, end, end - SOON), None);
    }

    #[test]
    fn a_user_without_access_is_not_asked_to_enrol() {
        assert!(no_address(true).to_string().contains("as root"));
        assert!(no_address(false).to_string().contains("enrol"));
    }
}
