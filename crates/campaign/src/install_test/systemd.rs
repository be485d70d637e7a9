//! A Debian with systemd: the agent's whole life, and control beside it.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::{Manager, State};
use super::packager::{CONTROL_BY_DPKG, DPKG};
use super::{Packages, by_hand, itself, life, managing, moving, root, second};
use release::failure::Result;
use std::path::Path;

/// Runs it.
///
/// # Errors
/// What is not as it should be.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    let kind = Kind {
        base: &root::SYSTEMD,
        manager: Manager::Systemd,
        packager: &DPKG,
    };
    let machine = Machine::boot(&kind, checkout, packages)?;
    let operator = Operator::new(&packages.folder);
    life::install(&machine)?;
    machine.run("systemctl is-enabled piloth")?;
    // It waits, and does not end again and again.
    machine.run("systemctl show -p NRestarts piloth | grep -x NRestarts=0")?;
    another_instance(&machine)?;
    let host = life::enrol(&machine, &operator)?;
    println!("Running a job");
    operator.run("greet", &host)?;
    hang(&machine, &operator, &host)?;
    life::upgrade(&machine, &operator, &host)?;
    managing::through_sudo(&machine, &operator, &host)?;
    managing::begin_as_root(&machine)?;
    managing::as_root(&machine, &operator, &host)?;
    itself::upgrade(&machine, &operator, &packages.folder, &host)?;
    let control = second::Control::install(&machine, &CONTROL_BY_DPKG)?;
    moving::to(&machine, &operator, &control, &host)?;
    managing::end_as_root(&machine)?;
    control.run("greet", &host)?;
    life::remove(&machine, || control.post("endless", &host))?;
    life::come_back(&machine, &host)?;
    life::remove(&machine, || control.post("endless", &host))?;
    control.remove()?;
    life::purge(
        &machine,
        "host-pilot host-pilot-art host-pilot-control",
        &["/etc/pilotctl/job_key.pgp"],
    )?;
    by_hand::run(&machine, &operator, &packages.folder)?;
    println!(
        "systemd: installed, enrolled, ended when it hung, up- and downgraded while a job ran, managed, moved to \
         another control, removed and purged; made a service by hand"
    );
    Ok(())
}

/// A second agent on this host has state of its own, which a purge takes too.
fn another_instance(machine: &Machine) -> Result<()> {
    println!("Starting another agent on this host");
    machine.run("touch /etc/pilot/web.conf; systemctl start piloth@web")?;
    machine.wait("systemctl show -p StatusText piloth@web | grep waiting")?;
    machine.run("test -d /var/lib/pilot-web").map(drop)
}

/// An agent that gives no sign of life is replaced; its job outlives it.
fn hang(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Stopping the agent's process while a job runs");
    // The unit's own patience is minutes.
    machine.run(
        "mkdir /run/systemd/system/piloth.service.d && \
         printf '[Service]\\nWatchdogSec=4\\n' > /run/systemd/system/piloth.service.d/watchdog.conf && \
         systemctl daemon-reload && systemctl restart piloth",
    )?;
    machine.wait_for_agent(State::Connected)?;
    let job = operator.post("endless", host);
    let shim = machine.shim()?;
    life::disabled(machine, &shim, "STOP")?;
    machine.run("journalctl --unit piloth | grep 'Watchdog timeout'")?;
    operator.cancel(job);
    operator.wait_for(job, "cancelled")?;
    machine.run(
        "rm -r /run/systemd/system/piloth.service.d && systemctl daemon-reload && \
         systemctl restart piloth",
    )?;
    machine.wait_for_agent(State::Connected)
}
