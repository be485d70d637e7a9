//! `cargo xtask install-test`: the .deb in a Debian of its own, under a real
//! systemd, against a control service on this machine.
//!
//! Needs root, debootstrap and systemd-nspawn, and what `cargo xtask dist` and
//! `cargo xtask package` made for this machine's architecture.

mod control;
mod itself;
mod machine;
mod managing;

use crate::dist::{self, Source};
use crate::failure::{Result, failed};
use control::Operator;
use machine::Machine;
use std::path::Path;

/// What a host with the package looks like: path, owner and mode, as stat(1)
/// prints them.
const INSTALLED: [(&str, &str); 6] = [
    ("/usr/bin/pilot", "root:root 755"),
    ("/usr/bin/art", "root:root 755"),
    ("/etc/pilot", "root:piloth 2770"),
    ("/etc/pilot/pilot.conf", "root:piloth 640"),
    ("/var/lib/pilot", "piloth:piloth 700"),
    ("/usr/share/man/man1/pilot.1.gz", "root:root 644"),
];

/// Runs the whole life of an installation.
///
/// # Errors
/// What is not as it should be.
pub(crate) fn run() -> Result<()> {
    let source = Source::find()?;
    let programs =
        dist::folder(&source).join(format!("{}-unknown-linux-musl", std::env::consts::ARCH));
    let machine = Machine::boot(&source.root, &programs)?;
    let operator = Operator::new(&programs);
    install(&machine)?;
    let host = enrol(&machine, &operator)?;
    println!("Running a job");
    operator.run("greet", &host)?;
    managing::through_sudo(&machine, &operator, &host)?;
    managing::begin_as_root(&machine)?;
    managing::as_root(&machine, &operator, &host)?;
    itself::upgrade(&machine, &operator, &programs, &host)?;
    managing::end_as_root(&machine)?;
    upgrade(&machine, &operator, &host)?;
    remove(&machine, &operator, &host)?;
    purge(&machine)?;
    println!("installed, enrolled, managed, upgraded while a job ran, removed and purged");
    Ok(())
}

fn install(machine: &Machine) -> Result<()> {
    println!("Installing");
    machine.run("dpkg -i /root/host-pilot-art_*.deb /root/host-pilot_*.deb")?;
    for (path, expected) in INSTALLED {
        let found = machine.run(&format!("stat -c '%U:%G %a' {path}"))?;
        if found.trim() != expected {
            return failed(format!("{path} is {}, not {expected}", found.trim()));
        }
    }
    machine.run("systemctl is-enabled piloth")?;
    machine.wait("systemctl show -p StatusText piloth | grep waiting")?;
    // It waits, and does not end again and again.
    machine.run("systemctl show -p NRestarts piloth | grep -x NRestarts=0")?;
    Ok(())
}

/// Returns the host's id.
fn enrol(machine: &Machine, operator: &Operator) -> Result<String> {
    println!("Enrolling with a first-boot file");
    machine.write("/etc/pilot/enrol", "piloth", &operator.first_boot())?;
    machine.wait("systemctl show -p StatusText piloth | grep 'connected to'")?;
    machine.wait("test ! -e /etc/pilot/enrol")?;
    let id = machine.run("runuser -u piloth -- pilot config host-uuid")?;
    Ok(id.trim().to_owned())
}

fn upgrade(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Upgrading while a job runs");
    let job = operator.post("endless", host);
    let shim = machine.wait("pgrep -xf 'pilot shim'")?;
    let agent = machine.run("systemctl show -p MainPID piloth")?;
    machine.run("dpkg -i /root/host-pilot_*.deb")?;
    machine.wait("systemctl show -p StatusText piloth | grep 'connected to'")?;
    if machine.run("systemctl show -p MainPID piloth")? == agent {
        return failed("the upgrade did not restart the agent");
    }
    if machine.run("pgrep -xf 'pilot shim'")? != shim {
        return failed("the job did not outlive the upgrade");
    }
    operator.cancel(job);
    operator.wait_for(job, "cancelled")
}

fn remove(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Removing while a job runs");
    operator.post("endless", host);
    machine.wait("pgrep -xf 'pilot shim'")?;
    machine.run("dpkg -r host-pilot")?;
    machine.run("! pgrep -u piloth")?;
    machine.run("test -e /var/lib/pilot/identity -a -e /etc/pilot/pilot.conf")?;
    Ok(())
}

fn purge(machine: &Machine) -> Result<()> {
    println!("Purging");
    machine.run("dpkg -P host-pilot host-pilot-art")?;
    let left = machine.run(
        "find / -xdev \\( -name '*pilot*' -o -nouser -o -nogroup \\) -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*'; \
         getent passwd piloth; getent group piloth; true",
    )?;
    match left.trim() {
        "" => Ok(()),
        left => failed(format!("the package left behind:\n{left}")),
    }
}

/// The packages of a folder that belong on a host.
fn packages(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let names = ["host-pilot_", "host-pilot-art_"];
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let found: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.ends_with(".deb") && names.iter().any(|known| name.starts_with(known))
        })
        .collect();
    match found.len() {
        2 => Ok(found),
        _ => failed(format!(
            "{} does not hold one .deb of each: run `cargo xtask dist` and `cargo xtask package` first",
            folder.display()
        )),
    }
}
