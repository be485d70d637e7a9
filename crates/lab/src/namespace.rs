//! A network namespace for a host, with one cable to this one: packets on it can
//! be lost. Needs root and ip(8); losing packets needs iptables(8) besides.

use crate::run;
use needs::Need;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

/// What a machine has to have for one.
pub const NEEDS: &[Need<'_>] = &[
    Need::Root,
    Need::Program("ip"),
    Need::Ability(
        "to make a network namespace",
        &["unshare", "--net", "--mount", "true"],
    ),
];

/// Namespaces of this name and a process id.
const PREFIX: &str = "pilot-lab-";

/// A namespace. Dropping it takes it away again, with its cable.
pub struct Namespace {
    name: String,
    number: u8,
    net: u8,
}

/// Which packets are lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    None,
    /// Packets to the host.
    Arriving,
    /// Everything.
    All,
    /// This many in a thousand, in both directions.
    PerMille(u32),
}

impl Namespace {
    /// Makes one of its own for each of 63 callers in this process.
    pub fn another() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        Self::make(NEXT.fetch_add(1, Ordering::SeqCst))
    }

    /// Makes one. Of two with different numbers, up to 63, each has a cable of
    /// its own.
    pub fn make(number: u8) -> Self {
        let process = std::process::id();
        let namespace = Self {
            name: format!("{PREFIX}{process}-{number}"),
            number,
            net: u8::try_from(process % 256).unwrap(),
        };
        let (outer, inner) = (&namespace.cable("o"), &namespace.cable("i"));
        ip(&["netns", "add", &namespace.name]);
        ip(&[
            "link",
            "add",
            outer,
            "type",
            "veth",
            "peer",
            "name",
            inner,
            "netns",
            &namespace.name,
        ]);
        ip(&[
            "address",
            "add",
            &format!("{}/30", namespace.outer()),
            "dev",
            outer,
        ]);
        ip(&["link", "set", outer, "up"]);
        namespace.ip(&[
            "address",
            "add",
            &format!("{}/30", namespace.address(2)),
            "dev",
            inner,
        ]);
        namespace.ip(&["link", "set", inner, "up"]);
        namespace.ip(&["link", "set", "lo", "up"]);
        namespace.ip(&["route", "add", "default", "via", &namespace.outer()]);
        namespace
    }

    /// The address of this end of the cable. What listens at one of them can be
    /// reached from every namespace.
    pub fn outer(&self) -> String {
        self.address(1)
    }

    /// One of three further addresses of this end, by its number from 0, from now
    /// on.
    pub fn outer_besides(&self, which: u8) -> String {
        assert!(which < 3, "three are this namespace's own");
        let end = self.number * 4 + which;
        let address = format!("198.19.{}.{end}", self.net);
        self.add_outer(&format!("{address}/32"));
        address
    }

    /// Puts IPv6 on the cable, with addresses of a network of its own (RFC 4193),
    /// and returns the one of this end.
    pub fn add_ipv6(&self) -> String {
        let address = |end| format!("fd00:198:18:{:x}{:02x}::{end}", self.net, self.number);
        let [outer, inner] = [1, 2].map(address);
        self.add_outer(&format!("{outer}/64"));
        let cable = self.cable("i");
        // Without a look for others who have it, it can be used at once.
        self.ip(&[
            "address",
            "add",
            &format!("{inner}/64"),
            "dev",
            &cable,
            "nodad",
        ]);
        outer
    }

    /// From now on, packets to [`dead4`] and [`dead6`] are swallowed. For that, the host gets
    /// IPv6, to [`dead6`] only.
    pub fn add_dead_addresses(&self) {
        let hole = "hole";
        // The far end takes nothing that is not addressed to itself, and without ARP
        // nothing is.
        self.ip(&["link", "add", hole, "type", "veth", "peer", "name", "far"]);
        self.ip(&["link", "set", hole, "arp", "off"]);
        for end in [hole, "far"] {
            self.ip(&["link", "set", end, "up"]);
        }
        self.ip(&["address", "add", "fd00:dead::ffff/64", "dev", hole, "nodad"]);
        self.ip(&["route", "add", "198.51.100.0/24", "dev", hole]);
    }

    fn add_outer(&self, address: &str) {
        let mut add = vec!["address", "add", address, "dev"];
        let cable = self.cable("o");
        add.push(&cable);
        if address.contains(':') {
            add.push("nodad");
        }
        ip(&add);
    }

    /// What makes a program run in there.
    pub fn wrapper(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name]
            .map(str::to_owned)
            .to_vec()
    }

    /// From now on, these packets are lost.
    pub fn lose(&self, loss: Loss) {
        self.iptables(&["-F"]);
        match loss {
            Loss::None => {}
            Loss::Arriving => self.iptables(&["-A", "INPUT", "-j", "DROP"]),
            Loss::All => {
                for chain in ["INPUT", "OUTPUT"] {
                    self.iptables(&["-A", chain, "-j", "DROP"]);
                }
            }
            Loss::PerMille(share) => {
                let share = format!("{}", f64::from(share) / 1_000.0);
                let random = [
                    "-m",
                    "statistic",
                    "--mode",
                    "random",
                    "--probability",
                    &share,
                ];
                for chain in ["INPUT", "OUTPUT"] {
                    self.iptables(&[&["-A", chain], &random[..], &["-j", "DROP"]].concat());
                }
            }
        }
    }

    /// Names are asked for at this address, and nowhere else.
    pub fn resolve_at(&self, server: &str) {
        fs::create_dir_all(self.settings()).unwrap();
        let text = format!("nameserver {server}\n");
        fs::write(self.settings().join("resolv.conf"), text).unwrap();
    }

    /// What ip-netns(8) puts into its place in /etc.
    fn settings(&self) -> PathBuf {
        Path::new("/etc/netns").join(&self.name)
    }

    /// From the networks for such tests (RFC 2544, appendix C.2.2).
    fn address(&self, end: u8) -> String {
        format!("198.18.{}.{}", self.net, self.number * 4 + end)
    }

    /// An interface's name has 15 bytes at most.
    fn cable(&self, end: &str) -> String {
        format!("pl{end}{}n{}", std::process::id(), self.number)
    }

    fn ip(&self, arguments: &[&str]) {
        ip(&[&["-n", &self.name], arguments].concat());
    }

    fn iptables(&self, arguments: &[&str]) {
        let wrapper = self.wrapper();
        run(Command::new(&wrapper[0])
            .args(&wrapper[1..])
            .args(["iptables", "-w"])
            .args(arguments));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let outer = self.cable("o");
        for arguments in [["link", "delete", &outer], ["netns", "delete", &self.name]] {
            let _ = Command::new("ip").args(arguments).output();
        }
        let _ = fs::remove_dir_all(self.settings());
        let _ = fs::remove_dir("/etc/netns");
    }
}

/// An address from which nothing ever comes back, after
/// [`Namespace::add_dead_addresses`] (RFC 5737).
pub fn dead4(number: u8) -> IpAddr {
    Ipv4Addr::new(198, 51, 100, number).into()
}

/// The same of IPv6, of a network on which the host is itself (RFC 4193), so that
/// a resolver that sorts addresses puts it first (RFC 6724).
pub fn dead6(number: u16) -> IpAddr {
    Ipv6Addr::new(0xfd00, 0xdead, 0, 0, 0, 0, 0, number).into()
}

/// Takes away what processes left that were killed.
pub fn remove_abandoned() {
    for line in run(Command::new("ip").args(["netns", "list"])).lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let ids = name
            .strip_prefix(PREFIX)
            .and_then(|ids| ids.split_once('-'));
        if let Some((process, _)) = ids
            && !Path::new("/proc").join(process).exists()
        {
            ip(&["netns", "delete", name]);
            let _ = fs::remove_dir_all(Path::new("/etc/netns").join(name));
        }
    }
}

fn ip(arguments: &[&str]) {
    run(Command::new("ip").args(arguments));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;
    use needs::lacks;
    use std::net::TcpListener;

    /// Whether a connection comes about within a second; otherwise whether it is
    /// refused. `None` if nothing comes back.
    fn connects(namespace: &Namespace, host: &str, port: u16) -> Option<bool> {
        let wrapper = namespace.wrapper();
        let mut connect = Command::new(&wrapper[0]);
        connect.args(&wrapper[1..]);
        connect.args(["timeout", "1", "bash", "-c"]);
        connect.arg(format!("exec 3<>/dev/tcp/{host}/{port}"));
        let output = connect.output().unwrap();
        (output.status.code() != Some(124)).then(|| output.status.success())
    }

    #[test]
    fn some_addresses_lead_here_and_others_nowhere() {
        if lacks(&[NEEDS, &[Need::Program("bash"), Need::Program("timeout")]].concat()) {
            return;
        }
        let namespace = Namespace::another();
        let near = [
            namespace.outer(),
            namespace.outer_besides(0),
            namespace.outer_besides(2),
            namespace.add_ipv6(),
        ];
        namespace.add_dead_addresses();
        for host in &near {
            let listener = TcpListener::bind((host.as_str(), 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            assert_eq!(connects(&namespace, host, port), Some(true), "{host}");
            drop(listener);
            assert_eq!(connects(&namespace, host, port), Some(false), "{host}");
        }
        let names = Names::listen(&format!("{}:53", namespace.outer()));
        names.lead("near.test", &[near[0].parse().unwrap()]);
        names.lead("dead.test", &[dead4(2), dead6(3)]);
        namespace.resolve_at(&namespace.outer());
        assert_eq!(connects(&namespace, "near.test", 9), Some(false));
        for dead in [
            dead4(1).to_string(),
            dead6(2).to_string(),
            "dead.test".into(),
        ] {
            assert_eq!(connects(&namespace, &dead, 443), None, "{dead}");
        }
        assert!(!names.asked().is_empty());
    }
}
