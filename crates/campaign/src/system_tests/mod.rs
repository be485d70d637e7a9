//! Runs the whole-system tests of this checkout in other environments than `cargo test`.

mod core;
mod programs;

use release::cargo::{cargo, repository};
use release::failure::{Context, Result, failed};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(crate) use core::CORE;
pub(crate) use programs::{Programs, is_built};

/// The tests, built.
pub(crate) struct SystemTests {
    program: PathBuf,
}

/// The environment of a run.
pub(crate) struct Surroundings<'a> {
    /// A command that starts the command after it; may be empty.
    pub(crate) starter: Vec<String>,
    pub(crate) programs: &'a Programs,
    /// Tests that cannot pass there.
    pub(crate) left_out: &'a [&'a str],
}

/// Which tests.
#[derive(Clone, Copy)]
pub(crate) enum Choice<'a> {
    All,
    Core,
    /// Those whose names contain one of these.
    Named(&'a [String]),
}

/// A line of `--message-format=json`; only a program's has `executable`.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

impl SystemTests {
    /// Builds them, with cargo's progress shown.
    ///
    /// # Errors
    /// When they do not compile.
    pub(crate) fn build() -> Result<Self> {
        let mut build = cargo();
        build
            .args(["test", "--package", "pilot", "--test", "system", "--no-run"])
            .args(["--message-format", "json-render-diagnostics"])
            .current_dir(repository())
            .stderr(Stdio::inherit());
        let output = build.output().context("cannot run cargo")?;
        let messages = String::from_utf8_lossy(&output.stdout);
        let mut messages = messages.lines().rev();
        let program =
            messages.find_map(|line| serde_json::from_str::<Message>(line).ok()?.executable);
        match program {
            Some(program) if output.status.success() => Ok(Self { program }),
            _ => failed("the system tests do not compile"),
        }
    }

    /// Runs the chosen tests, and returns how many there were.
    ///
    /// # Errors
    /// When a test fails, or none is selected.
    pub(crate) fn run(&self, surroundings: &Surroundings, choice: Choice) -> Result<usize> {
        let chosen = |starter| {
            let mut tests = self.started_by(starter, surroundings.programs);
            choice.describe_to(&mut tests, surroundings.left_out);
            tests
        };
        let listed = chosen(&[]).arg("--list").output();
        let listed = listed.context(self.program.display())?;
        let count = String::from_utf8_lossy(&listed.stdout)
            .lines()
            .filter(|line| line.ends_with(": test"))
            .count();
        choice.check(count, surroundings.left_out)?;
        let status = chosen(&surroundings.starter).status();
        if status.context(self.program.display())?.success() {
            return Ok(count);
        }
        failed("tests failed: see their output above")
    }

    fn started_by(&self, starter: &[String], programs: &Programs) -> Command {
        let mut tests = match starter.split_first() {
            None => Command::new(&self.program),
            Some((starter, arguments)) => {
                let mut started = Command::new(starter);
                started.args(arguments).arg(&self.program);
                started
            }
        };
        tests
            .current_dir(repository())
            .env("PILOT_TEST_BIN", programs.folder())
            .env("PILOT_TEST_PUBLISHER", programs.publisher());
        tests
    }
}

impl Choice<'_> {
    /// The arguments that choose them (`--help` of any test program).
    fn describe_to(self, tests: &mut Command, left_out: &[&str]) {
        for name in left_out {
            tests.args(["--skip", name]);
        }
        match self {
            Self::All => tests,
            Self::Core => tests.arg("--exact").args(CORE),
            Self::Named(names) => tests.args(names),
        };
    }

    /// Checks that the selected tests exist: they may have been renamed.
    fn check(self, found: usize, left_out: &[&str]) -> Result<()> {
        let of_core = || CORE.iter().filter(|name| !left_out.contains(name)).count();
        match self {
            Self::Core if found != of_core() => failed(format!(
                "of the {} tests in {}/core.rs there are {found}: correct their names",
                of_core(),
                file!().trim_end_matches("/mod.rs")
            )),
            _ if found == 0 => failed("there is no such test"),
            _ => Ok(()),
        }
    }
}
