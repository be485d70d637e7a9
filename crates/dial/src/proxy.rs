//! The proxy that the environment names.

use crate::supports;
use std::ffi::OsString;
use std::{env, fmt};
use ureq::Proxy;
use wire::no_proxy::NoProxy;

/// The variables that name a proxy.
const VARIABLES: [&str; 6] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

/// The variables that list what is reached without a proxy.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy, and the variable that names it.
#[derive(Clone, Debug)]
pub struct EnvironmentProxy {
    proxy: Proxy,
    variable: &'static str,
}

/// This variable names no proxy that can be used. Its value is not repeated: it may hold a
/// password.
#[derive(Debug, PartialEq, Eq)]
pub struct UnusableProxy(&'static str);

impl fmt::Display for UnusableProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} does not name a proxy that can be used: write http://[user:password@]host:port",
            self.0
        )
    }
}

impl std::error::Error for UnusableProxy {}

impl EnvironmentProxy {
    /// The proxy to use for `host:port`; `None` when that server is reached directly.
    ///
    /// # Errors
    /// When the variable names no proxy that can be used.
    pub fn to(host: &str, port: u16) -> Result<Option<Self>, UnusableProxy> {
        let named = first_set(&VARIABLES, |name| env::var_os(name));
        let excepted = first_set(&EXCEPTIONS, |name| env::var_os(name));
        let excepted = excepted.and_then(|(_, value)| value.into_string().ok());
        choose(named, &excepted.unwrap_or_default(), host, port)
    }

    /// The proxy, as ureq takes it.
    #[must_use]
    pub fn proxy(&self) -> Proxy {
        self.proxy.clone()
    }
}

/// The proxy without its password.
impl fmt::Display for EnvironmentProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.proxy.host(), self.proxy.port());
        write!(f, "the proxy {host}:{port} of {}", self.variable)
    }
}

/// The first of these variables that is set, and its value. As for curl, an empty one counts as
/// one that is not set.
fn first_set(
    names: &[&'static str],
    get: impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, OsString)> {
    names.iter().find_map(|&name| {
        let value = get(name).filter(|value| !value.is_empty());
        value.map(|value| (name, value))
    })
}

fn choose(
    named: Option<(&'static str, OsString)>,
    excepted: &str,
    host: &str,
    port: u16,
) -> Result<Option<EnvironmentProxy>, UnusableProxy> {
    let Some((variable, value)) = named else {
        return Ok(None);
    };
    if NoProxy::of_environment(excepted).covers(host, port) || is_listed(excepted, host) {
        return Ok(None);
    }
    let proxy = value.to_str().and_then(|value| Proxy::new(value).ok());
    match proxy.filter(supports) {
        Some(proxy) => Ok(Some(EnvironmentProxy { proxy, variable })),
        None => Err(UnusableProxy(variable)),
    }
}

/// Whether the list has this IPv6 address, which [`NoProxy`] does not read.
fn is_listed(excepted: &str, host: &str) -> bool {
    let bare = |text: &str| text.trim_matches(['[', ']']).to_ascii_lowercase();
    let mut listed = excepted.split([',', ' ']);
    host.starts_with('[') && listed.any(|entry| bare(entry) == bare(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    fn chosen(value: &str, excepted: &str) -> Result<Option<String>, UnusableProxy> {
        let named = Some(("HTTPS_PROXY", value.into()));
        choose(named, excepted, "10.9.8.7", 8443).map(|proxy| proxy.map(|proxy| proxy.to_string()))
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let shown = chosen("http://me:hunter2@proxy.example:3128", "").unwrap();
        assert_eq!(
            shown.unwrap(),
            "the proxy proxy.example:3128 of HTTPS_PROXY"
        );
    }

    #[test]
    fn names_ports_networks_and_ipv6_addresses_are_excepted() {
        for (excepted, is_direct) in [
            ("::1, 10.0.0.0/8", true),
            ("10.9.8.7:8443", true),
            ("10.9.8.7:443", false),
            ("192.0.2.0/24", false),
        ] {
            let chosen = chosen("http://proxy.example:3128", excepted).unwrap();
            assert_eq!(chosen.is_none(), is_direct, "{excepted}");
        }
        assert!(is_listed("x, ::1", "[::1]") && !is_listed("x", "[::1]"));
    }

    #[test]
    fn a_value_that_names_no_http_proxy_is_an_error_without_its_password() {
        for value in [
            "http://me:hunter2@",
            "socks5://me:hunter2@proxy.example:1080",
        ] {
            let error = chosen(value, "").unwrap_err().to_string();
            assert!(error.starts_with("HTTPS_PROXY does not"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let binary = Some(("ALL_PROXY", OsString::from_vec(vec![0xff])));
        let error = choose(binary, "", "r.example", 443).unwrap_err();
        assert_eq!(error, UnusableProxy("ALL_PROXY"));
    }

    #[test]
    fn an_empty_variable_does_not_hide_another_one() {
        let get = |name: &str| match name {
            "NO_PROXY" => Some(OsString::new()),
            "no_proxy" => Some("localhost".into()),
            _ => None,
        };
        let found = first_set(&EXCEPTIONS, get);
        assert_eq!(found, Some(("no_proxy", "localhost".into())));
        assert_eq!(first_set(&VARIABLES, get), None);
    }

    #[test]
    fn without_a_variable_there_is_no_proxy() {
        assert!(choose(None, "", "r.example", 443).unwrap().is_none());
    }
}
