//! The HTTP proxy on the way, and what is reached without it.

use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;
use std::str::FromStr;

/// An HTTP proxy that tunnels (CONNECT, RFC 9110 section 9.3.6):
/// `http://[user:password@]host:port`. In user and password, `%40` stands for
/// `@` and so on (RFC 3986, section 2.1).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// `host:port`.
    authority: String,
    port: u16,
    credentials: Option<Credentials>,
}

#[derive(Clone, PartialEq, Eq)]
struct Credentials {
    user: String,
    password: String,
}

impl Proxy {
    /// Its address: `host:port`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// TCP port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is told who asks.
    pub(crate) fn has_password(&self) -> bool {
        self.credentials.is_some()
    }

    /// As minreq reads it: to the last `@` and the first `:` before that,
    /// nothing is decoded.
    pub(super) fn verbatim(&self) -> String {
        self.url(|part| part.to_owned())
    }

    /// As a URL, which is what other programs take from `HTTPS_PROXY`; with its
    /// password.
    pub(crate) fn expose(&self) -> String {
        self.url(encode)
    }

    fn url(&self, print: impl Fn(&str) -> String) -> String {
        let credentials = self.credentials.as_ref().map(|credentials| {
            let [user, password] =
                [&credentials.user, &credentials.password].map(|part| print(part));
            format!("{user}:{password}@")
        });
        format!(
            "http://{}{}",
            credentials.unwrap_or_default(),
            self.authority
        )
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(***)")
    }
}

impl FromStr for Proxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write http://[user:password@]host:port";
        let rest = text.strip_prefix("http://").ok_or(FORM)?;
        let rest = rest.trim_end_matches('/');
        let (userinfo, authority) = match rest.rsplit_once('@') {
            Some((userinfo, authority)) => (Some(userinfo), authority),
            None => (None, rest),
        };
        let (host, port) = authority.split_once(':').ok_or(FORM)?;
        let port = port.parse::<u16>().map_err(|_| FORM)?;
        if !is_name(host) || port == 0 {
            return Err(FORM);
        }
        Ok(Self {
            authority: format!("{host}:{port}"),
            port,
            credentials: userinfo.map(str::parse).transpose()?,
        })
    }
}

impl FromStr for Credentials {
    type Err = &'static str;

    fn from_str(userinfo: &str) -> Result<Self, Self::Err> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let [user, password] = [user, password].map(decode);
        let (Some(user), Some(password)) = (user, password) else {
            return Err("the user or the password is not text: write % as %25");
        };
        if user.contains(':') || format!("{user}{password}").contains(char::is_control) {
            return Err("the user has no ':' and neither of the two a control character");
        }
        Ok(Self { user, password })
    }
}

/// `%xx` is a byte; a `%` before anything else is one.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| hexadecimal(after.get(..2)?))
            .flatten();
        bytes.push(escaped.unwrap_or(first));
        rest = &after[if escaped.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    let valid = digits.iter().all(u8::is_ascii_hexdigit);
    valid.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// All but the unreserved characters (RFC 3986, section 2.3).
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            _ => {
                // Writing into a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn is_name(host: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    !host.is_empty() && host.bytes().all(allowed)
}

/// What is reached without the proxy: hosts and domains, with or without a
/// port; IPv4 networks; or `*`, all. Names are compared, not looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NoProxy(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    All,
    /// A host and everything below it; lower case, no leading dot.
    Domain {
        name: String,
        port: Option<u16>,
    },
    Network {
        address: u32,
        mask: u32,
    },
}

impl NoProxy {
    /// Whether this host is reached without the proxy.
    pub(crate) fn covers(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|entry| entry.covers(host, port))
    }

    /// The names and addresses, as other programs understand them: each domain
    /// with and without a dot before it, because they do not agree on what
    /// either means. What has a port is not among them: they would not see it.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = |entry: &Entry| match entry {
            Entry::All => vec!["*".to_owned()],
            Entry::Domain { name, port: None } if name.parse::<Ipv4Addr>().is_ok() => {
                vec![name.clone()]
            }
            Entry::Domain { name, port: None } => vec![name.clone(), format!(".{name}")],
            Entry::Domain { .. } => vec![],
            Entry::Network { address, mask } => {
                vec![format!(
                    "{}/{}",
                    Ipv4Addr::from(*address),
                    mask.count_ones()
                )]
            }
        };
        self.0.iter().flat_map(names).collect()
    }
}

impl Entry {
    fn covers(&self, host: &str, at: u16) -> bool {
        match self {
            Self::All => true,
            Self::Domain { name, port } => {
                let host = host.to_ascii_lowercase();
                let below = host.strip_suffix(name.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                    && port.is_none_or(|port| port == at)
            }
            Self::Network { address, mask } => host
                .parse::<Ipv4Addr>()
                .is_ok_and(|host| u32::from(host) & mask == *address),
        }
    }
}

impl fmt::Display for NoProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries: Vec<String> = self.0.iter().map(Entry::to_string).collect();
        f.write_str(&entries.join(","))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Domain { name, port: None } => f.write_str(name),
            Self::Domain {
                name,
                port: Some(port),
            } => write!(f, "{name}:{port}"),
            Self::Network { address, mask } => {
                write!(f, "{}/{}", Ipv4Addr::from(*address), mask.count_ones())
            }
        }
    }
}

impl FromStr for NoProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().map_err(|why| format!("{part}: {why}")))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl FromStr for Entry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some((address, bits)) = text.split_once('/') {
            return network(address, bits)
                .ok_or("a network is written as 10.0.0.0/8; IPv6 is not supported");
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (
                name,
                Some(port.parse().map_err(|_| "the port is not a number")?),
            ),
            None => (text, None),
        };
        let name = name.strip_prefix('*').unwrap_or(name);
        let name = name.strip_prefix('.').unwrap_or(name).trim_end_matches('.');
        if !is_name(name) {
            return Err("write a host, a domain, an IPv4 network, or * for all");
        }
        Ok(Self::Domain {
            name: name.to_ascii_lowercase(),
            port,
        })
    }
}

fn network(address: &str, bits: &str) -> Option<Entry> {
    let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
    let bits = bits.parse::<u32>().ok().filter(|bits| *bits <= 32)?;
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    Some(Entry::Network {
        address: address & mask,
        mask,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_same_for_both_libraries() {
        let proxy: Proxy = "http://me:p%40s%3As%25@proxy.example:3128/"
            .parse()
            .unwrap();
        assert_eq!(proxy.verbatim(), "http://me:p@s:s%@proxy.example:3128");
        assert_eq!(proxy.expose(), "http://me:p%40s%3As%25@proxy.example:3128");
        let lax: Proxy = "http://me:p@s:s%@proxy.example:3128".parse().unwrap();
        assert!(lax == proxy, "what is not ambiguous need not be written so");
        let open: Proxy = "http://proxy.example:3128".parse().unwrap();
        assert_eq!(open.expose(), "http://proxy.example:3128");
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for text in [
            "socks5://proxy:1",
            "https://proxy:1",
            "proxy:1",
            "http://proxy",
            "http://proxy:0",
            "http://:1",
            "http://[::1]:1",
            "http://a b:1",
            "http://u%3Aser:p@proxy:1",
            "http://u:%0D%0A@proxy:1",
            "http://u:%FF@proxy:1",
        ] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_password_of_a_proxy_does_not_show() {
        let proxy: Proxy = "http://me:hunter2@proxy:3128".parse().unwrap();
        assert!(!format!("{proxy:?}").contains("hunter2"));
    }

    fn covers(list: &str, host: &str) -> bool {
        list.parse::<NoProxy>().unwrap().covers(host, 8443)
    }

    #[test]
    fn a_domain_stands_for_itself_and_all_below() {
        for list in [
            "example.com",
            ".example.com",
            "*.example.com",
            "a.test, EXAMPLE.com.",
        ] {
            assert!(
                covers(list, "example.com") && covers(list, "a.b.Example.com"),
                "{list}"
            );
            assert!(
                !covers(list, "notexample.com") && !covers(list, "example.org"),
                "{list}"
            );
        }
    }

    #[test]
    fn ports_networks_and_all() {
        assert!(covers("control:8443", "control") && !covers("control:443", "control"));
        assert!(covers("10.0.0.0/8", "10.9.8.7") && !covers("10.0.0.0/8", "11.0.0.1"));
        assert!(covers("10.1.2.3/8", "10.9.8.7") && covers("0.0.0.0/0", "1.2.3.4"));
        assert!(
            !covers("10.0.0.0/8", "ten.example"),
            "names are not looked up"
        );
        assert!(covers("192.0.2.1", "192.0.2.1") && !covers("192.0.2.1", "192.0.2.11"));
        assert!(covers("*", "anything") && !covers("", "anything"));
    }

    #[test]
    fn what_cannot_match_is_named() {
        for list in [
            "10.0.0.0/33",
            "fe80::/10",
            "a:b",
            "a/b",
            "http://x",
            "*x*",
            ".",
        ] {
            let wrong = format!("good.example,{list}")
                .parse::<NoProxy>()
                .unwrap_err();
            assert!(wrong.starts_with(&format!("{list}: ")), "{wrong}");
        }
    }

    #[test]
    fn others_are_told_in_words_that_all_of_them_know() {
        let list: NoProxy = "*.example.com 10.1.0.0/16,192.0.2.1,host:1"
            .parse()
            .unwrap();
        assert_eq!(
            list.names(),
            ["example.com", ".example.com", "10.1.0.0/16", "192.0.2.1"]
        );
    }
}
