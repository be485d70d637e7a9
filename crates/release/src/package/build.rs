//! Whose programs are packed: those of `cargo xtask release`, or, for tests, those
//! of `cargo build`.

use super::succeed;
use crate::cargo::cargo;
use crate::failure::{Context, Result, failed};
use crate::{Program, Source, TARGETS, Target};
use std::env::consts::ARCH;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// All programs, for tests.
pub(super) const ALL: [Program; 3] = [Program::Pilot, Program::Art, Program::Pilotctl];

/// A set of programs for one kind of host.
#[derive(Clone, Copy)]
pub enum Build {
    /// As they are released.
    Released(&'static Target),
    /// This machine's own, for hosts with the same C library.
    Debug,
}

impl Build {
    /// What this machine can run: as it is released, or the builds for tests.
    ///
    /// # Errors
    /// When this machine's architecture is none of those that are released for.
    pub fn for_tests(debug: bool) -> Result<Self> {
        if debug {
            return Ok(Self::Debug);
        }
        let ours = format!("{ARCH}-unknown-linux-musl");
        match TARGETS.iter().find(|target| target.triple == ours) {
            Some(target) => Ok(Self::Released(target)),
            None => failed(format!("nothing is released for {ours}")),
        }
    }

    /// Where programs and packages are.
    pub fn folder(self, source: &Source) -> PathBuf {
        match self {
            Self::Released(target) => crate::folder(source).join(target.triple),
            Self::Debug => source.root.join("target/dist/debug"),
        }
    }

    /// Sees to it that the programs are there.
    ///
    /// # Errors
    /// When one was not built for release yet, or cannot be built for tests.
    pub(super) fn prepare(self, source: &Source, programs: &[Program]) -> Result<()> {
        let folder = self.folder(source);
        for &program in programs {
            match self {
                Self::Debug => self.build(source, program)?,
                Self::Released(target) if !folder.join(program.name()).is_file() => {
                    return failed(format!(
                        "{} was not built for {target}: run `cargo xtask release --target {target}` first",
                        program.name()
                    ));
                }
                Self::Released(_) => {}
            }
        }
        Ok(())
    }

    /// Builds a program for tests. What a debugger wants to know of it is left out,
    /// which would take minutes to pack.
    fn build(self, source: &Source, program: Program) -> Result<()> {
        let target = source.root.join("target");
        let mut command = cargo();
        command
            .args(["build", "--quiet", "--package", program.name()])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(&source.root);
        succeed(&mut command)?;
        let small = self.target_dir(source).join("debug").join(program.name());
        for folder in [small.parent(), Some(&self.folder(source))]
            .into_iter()
            .flatten()
        {
            fs::create_dir_all(folder).context(folder.display())?;
        }
        let mut strip = Command::new("strip");
        strip
            .arg("-o")
            .arg(&small)
            .arg(target.join("debug").join(program.name()));
        succeed(&mut strip)?;
        // In the place of one that may run.
        let place = self.folder(source).join(program.name());
        let new = place.with_extension("new");
        fs::copy(&small, &new).context(new.display())?;
        fs::rename(&new, &place).context(place.display())
    }

    /// Where the packers find it.
    pub(super) fn target_dir(self, source: &Source) -> PathBuf {
        match self {
            Self::Released(_) => crate::build_folder(source),
            Self::Debug => source.root.join("target/dist/debug-build"),
        }
    }

    /// The profile that a program was built with.
    pub(super) fn profile(self, program: Program) -> &'static str {
        match self {
            Self::Released(_) => program.profile(),
            Self::Debug => "dev",
        }
    }

    /// The target that cargo builds for, if one is named.
    pub(super) fn triple(self) -> Option<&'static str> {
        match self {
            Self::Released(target) => Some(target.triple),
            Self::Debug => None,
        }
    }

    /// As rpm calls the architecture.
    pub(super) fn rpm(self) -> &'static str {
        match self {
            Self::Released(target) => target.rpm,
            Self::Debug => ARCH,
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released(target) => target.fmt(f),
            Self::Debug => write!(f, "{ARCH}-debug"),
        }
    }
}
