//! A Debian with systemd: the life of agent and control.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::{Manager, State};
use super::packager::{CONTROL_BY_DPKG, DPKG};
use super::{Packages, by_hand, itself, life, managing, moving, root, second};
use release::failure::Result;
use std::path::Path;

/// Runs the whole life of an installation.
///
/// # Errors
/// When a check fails.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    let kind = Kind {
        base: &root::SYSTEMD,
        manager: Manager::Systemd,
        packager: &DPKG,
    };
    let (machine, operator) = life::begin(&kind, checkout, packages)?;
    machine.run("systemctl is-enabled piloth")?;
    // The agent waits; it does not restart repeatedly.
    machine.run("systemctl show -p NRestarts piloth | grep -x NRestarts=0")?;
    another_instance(&machine)?;
    let host = life::in_use(&machine, &operator, hang)?;
    itself::upgrade(&machine, &operator, &packages.folder, &host)?;
    let control = second::Control::install(&machine, &CONTROL_BY_DPKG)?;
    moving::to(&machine, &operator, &control, &host)?;
    managing::end_as_root(&machine)?;
    life::end(&machine, &control, &host)?;
    by_hand::run(&machine, &operator, &packages.folder)?;
    println!(
        "systemd: installed, enrolled, ended when it hung, up- and downgraded while a job ran, managed, moved to \
         another control, removed and purged; made a service by hand"
    );
    Ok(())
}

/// Starts a second agent on this host, whose state a purge removes too.
fn another_instance(machine: &Machine) -> Result<()> {
    println!("Starting another agent on this host");
    machine.run("touch /etc/pilot/web.conf; systemctl start piloth@web")?;
    machine.wait("systemctl show -p StatusText piloth@web | grep waiting")?;
    machine.run("test -d /var/lib/pilot-web").map(drop)
}

/// Checks that a hanging agent is replaced, and that its job goes on.
fn hang(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Stopping the agent's process while a job runs");
    // The unit's own timeout is minutes.
    machine.run(
        "mkdir /run/systemd/system/piloth.service.d && \
         printf '[Service]\\nWatchdogSec=4\\n' > /run/systemd/system/piloth.service.d/watchdog.conf && \
         systemctl daemon-reload && systemctl restart piloth",
    )?;
    machine.wait_for_agent(State::Connected)?;
    life::with_a_job(machine, operator, host, |shim| {
        life::restart_after(machine, shim, "STOP")?;
        machine
            .run("journalctl --unit piloth | grep 'Watchdog timeout'")
            .map(drop)
    })?;
    machine.run(
        "rm -r /run/systemd/system/piloth.service.d && systemctl daemon-reload && \
         systemctl restart piloth",
    )?;
    machine.wait_for_agent(State::Connected)
}
