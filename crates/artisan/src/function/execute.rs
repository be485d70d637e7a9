//! Running a plan, line by line.

use super::environment::Environment;
use super::expand::Line;
use super::plan::Plan;
use super::signals::{Ended, Interrupts, SIGNAL_BASE};
use crate::build_file::BuildFile;
use crate::failure::{Failure, Kind};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// How a function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every line succeeded.
    Succeeded,
    /// A line failed with this code: 128 and the signal's number where a
    /// signal ended it.
    Failed(u8),
}

impl Outcome {
    fn of(status: ExitStatus) -> Self {
        let code = status.code();
        let signal = status.signal().map(|signal| SIGNAL_BASE + signal);
        match code.or(signal).map(u8::try_from) {
            Some(Ok(0)) => Self::Succeeded,
            Some(Ok(code)) => Self::Failed(code),
            _ => Self::Failed(u8::MAX),
        }
    }

    fn interrupted(signal: i32) -> Self {
        Self::Failed(u8::try_from(SIGNAL_BASE + signal).unwrap_or(u8::MAX))
    }

    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Succeeded => 0,
            Self::Failed(code) => code,
        }
    }
}

/// Where lines print to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineOutput {
    /// Where `art` does.
    Inherited,
    /// To standard error alone: what `art` prints is for a program to read.
    ToStandardError,
}

/// Runs what a plan holds, in one folder.
pub(crate) struct Runner<'a> {
    /// The build file that the plan was made from.
    pub(crate) file: &'a BuildFile,
    /// The plan.
    pub(crate) plan: &'a Plan<'a>,
    /// The working folder.
    pub(crate) folder: &'a Path,
    /// Where the lines print to.
    pub(crate) output: LineOutput,
    /// What may end a run early.
    pub(crate) interrupts: &'a Interrupts,
}

impl Runner<'_> {
    /// Runs lines up to the first that fails.
    ///
    /// # Errors
    /// When the shell cannot be started.
    pub(crate) fn lines(
        &self,
        lines: &[Line],
        environment: &Environment,
    ) -> Result<Outcome, Failure> {
        for line in lines {
            let outcome = match line {
                Line::Shell(text) => self.shell(text, environment)?,
                Line::Call(name) => self.call(name, environment)?,
            };
            if outcome != Outcome::Succeeded {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Succeeded)
    }

    fn call(&self, name: &str, environment: &Environment) -> Result<Outcome, Failure> {
        let Some(function) = self.file.function(name) else {
            return Err(no_such_function(self.file, name));
        };
        let inner = environment.enter(self.file, function)?;
        self.lines(self.plan.function(name), &inner)
    }

    /// Each line ends at its first command that fails, as the function does at its first
    /// line that fails (errexit, `set` in POSIX.1-2017).
    fn shell(&self, text: &str, environment: &Environment) -> Result<Outcome, Failure> {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-e", "-c", text])
            .env_clear()
            .envs(environment.iter())
            .current_dir(self.folder);
        if self.output == LineOutput::ToStandardError {
            shell.stdout(io::stderr());
        }
        match self.interrupts.run(&mut shell) {
            Ok(Ended::Itself(status)) => Ok(Outcome::of(status)),
            Ok(Ended::Interrupted(signal)) => Ok(Outcome::interrupted(signal)),
            Err(error) => Err(Failure::own(format!("cannot run /bin/sh: {error}"))),
        }
    }
}

/// The function that was asked for is not in the file.
pub(crate) fn no_such_function(file: &BuildFile, name: &str) -> Failure {
    let names: Vec<&str> = file
        .functions
        .iter()
        .map(|function| function.name.as_str())
        .collect();
    Failure::new(
        Kind::Function,
        format!(
            "there is no function {name:?}: there are {}",
            listed(&names)
        ),
    )
}

/// Names for a message.
pub(crate) fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        some => some.join(", "),
    }
}
