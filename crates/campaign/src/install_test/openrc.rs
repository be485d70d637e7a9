//! A Debian with System V's init and OpenRC: supervise-daemon watches the agent.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::Manager;
use super::packager::{CONTROL_BY_DPKG, DPKG};
use super::{Packages, life, managing, root, second};
use release::failure::Result;
use std::path::Path;

/// Runs the whole life of an installation.
///
/// # Errors
/// When a check fails.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    let kind = Kind {
        base: &root::OPENRC,
        manager: Manager::Openrc,
        packager: &DPKG,
    };
    let (machine, operator) = life::begin(&kind, checkout, packages)?;
    machine.run("rc-update show default | grep piloth")?;
    machine.run("rc-service piloth status | grep started")?;
    let host = life::in_use(&machine, &operator, restart)?;
    managing::end_as_root(&machine)?;
    println!("Stopping and starting");
    machine.run("rc-service piloth stop && ! pgrep -u piloth && rc-service piloth start")?;
    operator.run("greet", &host)?;
    let control = second::Control::install(&machine, &CONTROL_BY_DPKG)?;
    control.enrol(&host)?;
    life::end(&machine, &control, &host)?;
    println!(
        "openrc: installed, enrolled, restarted, respawned, up- and downgraded while a job ran, \
         managed, enrolled at another control, removed and purged"
    );
    Ok(())
}

/// Restarts the agent by hand, and by its supervisor after a kill.
fn restart(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Restarting and killing the agent while a job runs");
    life::with_a_job(machine, operator, host, |shim| {
        life::replace_agent(machine, shim, "rc-service piloth restart")?;
        println!("Starting it when OpenRC takes it for stopped");
        let lost = "rc-service piloth zap && rc-service piloth start";
        life::replace_agent(machine, shim, lost)?;
        life::restart_after(machine, shim, "KILL")
    })
}
