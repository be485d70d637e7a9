//! The proxy on the way to a registry, as the environment names it.

use crate::failure::Failure;
use std::env;
use ureq::Proxy;
use wire::no_proxy::NoProxy;

const HTTPS: u16 = 443;

/// Where other programs look for a proxy, in their order.
const VARIABLES: [&str; 6] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

/// The proxy on the way to `host[:port]`, if there is one: `NO_PROXY` excepts names,
/// ports and networks, as for the agent.
///
/// # Errors
/// Says which variable names no proxy that can be used; its value may hold a password.
pub(super) fn to(domain: &str) -> Result<Option<Proxy>, Failure> {
    let excepted = ["NO_PROXY", "no_proxy"];
    let excepted = excepted.iter().find_map(|name| env::var(name).ok());
    let list = NoProxy::of_environment(&excepted.unwrap_or_default());
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(HTTPS)),
        None => (domain, HTTPS),
    };
    if list.covers(host, port) {
        return Ok(None);
    }
    let is_set = |name: &&&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let Some(variable) = VARIABLES.iter().find(is_set) else {
        return Ok(None);
    };
    let usable = |proxy: &Proxy| dial::supports(proxy);
    let proxy = Proxy::try_from_env().filter(usable).ok_or_else(|| {
        Failure::own(format!(
            "{variable} does not name a proxy that can be used: write \
             http://[user:password@]host:port"
        ))
    })?;
    let uri = format!("https://{domain}/").parse();
    let excepted = uri.is_ok_and(|uri| proxy.is_no_proxy(&uri));
    Ok((!excepted).then_some(proxy))
}

/// A registry, and the proxy through which it is reached; without its password.
pub(super) fn words(domain: &str, proxy: Option<&Proxy>) -> String {
    match proxy {
        Some(proxy) => format!(
            "{domain} (through the proxy {}:{}, which the environment names)",
            proxy.host(),
            proxy.port()
        ),
        None => domain.to_owned(),
    }
}
