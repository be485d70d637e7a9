//! `cargo campaign foreign-test`: hosts of other architectures than this machine's, with
//! what `cargo xtask release` made for them, against a control of this machine.

mod emulator;
mod later;

use crate::system_tests::{Choice, Programs, Surroundings, SystemTests, is_built};
use later::Later;
use release::failure::{Result, failed};
use release::{Source, TARGETS, Target, TargetName};
use std::env::consts::ARCH;

/// Which hosts, and which tests.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Parts of the names of tests (default: the core of the system tests)
    tests: Vec<String>,
    /// A target, by its triple or its architecture; may be repeated (default: all that
    /// were built)
    #[arg(long)]
    target: Vec<TargetName>,
    /// In the year 2040: 32 bits do not hold the time any more. Takes emulators that are
    /// linked dynamically, whose clock can be set
    #[arg(long)]
    later: bool,
}

/// What an emulator of single programs cannot show.
const LEFT_OUT_IN_EMULATION: &[&str] = &[
    // It gives no program less memory than it needs itself.
    "jobs::a_job_is_held_to_the_limits_of_its_command",
    // The C library is the same on every processor, and each start takes seconds.
    "networks::a_name_resolves_if_one_family_of_addresses_does",
    // The starter is a program of this machine.
    "older_kernels::an_agent_on_linux_4_9_runs_jobs_and_ends_them",
];

/// Who executes a host's programs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Executor {
    /// This machine's kernel.
    Kernel,
    Emulator,
}

/// Runs the tests on one kind of host after another.
///
/// # Errors
/// When something is missing, or a test fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let source = Source::find()?;
    let targets = options.targets(&source)?;
    let tests = SystemTests::build()?;
    for target in targets {
        let programs = Programs::of(target, &source)?;
        for executor in options.executors(target)? {
            let count = options.run_on(&tests, &programs, target, executor)?;
            println!(
                "{target}: {count} tests passed {}",
                options.describe(executor, target)
            );
        }
    }
    Ok(())
}

impl Options {
    fn targets(&self, source: &Source) -> Result<Vec<&'static Target>> {
        if !self.target.is_empty() {
            return Ok(self
                .target
                .iter()
                .map(|TargetName(target)| *target)
                .collect());
        }
        let built = TARGETS.iter().filter(|target| is_built(target, source));
        match built.collect::<Vec<_>>() {
            none if none.is_empty() => failed(
                "there are no programs for hosts: run `cargo xtask release --program pilot --program art` first, \
                 with --target for a few of them",
            ),
            targets => Ok(targets),
        }
    }

    fn run_on(
        &self,
        tests: &SystemTests,
        programs: &Programs,
        target: &Target,
        executor: Executor,
    ) -> Result<usize> {
        let art = if programs.has_art {
            "its own"
        } else {
            "this machine's"
        };
        println!(
            "{target}: {}, with {art} art",
            self.describe(executor, target)
        );
        let (mut starter, left_out) = match executor {
            Executor::Kernel => (vec![], &[][..]),
            Executor::Emulator => {
                let emulator = emulator::find(target, self.later)?;
                let starter = emulator::starter(target, &emulator, &programs.pilot())?;
                (starter, LEFT_OUT_IN_EMULATION)
            }
        };
        let clock = self.later.then(Later::make).transpose()?;
        starter.extend(clock.iter().flat_map(Later::starter));
        let surroundings = Surroundings {
            starter,
            programs,
            left_out,
        };
        let choice = match self.tests.as_slice() {
            [] => Choice::Core,
            names => Choice::Named(names),
        };
        tests.run(&surroundings, choice)
    }

    fn describe(&self, executor: Executor, target: &Target) -> String {
        match executor {
            Executor::Kernel => "on this machine's kernel".to_owned(),
            Executor::Emulator if self.later => {
                format!("under {} in 2040", emulator::dynamic(target))
            }
            Executor::Emulator => format!("under {}", target.emulator),
        }
    }

    /// Who can run its programs, as far as that is wanted.
    fn executors(&self, target: &Target) -> Result<Vec<Executor>> {
        let mut executors = executors(target);
        if self.later {
            // A static program asks the kernel for the time.
            executors.retain(|executor| *executor == Executor::Emulator);
        }
        match executors.as_slice() {
            [] => failed(format!(
                "--later: no emulator runs what is built for {target}"
            )),
            _ => Ok(executors),
        }
    }
}

/// The kernel of an x86-64 runs programs of both.
fn executors(target: &Target) -> Vec<Executor> {
    let architecture = target.triple.split('-').next().unwrap_or_default();
    let runs_here = architecture == ARCH || (architecture, ARCH) == ("i686", "x86_64");
    let mut executors = Vec::new();
    if runs_here {
        executors.push(Executor::Kernel);
    }
    if architecture != ARCH {
        executors.push(Executor::Emulator);
    }
    executors
}
