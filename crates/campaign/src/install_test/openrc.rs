//! A Debian with System V's init and OpenRC: supervise-daemon watches the agent.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::Manager;
use super::packager::{CONTROL_BY_DPKG, DPKG};
use super::{Packages, life, managing, root, second};
use release::failure::Result;
use std::path::Path;

/// Runs the agent's whole life there.
///
/// # Errors
/// What is not as it should be.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    let kind = Kind {
        base: &root::OPENRC,
        manager: Manager::Openrc,
        packager: &DPKG,
    };
    let machine = Machine::boot(&kind, checkout, packages)?;
    let operator = Operator::new(&packages.folder);
    life::install(&machine)?;
    machine.run("rc-update show default | grep piloth")?;
    machine.run("rc-service piloth status | grep started")?;
    let host = life::enrol(&machine, &operator)?;
    println!("Running a job");
    operator.run("greet", &host)?;
    restart(&machine, &operator, &host)?;
    life::upgrade(&machine, &operator, &host)?;
    managing::through_sudo(&machine, &operator, &host)?;
    managing::begin_as_root(&machine)?;
    managing::as_root(&machine, &operator, &host)?;
    managing::end_as_root(&machine)?;
    println!("Stopping and starting");
    machine.run("rc-service piloth stop && ! pgrep -u piloth && rc-service piloth start")?;
    operator.run("greet", &host)?;
    let control = second::Control::install(&machine, &CONTROL_BY_DPKG)?;
    control.enrol(&host)?;
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
    println!(
        "openrc: installed, enrolled, restarted, respawned, up- and downgraded while a job ran, \
         managed, enrolled at another control, removed and purged"
    );
    Ok(())
}

/// By hand, and by the supervisor of an agent that was killed.
fn restart(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Restarting and killing the agent while a job runs");
    let job = operator.post("endless", host);
    let shim = machine.shim()?;
    life::another_agent(machine, &shim, "rc-service piloth restart")?;
    println!("Starting it when OpenRC takes it for stopped");
    let lost = "rc-service piloth zap && rc-service piloth start";
    life::another_agent(machine, &shim, lost)?;
    life::disabled(machine, &shim, "KILL")?;
    operator.cancel(job);
    operator.wait_for(job, "cancelled")
}
