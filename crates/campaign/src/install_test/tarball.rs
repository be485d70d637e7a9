//! The tarball, for hosts with neither dpkg nor rpm, and with any init.

use super::machine::Kind;
use super::manager::Manager;
use super::packager::TARBALL;
use super::{Packages, busybox, life, root};
use release::failure::Result;
use std::path::Path;

const KINDS: [Kind; 2] = [
    Kind {
        base: &root::SYSTEMD,
        manager: Manager::Systemd,
        packager: &TARBALL,
    },
    Kind {
        base: &root::OPENRC,
        manager: Manager::Openrc,
        packager: &TARBALL,
    },
];

/// Runs the agent's life with each of them.
///
/// # Errors
/// What is not as it should be.
pub(super) fn run(checkout: &Path, packages: &Packages) -> Result<()> {
    busybox::run(checkout, packages)?;
    for kind in &KINDS {
        with_services(kind, checkout, packages)?;
    }
    Ok(())
}

/// Where services are started by name.
fn with_services(kind: &Kind, checkout: &Path, packages: &Packages) -> Result<()> {
    let (machine, operator) = life::begin(kind, checkout, packages)?;
    machine.run(&kind.manager.is_enabled("piloth"))?;
    let host = life::enrol(&machine, &operator)?;
    life::run_a_job(&operator, &host)?;
    life::upgrade(&machine, &operator, &host)?;
    let post_endless = || {
        operator.post("endless", &host);
        Ok(())
    };
    life::remove(&machine, post_endless)?;
    life::reinstall(&machine, &host)?;
    life::remove(&machine, post_endless)?;
    let kept = ["/etc/pilot", "/var/lib/pilot"];
    life::nothing_left(&machine, &kept, &["/etc/conf.d/piloth"])?;
    println!(
        "tarball: installed, enrolled, upgraded while a job ran, uninstalled, and the same host again"
    );
    Ok(())
}
