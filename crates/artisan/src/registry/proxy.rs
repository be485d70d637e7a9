//! The proxy on the way to a registry, as the environment names it.

use std::env;
use ureq::Proxy;
use wire::no_proxy::NoProxy;

const HTTPS: u16 = 443;

/// The proxy on the way to `host[:port]`, if there is one: `NO_PROXY` excepts names,
/// ports and networks, as for the agent.
pub(super) fn to(domain: &str) -> Option<Proxy> {
    let excepted = ["NO_PROXY", "no_proxy"];
    let excepted = excepted.iter().find_map(|name| env::var(name).ok());
    let list = NoProxy::of_environment(&excepted.unwrap_or_default());
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(HTTPS)),
        None => (domain, HTTPS),
    };
    let uri = format!("https://{domain}/").parse().ok()?;
    Proxy::try_from_env().filter(|proxy| !list.covers(host, port) && !proxy.is_no_proxy(&uri))
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
