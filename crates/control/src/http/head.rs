//! The head of a request.

use super::connections::{Connection, Waiting};
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header, request};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The only `Authorization` header; `None` if there are two, since a proxy may have checked
/// the other one.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// The address that a request comes from.
pub(crate) fn source(parts: &request::Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::from([0, 0, 0, 0]), |ConnectInfo(address)| {
        address.ip()
    })
}

/// Notes that a request had valid credentials: its connection is no longer a stranger's.
pub(crate) fn vouch(extensions: &Extensions) {
    if let Some(connection) = extensions.get::<Arc<Connection>>() {
        connection.vouch(Instant::now());
    }
}

/// Notes that a whole request waits for control, until the returned value is dropped: meanwhile its
/// connection is not closed for others.
pub(crate) fn wait_for_control(extensions: &Extensions) -> Option<Waiting> {
    let connection = extensions.get::<Arc<Connection>>()?;
    Some(connection.wait_for_control())
}

/// `Prefer: wait=SECONDS`, among other preferences (RFC 7240).
pub(crate) fn preferred_wait(headers: &HeaderMap) -> Duration {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .find_map(|preference| preference.trim().strip_prefix("wait=")?.parse().ok())
        .map_or(Duration::ZERO, |seconds: u16| {
            Duration::from_secs(seconds.into())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn wait(value: &'static str) -> u64 {
        let headers = HeaderMap::from_iter([(
            header::HeaderName::from_static("prefer"),
            HeaderValue::from_static(value),
        )]);
        preferred_wait(&headers).as_secs()
    }

    #[test]
    fn a_wait_is_found_among_other_preferences() {
        assert_eq!(wait("wait=50"), 50);
        assert_eq!(wait("respond-async, wait=7"), 7);
        for other in ["", "wait", "wait=", "wait=-1", "wait=x", "await=5"] {
            assert_eq!(wait(other), 0, "{other}");
        }
    }
}
