//! Where control is.

use std::fmt;
use std::str::FromStr;

/// The address of a Pilot Control service: `https://host[:port][/path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ControlUri {
    host: String,
    port: u16,
    text: String,
}

impl ControlUri {
    /// The URL of one of its routes, for instance `/ping`.
    pub(crate) fn join(&self, target: &str) -> String {
        format!("{}{target}", self.text)
    }

    /// What the server sees as the request's target: the path of this address
    /// before `route`.
    pub(crate) fn target(&self, route: &str) -> String {
        let path = self
            .text
            .strip_prefix("https://")
            .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        format!("{}{route}", path.unwrap_or_default())
    }

    /// Name or IPv4 address.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for ControlUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ControlUri {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix("https://")
            .ok_or("write https://host:port; plain HTTP is refused, because jobs and results would be readable")?;
        let rest = rest.trim_end_matches('/');
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.starts_with('[') {
            return Err("IPv6 literals are not supported by the HTTP library; use a host name");
        }
        if rest.contains(['@', '?', '#', ' ', '\\']) || !rest.is_ascii() {
            return Err("only a host name, a port and a path may stand there");
        }
        let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
        let port = port
            .parse()
            .map_err(|_| "the port has to be a number from 1 to 65535")?;
        let named = host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
        if host.is_empty() || !named || port == 0 {
            return Err("write https://host:port");
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            text: format!("https://{rest}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_completed() {
        let uri: ControlUri = "https://control.example".parse().unwrap();
        assert_eq!((uri.host(), uri.port()), ("control.example", 443));
        assert_eq!(uri.join("/ping"), "https://control.example/ping");
        let uri: ControlUri = "https://10.0.0.1:8443/pilot/".parse().unwrap();
        assert_eq!((uri.host(), uri.port()), ("10.0.0.1", 8443));
        assert_eq!(uri.join("/ping"), "https://10.0.0.1:8443/pilot/ping");
        assert_eq!(uri.target("/ping"), "/pilot/ping");
    }

    #[test]
    fn what_the_library_cannot_do_is_refused() {
        for text in [
            "http://a",
            "a:1",
            "https://",
            "https://[::1]:1",
            "https://a:0",
            "https://a:x",
            "https://u@a",
            "https://a?b",
            "https://a b",
        ] {
            assert!(text.parse::<ControlUri>().is_err(), "{text}");
        }
    }
}
