//! The first stop on the way to control, which is control itself or a proxy: its name,
//! and a connection to each of its addresses.

use super::report::Finding;
use super::{supervised_as, supervised_for};
use crate::courier::connect::{Stop, ask_resolver};
use crate::sys::names::{Family, NoAddress};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, TcpStream};
use std::time::Duration;
use wire::text::of_connection;

/// A resolver asks twice, for five seconds each (resolv.conf(5)).
const NAME_PATIENCE: Duration = Duration::from_secs(15);

/// Each address gets so long.
const PER_ADDRESS: Duration = Duration::from_secs(4);

/// So many addresses are tried.
const MOST_TRIED: usize = 8;

const NAME: &str = "name";
const CONNECTION: &str = "connection";

/// Name and connection. The connection is checked if the name is good.
pub(super) fn check(stop: &Stop, is_proxy: bool) -> Vec<Finding> {
    let found = [Family::V4, Family::V6].map(|family| (family, look_up(&stop.host, family)));
    let addresses: Vec<IpAddr> = found
        .iter()
        .flat_map(|(_, f)| f.addresses.clone())
        .collect();
    let mut findings = name(stop, is_proxy, &found);
    if !addresses.is_empty() {
        let time = PER_ADDRESS * (MOST_TRIED as u32 + 1);
        let connect = || connection(stop, is_proxy, &addresses);
        findings.extend(supervised_for(time, CONNECTION, connect));
    }
    findings
}

/// What there is of one family.
#[derive(Serialize, Deserialize)]
struct Found {
    addresses: Vec<IpAddr>,
    why_not: String,
    /// Whether the name servers owe the answer.
    is_owed: bool,
}

fn look_up(host: &str, family: Family) -> Found {
    let ask = || match ask_resolver(host, family) {
        Ok(addresses) => Found {
            addresses,
            why_not: String::new(),
            is_owed: false,
        },
        Err(why) => Found {
            addresses: Vec::new(),
            why_not: why.to_string(),
            is_owed: why == NoAddress::NoAnswer,
        },
    };
    supervised_as(NAME_PATIENCE, NAME, ask).unwrap_or_else(|finding| Found {
        addresses: Vec::new(),
        why_not: finding.text().to_owned(),
        is_owed: true,
    })
}

/// The agent needs one family only; problems of the other are reported.
fn name(stop: &Stop, is_proxy: bool, found: &[(Family, Found)]) -> Vec<Finding> {
    const REMEDY: &str =
        "look at /etc/resolv.conf and at the name; `getent ahosts NAME` asks the same";
    let who = who(stop, is_proxy);
    let addresses: Vec<String> = found
        .iter()
        .flat_map(|(_, found)| found.addresses.iter().map(ToString::to_string))
        .collect();
    if addresses.is_empty() {
        let why: Vec<String> = found
            .iter()
            .map(|(family, found)| format!("{family}: {}", found.why_not))
            .collect();
        let text = format_args!("{who} has no address ({})", why.join("; "));
        return vec![Finding::fail(NAME, text, REMEDY)];
    }
    let good = Finding::ok(NAME, format_args!("{who} is {}", addresses.join(" ")));
    let owed = found.iter().filter(|(_, found)| found.is_owed);
    let owed = owed.map(|(family, found)| {
        Finding::warn(
            NAME,
            format_args!("{who}, {family}: {}; the agent does without", found.why_not),
            "have the name server repaired: the first exchange after a start may wait for it",
        )
    });
    [good].into_iter().chain(owed).collect()
}

fn connection(stop: &Stop, is_proxy: bool, addresses: &[IpAddr]) -> Vec<Finding> {
    let tried = addresses.iter().take(MOST_TRIED).map(|address| {
        let to = (*address, stop.port).into();
        (to, TcpStream::connect_timeout(&to, PER_ADDRESS))
    });
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (to, outcome) in tried {
        match outcome {
            Ok(_) => good.push(format!("to {}{to}", the_proxy(is_proxy))),
            Err(error) => bad.push(format!(
                "{}{to}: {}",
                the_proxy(is_proxy),
                of_connection(&error)
            )),
        }
    }
    if good.is_empty() {
        let remedy = if is_proxy {
            "look whether the proxy of PILOT_HTTP_PROXY runs there, and whether something filters the way"
        } else {
            "look whether control runs there and whether something filters the way; through a proxy, set PILOT_HTTP_PROXY"
        };
        return vec![Finding::fail(CONNECTION, bad.join("; "), remedy)];
    }
    let good = good.into_iter().map(|text| Finding::ok(CONNECTION, text));
    let bad = bad.into_iter().map(|text| {
        let remedy = "repair the way to that address, or take it away from the name";
        Finding::warn(
            CONNECTION,
            format_args!("{text}; the agent uses another address"),
            remedy,
        )
    });
    good.chain(bad).collect()
}

fn who(stop: &Stop, is_proxy: bool) -> String {
    format!("{}{stop}", the_proxy(is_proxy))
}

fn the_proxy(is_proxy: bool) -> &'static str {
    if is_proxy { "the proxy " } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;

    fn stop(host: &str) -> Stop {
        Stop {
            host: host.to_owned(),
            port: 1,
        }
    }

    #[test]
    fn an_unknown_name_and_a_closed_port_are_distinguished() {
        let none = check(&stop("no-such-host.invalid"), false);
        assert_eq!(none.len(), 1);
        assert_eq!(none[0].level, Level::Fail);
        let closed = check(&stop("127.0.0.1"), true);
        assert_eq!(closed[0].level, Level::Ok);
        let closed = closed.last().unwrap();
        assert_eq!(closed.level, Level::Fail);
        assert!(
            closed.to_string().contains("the proxy 127.0.0.1:1"),
            "{closed}"
        );
    }

    #[test]
    fn a_missing_family_is_a_warning_only_where_it_should_exist() {
        let found = |is_owed| Found {
            addresses: Vec::new(),
            why_not: "not there".into(),
            is_owed,
        };
        let good = || Found {
            addresses: vec![[192, 0, 2, 1].into()],
            ..found(false)
        };
        let levels = |of_ipv6| {
            let found = [(Family::V4, good()), (Family::V6, of_ipv6)];
            let findings = name(&stop("control.example"), false, &found);
            Vec::from_iter(findings.iter().map(|finding| finding.level))
        };
        assert_eq!(levels(found(false)), [Level::Ok]);
        assert_eq!(levels(found(true)), [Level::Ok, Level::Warn]);
    }
}
