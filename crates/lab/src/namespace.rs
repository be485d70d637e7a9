//! A network namespace for a host, with one cable to this one: packets on it can
//! be lost. Needs root, ip(8) and iptables(8).

use crate::run;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    /// Whatever comes to the host.
    Arriving,
    /// Everything.
    All,
    /// This many in a thousand, in both directions.
    PerMille(u32),
}

impl Namespace {
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

/// Takes away what processes left that were killed.
pub fn clear_away() {
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
