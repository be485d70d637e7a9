//! A machine whose init is busybox's, with the tarball: what a router or a machine
//! made with buildroot is like.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::{Manager, State};
use super::packager::TARBALL;
use super::{Packages, life, root};
use release::cargo::repository;
use release::failure::{Context, Failure, Result};
use std::fs;
use std::path::Path;

/// Where the page is that is followed.
const PAGE: &str = "docs/operations/install.md";

/// Runs the agent's whole life there.
///
/// # Errors
/// What is not as it should be.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    let kind = Kind {
        base: &root::BUSYBOX,
        manager: Manager::Busybox,
        packager: &TARBALL,
    };
    let (mut machine, operator) = life::begin(&kind, checkout, packages)?;
    println!("Adding the page's line to inittab");
    let text = fs::read_to_string(repository().join(PAGE)).context(PAGE)?;
    let line = line(&text)?;
    machine.run(&format!(
        "cat >> /etc/inittab << 'EOF'\n{line}\nEOF\nkill -HUP 1"
    ))?;
    let host = life::enrol(&machine, &operator)?;
    life::run_a_job(&operator, &host)?;
    machine.reboot()?;
    machine.wait_for_agent(State::Connected)?;
    operator.run("greet", &host)?;
    kill(&machine, &operator, &host)?;
    life::upgrade(&machine, &operator, &host)?;
    println!("Uninstalling, not before the line is gone");
    machine.run(&format!("! {}", TARBALL.remove))?;
    life::remove(&machine, || {
        operator.post("endless", &host);
        machine.shim()?;
        // Of a line that is gone, init ends what it started.
        machine
            .run("sed -i /pilot/d /etc/inittab && kill -HUP 1")
            .map(drop)
    })?;
    life::nothing_left(&machine, &[], &["/etc/pilot", "/var/lib/pilot"])?;
    println!(
        "tarball, busybox: installed, enrolled, rebooted, respawned and upgraded while a job ran, \
         uninstalled"
    );
    Ok(())
}

/// Init starts an agent again that was killed; its job outlives it.
fn kill(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    println!("Killing the agent while a job runs");
    life::with_a_job(machine, operator, host, |shim| {
        life::restart_after(machine, shim, "KILL")
    })
}

/// The line for inittab on the page.
fn line(page: &str) -> Result<&str> {
    let mut lines = page.lines().map(str::trim);
    lines
        .find(|line| line.starts_with("::respawn:"))
        .ok_or_else(|| Failure::Failed(format!("{PAGE} has no line for inittab")))
}
