//! The addresses of a call's server.

use crate::lookup::look_up;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The most addresses of a name that are tried.
const MOST: usize = 16;

/// Looks names up, in each family.
#[derive(Debug)]
pub struct Names;

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (host, port) = host_and_port(uri)?;
        let ips = match host.parse::<IpAddr>() {
            Ok(ip) => vec![ip],
            Err(_) => look_up(host, deadline(timeout))?,
        };
        let mut addresses = self.empty();
        for ip in ips.into_iter().take(MOST) {
            addresses.push(SocketAddr::new(ip, port));
        }
        Ok(addresses)
    }
}

/// Host, without the brackets of IPv6, and port.
pub(crate) fn host_and_port(uri: &Uri) -> Result<(&str, u16), Error> {
    let usual = match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    };
    match (uri.host(), uri.port_u16().or(usual)) {
        (Some(host), Some(port)) => Ok((host.trim_matches(['[', ']']), port)),
        _ => Err(Error::BadUri("it has no host or no port".into())),
    }
}

/// When a step has to have ended.
pub(crate) fn deadline(timeout: NextTimeout) -> Option<Instant> {
    let ends = !timeout.after.is_not_happening();
    ends.then(|| Instant::now() + *timeout.after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(uri: &str) -> Result<Vec<SocketAddr>, Error> {
        let uri: Uri = uri.parse().unwrap();
        let found = Names.resolve(&uri, &Config::default(), NextTimeout::default());
        found.map(|found| found.to_vec())
    }

    #[test]
    fn addresses_are_taken_as_they_are_and_ports_follow_the_scheme() {
        for (uri, address) in [
            ("https://192.0.2.1/x", "192.0.2.1:443"),
            ("http://192.0.2.1", "192.0.2.1:80"),
            ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
        ] {
            assert_eq!(addresses(uri).unwrap(), [address.parse().unwrap()]);
        }
        assert!(addresses("ftp://192.0.2.1/").is_err());
    }
}
