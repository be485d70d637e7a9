//! The proxy on the way to a registry, as the environment names it.

use crate::failure::Failure;
use dial::EnvironmentProxy;

const HTTPS: u16 = 443;

/// The proxy to use for `host[:port]`; `None` when the registry is reached directly.
///
/// # Errors
/// Says which variable names no proxy that can be used.
pub(super) fn to(domain: &str) -> Result<Option<EnvironmentProxy>, Failure> {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().unwrap_or(HTTPS)),
        None => (domain, HTTPS),
    };
    EnvironmentProxy::to(host, port).map_err(Failure::own)
}

/// A registry, and the proxy that is used for it.
pub(super) fn describe(domain: &str, proxy: Option<&EnvironmentProxy>) -> String {
    match proxy {
        Some(proxy) => format!("{domain} (through {proxy})"),
        None => domain.to_owned(),
    }
}
