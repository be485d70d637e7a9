//! The HTTP proxy.

use std::fmt::{self, Write as _};
use std::str::FromStr;
use wire::encoding::base64;
use wire::no_proxy::is_name;

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

    /// Whether it has credentials.
    pub(crate) fn has_password(&self) -> bool {
        self.credentials.is_some()
    }

    /// Name or IPv4 address.
    pub(crate) fn host(&self) -> &str {
        self.authority.split(':').next().unwrap_or_default()
    }

    /// The value of Proxy-Authorization (RFC 7617), if it has credentials.
    pub(crate) fn authorization(&self) -> Option<String> {
        let credentials = self.credentials.as_ref()?;
        let pair = format!("{}:{}", credentials.user, credentials.password);
        Some(format!("Basic {}", base64(pair.as_bytes())))
    }

    /// As a URL, which is what other programs take from `HTTPS_PROXY`; with its
    /// password.
    pub(crate) fn expose(&self) -> String {
        let credentials = self.credentials.as_ref().map(|credentials| {
            let [user, password] =
                [&credentials.user, &credentials.password].map(|part| encode(part));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_same_for_the_proxy_and_in_a_url() {
        let proxy: Proxy = "http://me:p%40s%3As%25@proxy.example:3128/"
            .parse()
            .unwrap();
        let pair = base64("me:p@s:s%".as_bytes());
        assert_eq!(proxy.authorization(), Some(format!("Basic {pair}")));
        assert_eq!(proxy.expose(), "http://me:p%40s%3As%25@proxy.example:3128");
        let lax: Proxy = "http://me:p@s:s%@proxy.example:3128".parse().unwrap();
        assert!(lax == proxy, "unambiguous characters need no escape");
        let open: Proxy = "http://proxy.example:3128".parse().unwrap();
        assert_eq!(open.expose(), "http://proxy.example:3128");
    }

    #[test]
    fn a_malformed_proxy_is_refused() {
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
}
