//! The command line.
#![forbid(unsafe_code)]

mod config;
mod doctor;
mod enrol;
mod job;
mod key;
mod launch;
mod output;
mod reset;
mod status;
mod usage;
mod version;

use crate::failure::{Failure, Kind};
use crate::shim;
use crate::sys::signals;
use std::process::ExitCode;

/// Runs the command that the arguments name, and turns a failure into a
/// message and an exit code.
pub(crate) fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|a| a.to_string_lossy().into_owned())
        .collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::message(&failure);
            failure.exit_code()
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let (command, rest) = match arguments.split_first() {
        Some((first, rest)) if !first.starts_with('-') => (first.as_str(), rest),
        // `pilot` alone, or with flags only, launches the agent.
        _ => ("launch", arguments),
    };
    let wants_help = rest
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|a| a == "-h" || a == "--help");
    if !matches!(command, "launch" | "shim") {
        signals::restore_defaults();
    }
    match command {
        "launch" if matches!(arguments, [only] if only == "--version" || only == "-V") => {
            version::run(&[])
        }
        "help" => usage::print(rest.first().map_or("", String::as_str)),
        // Without a command, help is about all of them.
        "launch" if wants_help && arguments.first().is_some_and(|first| first != "launch") => {
            usage::print("")
        }
        command if wants_help && usage::is_command(command) => usage::print(command),
        "launch" => launch::run(rest),
        "enrol" => enrol::run(rest),
        "config" => config::run(rest),
        "status" => status::run(rest),
        "doctor" => doctor::run(rest),
        "reset" => reset::run(rest),
        "job" => job::run(rest),
        "key" => key::run(rest),
        "version" => version::run(rest),
        "shim" if rest.is_empty() => shim::run(),
        other => Err(usage::no_command(other)),
    }
}

/// A command line that is not understood.
fn usage_error(message: impl Into<String>) -> Failure {
    Failure::new(Kind::Usage, message)
}

/// Reads flags and arguments by a table of options.
fn parse(options: &getopts::Options, arguments: &[String]) -> Result<getopts::Matches, Failure> {
    options
        .parse(arguments)
        .map_err(|fail| usage_error(usage::not_parsed(&fail, options)))
}
