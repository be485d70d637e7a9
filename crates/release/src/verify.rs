//! What was built is what was meant: looked at, and started.

use super::elf::Elf;
use super::source::Source;
use super::target::{Program, Target};
use crate::failure::{Context, Result, failed};
use serde::Deserialize;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What `version --json` prints.
#[derive(Deserialize)]
struct Version {
    name: String,
    version: String,
    commit: Option<String>,
    target: String,
}

/// Looks at a program and starts it, under an emulator where it is of another
/// architecture.
///
/// # Errors
/// What is not as it should be.
pub(super) fn verify(
    file: &Path,
    source: &Source,
    program: Program,
    target: &Target,
) -> Result<()> {
    let bytes = fs::read(file).context(file.display())?;
    let flaws = Elf::read(&bytes)
        .context(format_args!("{} is no ELF file", file.display()))?
        .flaws(target);
    if !flaws.is_empty() {
        return failed(format!("{}: {}", file.display(), flaws.join("; ")));
    }
    let version = started(file, target)?;
    let expected = [program.name(), env!("CARGO_PKG_VERSION"), target.triple];
    let found = [&version.name, &version.version, &version.target].map(String::as_str);
    if found != expected || version.commit.as_ref() != Some(&source.commit) {
        return failed(format!(
            "{}: says that it is {found:?} of commit {:?}",
            file.display(),
            version.commit
        ));
    }
    Ok(())
}

fn started(file: &Path, target: &Target) -> Result<Version> {
    let is_native = target.triple.split('-').next() == Some(env::consts::ARCH);
    let mut command = if is_native {
        Command::new(file)
    } else {
        let mut emulator = Command::new(target.emulator);
        emulator.args(target.cpu.iter().flat_map(|cpu| ["-cpu", cpu]));
        emulator.arg(file);
        emulator
    };
    let output = command.args(["version", "--json"]).output();
    let output = output.context(format_args!(
        "cannot start {} ({}; Debian has it in qemu-user-static)",
        file.display(),
        target.emulator
    ))?;
    if !output.status.success() {
        return failed(format!(
            "{} does not start: {}",
            file.display(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    serde_json::from_slice(&output.stdout).context(format_args!(
        "{}: cannot read what it says of its version",
        file.display()
    ))
}
