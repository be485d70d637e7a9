//! Servers that are reached without a proxy: one list for all programs.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

/// Servers that are reached without the proxy: hosts and domains, with or without a port; IPv4
/// networks; or `*`, all. Names are compared, not looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy(Vec<Entry>);

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
    pub fn covers(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|entry| entry.covers(host, port))
    }

    /// Reads the `NO_PROXY` of an environment. Entries of other forms, for instance IPv6
    /// networks, are for other programs and are skipped.
    pub fn of_environment(text: &str) -> Self {
        let parts = text.split([',', ' ']);
        Self(parts.filter_map(|part| part.parse().ok()).collect())
    }

    /// The names and addresses, as other programs understand them: each domain with and without
    /// a dot before it, because programs differ on what either means. Entries with a port are
    /// left out, because other programs do not read ports.
    pub fn names(&self) -> Vec<String> {
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

/// Whether this may be the name of a host, or an IPv4 address.
pub fn is_name(host: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    !host.is_empty() && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn entries_that_match_nothing_are_refused_by_name() {
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
    fn an_environment_is_for_other_programs_too() {
        let list = NoProxy::of_environment("fe80::/10, ::1,10.0.0.0/8,localhost");
        assert!(list.covers("10.9.8.7", 443) && list.covers("localhost", 443));
        assert!(!list.covers("control.example", 443));
    }

    #[test]
    fn other_programs_get_names_that_all_of_them_understand() {
        let list: NoProxy = "*.example.com 10.1.0.0/16,192.0.2.1,host:1"
            .parse()
            .unwrap();
        assert_eq!(
            list.names(),
            ["example.com", ".example.com", "10.1.0.0/16", "192.0.2.1"]
        );
    }
}
