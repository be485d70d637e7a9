//! `art run`, and what it has in common with `art exe`.

use super::arguments::Run;
use crate::build_file::{self, BuildFile, Function};
use crate::failure::Failure;
use crate::function::{
    Between, Check, Environment, Interrupts, LineOutput, Plan, Runner, no_such_function,
};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(arguments: &Run) -> Result<ExitCode, Failure> {
    let file = build_file::load(&arguments.path)?;
    let function = file
        .function(&arguments.function)
        .ok_or_else(|| no_such_function(&file, &arguments.function))?;
    let call = Call {
        file: &file,
        function,
        folder: &arguments.path,
        environment: Environment::inherited(),
        interrupts: &Interrupts::hold_back(Between::End)?,
    };
    call.run(|| Ok(()))
}

/// A function that is to be run.
pub(super) struct Call<'a> {
    pub(super) file: &'a BuildFile,
    pub(super) function: &'a Function,
    pub(super) folder: &'a Path,
    pub(super) environment: Environment,
    pub(super) interrupts: &'a Interrupts,
}

impl Call<'_> {
    /// Checks all that can be checked, says `begins`, and runs the function;
    /// from there on the exit code is the function's own.
    pub(super) fn run(
        self,
        begins: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<ExitCode, Failure> {
        let function = self.function;
        let plan = Plan::of(self.file, function)?;
        let environment = self.environment.in_file(self.file)?;
        let environment = Check::here(self.file, &plan).function(function, &environment)?;
        let runner = Runner {
            file: self.file,
            plan: &plan,
            folder: self.folder,
            output: LineOutput::Inherited,
            interrupts: self.interrupts,
        };
        begins()?;
        let outcome = runner.lines(&plan.first, &environment)?;
        Ok(ExitCode::from(outcome.code()))
    }
}
