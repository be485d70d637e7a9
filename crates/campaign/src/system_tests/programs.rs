//! The programs that the tests are run on.

use lab::programs::programs;
use release::failure::{Context, Result, failed};
use release::{Program, Source, Target};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with all three, where the tests look for them.
pub(crate) struct Programs {
    folder: PathBuf,
    /// Whether `cargo xtask release` has built the target's own `art`.
    pub(crate) has_art: bool,
    // What was put together for this goes again.
    _made: Option<TempDir>,
}

impl Programs {
    /// Debug builds for this machine.
    pub(crate) fn of_this_machine() -> Self {
        Self {
            folder: folder_of(&programs().pilot),
            has_art: true,
            _made: None,
        }
    }

    /// What `cargo xtask release` made for a host; control, and `art` where that is
    /// missing, are of this machine.
    ///
    /// # Errors
    /// When the agent was not built.
    pub(crate) fn of(target: &Target, source: &Source) -> Result<Self> {
        if !is_built(target, source) {
            return failed(format!(
                "{} is missing: run `cargo xtask release --target {target} --program pilot --program art`",
                built(target, source, Program::Pilot).display()
            ));
        }
        let art = built(target, source, Program::Art);
        let has_art = art.is_file();
        let made = tempfile::tempdir().context("cannot make a folder")?;
        for program in [
            &built(target, source, Program::Pilot),
            if has_art { &art } else { &programs().art },
            &programs().pilotctl,
        ] {
            let name = program.file_name().unwrap_or_default();
            fs::copy(program, made.path().join(name)).context(program.display())?;
        }
        Ok(Self {
            folder: made.path().to_owned(),
            has_art,
            _made: Some(made),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The agent.
    pub(crate) fn pilot(&self) -> PathBuf {
        self.folder.join(Program::Pilot.name())
    }

    /// The publisher's runner: publishers make packages on a machine like this one.
    pub(crate) fn publisher(&self) -> &'static Path {
        &programs().publisher
    }
}

/// Whether `cargo xtask release` has made an agent for it.
pub(crate) fn is_built(target: &Target, source: &Source) -> bool {
    built(target, source, Program::Pilot).is_file()
}

fn built(target: &Target, source: &Source, program: Program) -> PathBuf {
    let folder = release::folder(source).join(target.triple);
    folder.join(program.name())
}

fn folder_of(program: &Path) -> PathBuf {
    program.parent().unwrap_or(Path::new(".")).to_owned()
}
