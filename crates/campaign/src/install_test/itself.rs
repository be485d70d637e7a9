//! The agent upgraded through itself, with the package in `examples/upgrade`.

use super::control::Operator;
use super::machine::Machine;
use release::cargo::repository;
use release::failure::{Context, Result, failed};
use std::fs;
use std::path::Path;

const FILES: [&str; 2] = ["build.yaml", "upgrade.sh"];

/// What a new agent may be like that does not work: it says its version, and
/// waits for ever, ready in its manager's eyes.
const MUTE: &str = "#!/bin/sh\n[ \"$1\" = launch ] || exec echo 'pilot 9.9.9'\nsystemd-notify --ready\nsleep 1000\n";

/// A good agent stays, and a bad one is taken back. The agent runs as root.
///
/// # Errors
/// When that is not so.
pub(super) fn upgrade(
    machine: &Machine,
    operator: &Operator,
    programs: &Path,
    host: &str,
) -> Result<()> {
    println!("Upgrading the agent through itself, well and badly");
    let process = || machine.run("systemctl show -p MainPID piloth");
    let before = process()?;
    let good = package(|place| fs::copy(programs.join("pilot"), place).map(drop))?;
    operator.define_upgrade(good.path(), "60");
    let log = operator.run("upgrade", host)?;
    if !log.contains("upgraded from pilot") || process()? == before {
        return failed(format!("the agent was not upgraded: {log}"));
    }

    let bad = package(|place| fs::write(place, MUTE))?;
    operator.define_upgrade(bad.path(), "5");
    let job = operator.post("upgrade", host);
    operator.wait_for(job, "failed")?;
    let log = operator.log(job);
    if !log.contains("did not reach control within 5 seconds") {
        return failed(format!("the job says: {log}"));
    }
    machine.run("pilot version | grep -vF 9.9.9").map(drop)
}

fn package(make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    for name in FILES {
        let from = repository().join("examples/upgrade").join(name);
        fs::copy(&from, folder.path().join(name)).context(from.display())?;
    }
    let program = folder.path().join("pilot");
    make(&program).context(program.display())?;
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&program, executable).context(program.display())?;
    Ok(folder)
}
