//! A machine with systemd whose packages rpm(8) installs, upgrades and erases, with
//! a database of its own. All else comes from Debian, whose mirrors are the ones that
//! can be reached.

use super::control::Operator;
use super::machine::{Kind, Machine};
use super::manager::Manager;
use super::packager::{CONTROL_BY_RPM, RPM};
use super::{Packages, life, root, second};
use release::Source;
use release::failure::{Context, Result};
use release::package::newer_rpm;

/// Where rpm's database is on the hosts that have one.
const DATABASE: &str = "mkdir -p /etc/rpm && echo '%_dbpath /var/lib/rpm' > /etc/rpm/macros.database && \
     rpm --initdb";

/// The packages depend on what a distribution always has, and here dpkg knows of. A
/// package without files says so to rpm, which then looks at all dependencies.
const DISTRIBUTION: &str =
    "rpmbuild --quiet -bb /root/debian.spec && rpm -i /root/rpmbuild/RPMS/noarch/debian-*.rpm";

/// Runs the life of agent and control there.
///
/// # Errors
/// What is not as it should be.
pub(super) fn run(source: &Source, packages: &Packages) -> Result<()> {
    let newer = tempfile::tempdir().context("cannot make a folder")?;
    newer_rpm(source, packages.build, newer.path())?;
    let kind = Kind {
        base: &root::RPM,
        manager: Manager::Systemd,
        packager: &RPM,
    };
    let machine = Machine::boot(&kind, &source.root, packages)?;
    machine.copy(&newer.path().join("newer.rpm"))?;
    machine.copy(
        &source
            .root
            .join("crates/campaign/src/install_test/package/debian.spec"),
    )?;
    machine.run(DATABASE)?;
    machine.run(DISTRIBUTION)?;

    let operator = Operator::new(&packages.folder);
    // Not without the runner.
    machine.run("! rpm -i /root/host-pilot-0*.rpm")?;
    life::install(&machine)?;
    machine.run("systemctl is-enabled piloth")?;
    machine.run("systemctl show -p NRestarts piloth | grep -x NRestarts=0")?;
    let host = life::enrol(&machine, &operator)?;
    life::run_a_job(&operator, &host)?;
    life::upgrade(&machine, &operator, &host)?;
    remove(&machine, &operator, &host)?;
    life::reinstall(&machine, &host)?;
    remove(&machine, &operator, &host)?;
    second::Control::install(&machine, &CONTROL_BY_RPM)?.remove()?;
    erased(&machine)?;
    println!(
        "rpm: installed, enrolled, up- and downgraded while a job ran, erased, and the same host again"
    );
    Ok(())
}

fn remove(machine: &Machine, operator: &Operator, host: &str) -> Result<()> {
    life::remove(machine, || {
        operator.post("endless", host);
        Ok(())
    })
}

/// Erases the rest. There is no purge: state, users, and settings that somebody has
/// changed stay, and nothing else.
fn erased(machine: &Machine) -> Result<()> {
    println!("Erasing the rest");
    machine.run("rpm -e host-pilot-art")?;
    let kept = [
        "/etc/pilot/pilot.conf.rpmsave",
        "/var/lib/pilot/identity",
        "/var/lib/pilotctl.key",
        "/etc/pilotctl/job_key.pgp",
        "/etc/pilotctl/pilotctl.conf.rpmsave",
    ];
    let folders = [
        "/etc/pilot",
        "/etc/pilotctl",
        "/var/lib/pilot",
        "/var/lib/pilotctl",
    ];
    life::nothing_left(machine, &kept, &folders)
}
