//! The proxy on the way to a service, as the environment names it.

use super::failure::Failure;
use std::env;
use ureq::Proxy;
use wire::no_proxy::NoProxy;

/// Where other programs look for a proxy, in their order.
const VARIABLES: [&str; 6] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

/// A proxy, and the variable that names it.
pub(super) struct Named {
    /// How to go through it.
    pub(super) proxy: Proxy,
    variable: &'static str,
}

impl Named {
    /// The proxy on the way to `host:port`, if there is one.
    ///
    /// # Errors
    /// Says which variable names no proxy; the value may hold a password.
    pub(super) fn on_the_way_to(host: &str, port: u16) -> Result<Option<Self>, Failure> {
        let set = VARIABLES.iter().find_map(|&variable| {
            let value = env::var(variable).ok().filter(|value| !value.is_empty());
            value.map(|value| (variable, value))
        });
        let excepted = ["NO_PROXY", "no_proxy"]
            .iter()
            .find_map(|name| env::var(name).ok());
        named(set, &excepted.unwrap_or_default(), host, port)
    }

    /// What it is, without its password.
    pub(super) fn words(&self) -> String {
        let (host, port) = (self.proxy.host(), self.proxy.port());
        format!("the proxy {host}:{port} of {}", self.variable)
    }
}

fn named(
    set: Option<(&'static str, String)>,
    excepted: &str,
    host: &str,
    port: u16,
) -> Result<Option<Named>, Failure> {
    let Some((variable, value)) = set else {
        return Ok(None);
    };
    if NoProxy::of_environment(excepted).covers(host, port) || is_listed(excepted, host) {
        return Ok(None);
    }
    match Proxy::new(&value) {
        Ok(proxy) if dial::supports(&proxy) => Ok(Some(Named { proxy, variable })),
        _ => Err(Failure::Usage(format!(
            "{variable} does not name a proxy: write http://[user:password@]host:port"
        ))),
    }
}

/// Whether an address of IPv6 stands in the list as it is.
fn is_listed(excepted: &str, host: &str) -> bool {
    let bare = |text: &str| text.trim_matches(['[', ']']).to_ascii_lowercase();
    let mut listed = excepted.split([',', ' ']);
    host.starts_with('[') && listed.any(|entry| bare(entry) == bare(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(value: &str, excepted: &str) -> Result<Option<String>, Failure> {
        let set = Some(("HTTPS_PROXY", value.to_owned()));
        named(set, excepted, "10.9.8.7", 8443).map(|named| named.map(|named| named.words()))
    }

    #[test]
    fn a_proxy_is_named_without_its_password_and_networks_are_excepted() {
        let told = way("http://me:hunter2@proxy.example:3128", "192.0.2.0/24").unwrap();
        assert_eq!(told.unwrap(), "the proxy proxy.example:3128 of HTTPS_PROXY");
        assert_eq!(
            way("http://proxy.example:3128", "::1, 10.0.0.0/8").unwrap(),
            None
        );
        assert!(is_listed("x, ::1", "[::1]") && !is_listed("x", "[::1]"));
    }

    #[test]
    fn what_is_no_proxy_or_one_of_socks_is_an_error_without_its_password() {
        for value in [
            "http://me:hunter2@",
            "socks5://me:hunter2@proxy.example:1080",
        ] {
            let Err(Failure::Usage(why)) = way(value, "") else {
                panic!("{value} is no proxy that can be used")
            };
            assert!(
                why.contains("HTTPS_PROXY") && !why.contains("hunter2"),
                "{why}"
            );
        }
    }
}
