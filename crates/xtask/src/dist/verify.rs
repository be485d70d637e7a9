//! What was built is what was meant: looked at, and started.

use super::source::Source;
use super::target::{Program, Target};
use crate::failure::{Context, Result, failed};
use object::elf::{FileHeader32, FileHeader64, PT_INTERP, SHT_SYMTAB};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};
use object::{Endianness, FileKind};
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

/// What the file tells of itself (elf(5)).
struct Elf {
    machine: object::elf::Machine,
    is_64: bool,
    wants_interpreter: bool,
    has_symbols: bool,
}

impl Elf {
    fn read(bytes: &[u8]) -> object::Result<Self> {
        match FileKind::parse(bytes)? {
            FileKind::Elf32 => Self::of::<FileHeader32<Endianness>>(bytes),
            _ => Self::of::<FileHeader64<Endianness>>(bytes),
        }
    }

    fn of<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> object::Result<Self> {
        let header = H::parse(bytes)?;
        let endian = header.endian()?;
        let segments = header.program_headers(endian, bytes)?;
        let sections = header.sections(endian, bytes)?;
        Ok(Self {
            machine: header.e_machine(endian),
            is_64: header.is_type_64(),
            wants_interpreter: segments.iter().any(|one| one.p_type(endian) == PT_INTERP),
            has_symbols: sections.iter().any(|one| one.sh_type(endian) == SHT_SYMTAB),
        })
    }

    /// One sentence each. Without an interpreter there is nobody who could load
    /// a shared library: the program is static.
    fn flaws(&self, target: &Target) -> Vec<&'static str> {
        let flaws = [
            (
                self.machine != target.machine || self.is_64 != target.is_64,
                "it is for another machine",
            ),
            (self.wants_interpreter, "it is not static"),
            (self.has_symbols, "it is not stripped"),
        ];
        flaws
            .into_iter()
            .filter_map(|(is_so, flaw)| is_so.then_some(flaw))
            .collect()
    }
}

fn started(file: &Path, target: &Target) -> Result<Version> {
    let is_native = target.triple.split('-').next() == Some(env::consts::ARCH);
    let mut command = if is_native {
        Command::new(file)
    } else {
        let mut emulator = Command::new(target.emulator);
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

#[cfg(test)]
mod tests {
    use super::super::target::TARGETS;
    use super::*;

    #[test]
    fn a_program_for_developers_is_nothing_for_hosts() {
        // This test itself: dynamic, with symbols.
        let bytes = fs::read(env::current_exe().unwrap()).unwrap();
        let elf = Elf::read(&bytes).unwrap();
        let flaws = elf.flaws(&TARGETS[0]);
        assert!(flaws.contains(&"it is not static"), "{flaws:?}");
        assert!(flaws.contains(&"it is not stripped"), "{flaws:?}");
        assert!(
            elf.flaws(&TARGETS[2])
                .contains(&"it is for another machine")
        );
    }

    #[test]
    fn what_is_no_program_is_said_to_be_none() {
        assert!(Elf::read(b"#!/bin/sh\n").is_err());
    }
}
