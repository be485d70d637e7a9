//! `cargo campaign old-kernel`: the whole-system tests without system calls that are newer
//! than Linux 4.9, the oldest kernel that the agent supports. A filter applies to all programs.

use crate::system_tests::{Choice, Programs, Surroundings, SystemTests};
use lab::older_kernel::{self, LINUX_4_9};
use release::failure::{Context, Result};
use release::{Source, TargetName};

/// Which tests, on what.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Parts of the names of tests (default: all)
    tests: Vec<String>,
    /// The core of them, as CI runs it
    #[arg(long, conflicts_with = "tests")]
    short: bool,
    /// Use the programs of `cargo xtask release` for this target, which this machine has to
    /// be able to run (default: debug builds)
    #[arg(long)]
    target: Option<TargetName>,
}

/// Tests that need a newer kernel.
const LEFT_OUT: &[&str] = &[
    // It tells who is in a sandbox by who has a filter: here, all have one.
    "confinement::a_courier_has_given_up_what_the_agent_still_has",
    // They look for Landlock, or for a doctor without complaints.
    "users::an_unprivileged_agent_has_its_children_in_the_same_sandbox",
    "doctor::a_healthy_host_has_nothing_to_complain_of",
    "older_kernels::an_agent_works_on_a_kernel_without_the_means_for_a_sandbox",
];

/// Runs the tests.
///
/// # Errors
/// When one of them fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let programs = match options.target {
        None => Programs::of_this_machine(),
        Some(TargetName(target)) => Programs::of(target, &Source::find()?)?,
    };
    let tests = SystemTests::build()?;
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let surroundings = Surroundings {
        starter: older_kernel::without(LINUX_4_9, folder.path()),
        programs: &programs,
        left_out: LEFT_OUT,
    };
    let choice = match options.tests.as_slice() {
        [] if options.short => Choice::Core,
        [] => Choice::All,
        names => Choice::Named(names),
    };
    let count = tests.run(&surroundings, choice)?;
    println!("{count} tests passed without what came after Linux 4.9");
    Ok(())
}
