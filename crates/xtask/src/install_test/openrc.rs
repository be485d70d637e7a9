//! A Debian with System V's init and OpenRC: supervise-daemon watches the agent.

use super::control::Operator;
use super::machine::{Machine, Manager};
use super::{Packages, life};
use crate::failure::Result;
use std::path::Path;

/// Runs the agent's whole life there.
///
/// # Errors
/// What is not as it should be.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    let machine = Machine::boot(Manager::Openrc, checkout, packages)?;
    let operator = Operator::new(&packages.folder);
    life::install(&machine)?;
    machine.run("rc-update show default | grep piloth")?;
    machine.run("rc-service piloth status | grep started")?;
    let host = life::enrol(&machine, &operator)?;
    println!("Running a job");
    operator.run("greet", &host)?;
    restart(&machine, &operator, &host)?;
    life::upgrade(&machine, &operator, &host)?;
    println!("Stopping and starting");
    machine.run("rc-service piloth stop && ! pgrep -u piloth && rc-service piloth start")?;
    operator.run("greet", &host)?;
    life::remove(&machine, || {
        operator.post("endless", &host);
        Ok(())
    })?;
    life::purge(&machine, "host-pilot host-pilot-art", &[])?;
    println!(
        "openrc: installed, enrolled, restarted, respawned, up- and downgraded while a job ran, \
         removed and purged"
    );
    Ok(())
}

/// By hand, and by the supervisor of an agent that was killed.
fn restart(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Restarting and killing the agent while a job runs");
    let job = operator.post("endless", host);
    let shim = machine.shim()?;
    life::another_agent(machine, &shim, "rc-service piloth restart")?;
    let agent = machine.agent()?;
    let killed = format!(
        "kill -KILL {0}; while [ -e /proc/{0} ]; do sleep 0.1; done",
        agent.trim()
    );
    life::another_agent(machine, &shim, &killed)?;
    operator.cancel(job);
    operator.wait_for(job, "cancelled")
}
