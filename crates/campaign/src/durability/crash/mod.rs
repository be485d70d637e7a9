//! Kills programs at every call that changes a file: the host's, and control.

mod agent;
mod control;

use super::matrix::no_case;
use super::require_root;
use crate::faults::{CaseOptions, run_cases};
use release::failure::Result;

/// `cargo campaign crash`
#[derive(clap::Args)]
pub(crate) struct CrashOptions {
    #[command(flatten)]
    cases: CaseOptions,
    /// Only the cases of these programs (default: all)
    #[arg(long, value_name = "PROGRAMS")]
    of: Option<Programs>,
}

/// The programs that are killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Programs {
    /// The agent, the shim, the runner, and the commands that give a host its identity
    Agent,
    /// `pilotctl serve`
    Control,
}

/// Runs the cases, first those of the agent, and prints the figures of each.
///
/// # Errors
/// When a case fails, or there is none.
pub(crate) fn run(options: &CrashOptions) -> Result<()> {
    let is_wanted = |programs| options.of.is_none_or(|of| of == programs);
    run_cases(&options.cases, |short, only| {
        require_root()?;
        let mut figures = Vec::new();
        if is_wanted(Programs::Agent) {
            figures.extend(agent::run(short, only)?);
        }
        if is_wanted(Programs::Control) {
            figures.extend(control::run(short, only)?);
        }
        match figures.is_empty() {
            true => no_case(only),
            false => Ok(figures.join("\n")),
        }
    })
}
