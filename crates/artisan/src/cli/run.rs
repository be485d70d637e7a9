//! `art run`, and what it has in common with `art exe`.

use super::arguments::Run;
use crate::build_file::{self, BuildFile, Function};
use crate::failure::Failure;
use crate::function::{Between, Environment, Interrupts, Plan, Runner, no_such_function};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Run) -> Result<ExitCode, Failure> {
    let file = build_file::load(&arguments.path)?;
    let function = file
        .function(&arguments.function)
        .ok_or_else(|| no_such_function(&file, &arguments.function))?;
    let environment = Environment::inherited();
    let interrupts = Interrupts::hold_back(Between::End)?;
    self::function(&file, function, &arguments.path, environment, &interrupts)
}

/// Runs a function in a folder; its exit code becomes ours.
pub(super) fn function(
    file: &BuildFile,
    function: &Function,
    folder: &Path,
    environment: Environment,
    interrupts: &Interrupts,
) -> Result<ExitCode, Failure> {
    let plan = Plan::new(file, &function.name, &function.run)?;
    let runner = Runner {
        file,
        plan: &plan,
        folder,
        interrupts,
    };
    let outcome = runner.function(function, &environment.in_file(file))?;
    Ok(ExitCode::from(outcome.code()))
}
