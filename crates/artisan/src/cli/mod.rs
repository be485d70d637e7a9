//! The command line: one file per command.

mod arguments;
mod build;
mod clock;
mod complete;
mod done;
mod exe;
mod fetch;
mod init;
mod keeping;
mod ls;
mod pgp;
mod phase;
mod publish;
mod push;
mod run;
mod sign;
mod verify;
mod version;

use crate::failure::{Failure, Kind};
use crate::function::{Between, Interrupts};
use crate::output::Chatter;
use crate::package::Package;
use crate::settings::Settings;
use crate::store::Store;
use crate::supervisor::Supervisor;
use crate::verify::Refusal;
use arguments::{Cli, Command, PgpCommand};
use clap::Parser;
use std::process::ExitCode;
use wire::PackageName;

/// What every command works with.
struct Context {
    /// Who started `art`, if it hands something over.
    supervisor: Option<Supervisor>,
    settings: Settings,
    store: Store,
    chatter: Chatter,
}

impl Context {
    /// A pin applies to every command that takes a package by its name.
    fn refuse_another(&self, name: &PackageName, package: &Package) -> Result<(), Failure> {
        match &self.settings.pin {
            Some(pin) if *pin != package.seal.digest => {
                let found = package.seal.digest.clone();
                Err(Refusal::NotThePinned { found }.of(name))
            }
            _ => Ok(()),
        }
    }
}

/// Reads the command line, does what it says and returns the exit code.
pub(crate) fn main() -> ExitCode {
    let done = match complete::asked() {
        Some(words) => complete::offer(&words).map(|()| ExitCode::SUCCESS),
        None => match Cli::try_parse() {
            Ok(cli) => dispatch(cli),
            Err(error) => return not_a_command(&error),
        },
    };
    done.unwrap_or_else(|failure| {
        crate::output::note(&failure.to_string());
        failure.code()
    })
}

/// Prints help or version, or the error in the command line.
fn not_a_command(error: &clap::Error) -> ExitCode {
    // A reader that went away is no failure.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() {
        Kind::Usage as u8
    } else {
        0
    })
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let supervisor = match &cli.command {
        Command::Exe(exe) if exe.supervised => Some(Supervisor::connect()?),
        _ => None,
    };
    let settings = Settings::load(supervisor.as_ref())?.with_user(cli.command.user())?;
    let context = Context {
        store: Store::new(&settings.home).running_in(settings.run_folder.clone()),
        chatter: Chatter {
            on: cli.verbose || settings.verbose,
        },
        settings,
        supervisor,
    };
    if matches!(cli.command, Command::Pull(_) | Command::Sign(_)) {
        Interrupts::hold_back(Between::End)?;
    }
    let done = match cli.command {
        Command::Exe(arguments) => return exe::exe(&context, &arguments),
        Command::Run(arguments) => return run::run(&arguments),
        Command::Pgp(PgpCommand::Gen(arguments)) => pgp::generate(&arguments),
        Command::Init(arguments) => init::init(&arguments),
        Command::Build(arguments) => build::build(&context, &arguments),
        Command::Publish(arguments) => publish::publish(&context, &arguments),
        Command::Sign(arguments) => sign::sign(&context, &arguments),
        Command::Push(arguments) => push::push(&context, &arguments),
        Command::Pull(arguments) => fetch::pull(&context, &arguments),
        Command::Verify(arguments) => verify::verify(&context, &arguments),
        Command::Ls(arguments) => ls::ls(&context, &arguments),
        Command::Version(arguments) => version::version(&arguments),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use lab::{manual, packaged};

    #[test]
    fn man_page_and_completions_are_packaged_as_the_command_line_is() {
        packaged::check(Cli::command(), include_str!("notes.man"));
    }

    #[test]
    fn every_other_command_has_json_output() {
        let commands = manual::commands_of(&Cli::command());
        let silent = commands
            .iter()
            .filter(|command| !command.options.contains(&"--json".to_owned()));
        let silent: Vec<&str> = silent.map(|command| command.path.as_str()).collect();
        assert_eq!(silent, ["exe", "run"]);
    }
}
