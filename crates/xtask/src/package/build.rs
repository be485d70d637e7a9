//! Whose programs are packed: those of `cargo xtask dist`, or, for tests, those
//! of `cargo build`.

use crate::cargo::cargo;
use crate::dist::{self, Program, Source, Target};
use crate::failure::{Context, Result, failed};
use std::env::consts::ARCH;
use std::fmt;
use std::fs;
use std::path::PathBuf;

/// All programs, for tests.
pub(super) const ALL: [Program; 3] = [Program::Pilot, Program::Art, Program::Pilotctl];

/// A set of programs for one kind of host.
#[derive(Clone, Copy)]
pub(super) enum Build {
    /// As they are released.
    Dist(&'static Target),
    /// This machine's own, for hosts with the same C library.
    Debug,
}

impl Build {
    /// Where programs and packages are.
    pub(super) fn folder(self, source: &Source) -> PathBuf {
        match self {
            Self::Dist(target) => dist::folder(source).join(target.triple),
            Self::Debug => super::debug_folder(source),
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
                Self::Debug => {
                    build(source, program)?;
                    fs::create_dir_all(&folder).context(folder.display())?;
                    let built = self.target_dir(source).join("debug").join(program.name());
                    fs::copy(&built, folder.join(program.name())).context(built.display())?;
                }
                Self::Dist(target) if !folder.join(program.name()).is_file() => {
                    return failed(format!(
                        "{} was not built for {target}: run `cargo xtask dist --target {target}` first",
                        program.name()
                    ));
                }
                Self::Dist(_) => {}
            }
        }
        Ok(())
    }

    /// Where cargo has built it.
    pub(super) fn target_dir(self, source: &Source) -> PathBuf {
        match self {
            Self::Dist(_) => dist::build_folder(source),
            Self::Debug => source.root.join("target"),
        }
    }

    /// The profile that a program was built with.
    pub(super) fn profile(self, program: Program) -> &'static str {
        match self {
            Self::Dist(_) => program.profile(),
            Self::Debug => "dev",
        }
    }

    /// The target that cargo was told, if any.
    pub(super) fn triple(self) -> Option<&'static str> {
        match self {
            Self::Dist(target) => Some(target.triple),
            Self::Debug => None,
        }
    }

    /// As rpm calls the architecture.
    pub(super) fn rpm(self) -> &'static str {
        match self {
            Self::Dist(target) => target.rpm,
            Self::Debug => ARCH,
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dist(target) => target.fmt(f),
            Self::Debug => write!(f, "{ARCH}-debug"),
        }
    }
}

fn build(source: &Source, program: Program) -> Result<()> {
    let mut command = cargo();
    command
        .args(["build", "--quiet", "--package", program.name()])
        .arg("--target-dir")
        .arg(Build::Debug.target_dir(source))
        .current_dir(&source.root);
    super::succeed(&mut command)
}
