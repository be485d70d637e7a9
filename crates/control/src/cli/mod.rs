//! The command line.

mod address;
mod ago;
mod anywhere;
mod audit;
mod author;
mod backup;
mod client;
mod cmd;
mod complete;
mod confirm;
mod connection;
mod context;
mod credentials;
mod data;
mod duration;
mod explain;
mod exposure;
mod failure;
mod help;
mod host;
mod init;
mod job;
mod key;
mod log;
mod login;
mod meant;
mod nearest;
mod orphans;
mod output;
mod package;
mod pager;
mod password;
mod place;
mod presentation;
mod retry;
mod selection;
mod serve;
mod settings_file;
mod size;
mod store;
mod synonyms;
mod table;
mod text_file;
mod tls;
mod tls_chain;
mod tls_files;
mod token;
mod unix_users;
mod user;
mod version;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

/// Pilot Control: hands signed jobs to hosts that ask for them.
#[derive(Parser)]
#[command(name = "pilotctl", version, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
The commands host, cmd, job, user, token, audit, key list-import and key ls talk to a running service: `pilotctl login`, or set PILOTCTL_URL,
PILOTCTL_USER, PILOTCTL_PASSWORD or PILOTCTL_PASSWORD_FILE, or PILOTCTL_TOKEN_FILE, and
PILOTCTL_CA_FILE.
The others work on files of this machine.

`--help` of a command, as in `pilotctl host ls --help`, shows an example of it.

Exit codes: 0 done, 1 refused or the job did not succeed, 2 usage,
3 the service could not be reached or did not accept the user.";

#[derive(Subcommand)]
enum Command {
    /// Make what the service needs to start: keys, certificates, settings and the first admin
    #[command(after_help = help::of_files!("pilotctl init --host control.example.com --admin ada"))]
    Init(init::Arguments),
    /// Run the service
    #[command(after_help = help::of_files!("pilotctl serve --data /var/lib/pilotctl --listen 0.0.0.0:8443 \\\n    --tls-cert server.pem --tls-key server.key --job-key job_key.pgp"))]
    Serve(Box<serve::Arguments>),
    /// Copy the service's data while it runs, on the machine that has it
    #[command(after_help = help::of_files!("pilotctl backup --data /var/lib/pilotctl -o /backup/pilotctl"))]
    Backup(backup::Arguments),
    /// Manage the users of the service; on the machine that has its data, also without it
    #[command(subcommand)]
    User(user::Command),
    /// Make, list and remove API tokens, which programs sign in with
    #[command(subcommand)]
    Token(token::Command),
    /// Show and verify who changed what
    #[command(subcommand)]
    Audit(audit::Command),
    /// Correct serials of the registry, on the machine that has its data
    #[command(subcommand)]
    Package(package::Command),
    /// Make or replace the store key, which seals the secrets in the database
    #[command(subcommand)]
    Store(store::Command),
    /// Make certificates for the service
    #[command(subcommand)]
    Tls(tls::Command),
    /// Make and sign the list of keys that hosts trust
    #[command(subcommand)]
    Key(key::Command),
    /// List, invite, admit, disable and remove hosts
    #[command(subcommand)]
    Host(host::Command),
    /// Define commands
    #[command(subcommand)]
    Cmd(cmd::Command),
    /// Run commands on hosts
    #[command(subcommand)]
    Job(job::Command),
    /// Sign in to a service, with a token of its own for this machine
    Login(login::Login),
    /// Revoke the token of `login`, and remove it from this machine
    Logout(login::Logout),
    /// List and choose the services that `login` signed in to
    #[command(subcommand)]
    Context(context::Command),
    /// Show the version; as JSON also commit and target of the build
    #[command(after_help = help::of_files!("pilotctl version --json"))]
    Version(version::Arguments),
}

/// Runs the command line, and reports a failure on standard error.
pub(crate) fn main() -> ExitCode {
    // This program has one provider, so no other one can be installed.
    drop(rustls::crypto::ring::default_provider().install_default());
    let done = match complete::asked() {
        Some(words) => complete::offer(&words).map(|()| ExitCode::SUCCESS),
        None => read_arguments().and_then(|arguments| run(arguments.command)),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            output::complain(&failure);
            failure.code()
        }
    }
}

/// The command line, with the options that every command has.
fn command() -> clap::Command {
    synonyms::with_forms(presentation::with_options(Arguments::command()))
}

/// Reads the command line, of which options may stand anywhere.
fn read_arguments() -> Result<Arguments, Failure> {
    let command = command();
    let line = anywhere::moved(&command, std::env::args_os().collect());
    let matches = command.clone().try_get_matches_from(&line);
    let matches =
        matches.unwrap_or_else(|error| synonyms::explained(error, &command, &line).exit());
    presentation::choose(&matches);
    Arguments::from_arg_matches(&matches).map_err(|error| error.exit())
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let done = match command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::User(command) => user::run(command),
        Command::Token(command) => token::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Package(command) => package::run(command),
        Command::Store(command) => store::run(command),
        Command::Tls(command) => tls::run(command),
        Command::Key(command) => key::run(command),
        Command::Host(command) => host::run(command),
        Command::Cmd(command) => cmd::run(command),
        Command::Job(command) => return job::run(command),
        Command::Login(options) => login::login(options),
        Command::Logout(options) => login::logout(&options),
        Command::Context(command) => context::run(command),
        Command::Version(arguments) => version::run(&arguments),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::{manual, packaged};

    #[test]
    fn man_page_and_completions_are_packaged_as_the_command_line_is() {
        packaged::check(command(), include_str!("notes.man"));
    }

    /// The help of the program and its manual page promise this.
    #[test]
    fn the_help_of_every_command_shows_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let inner = command.get_subcommands();
            inner.for_each(|inner| check(inner, &format!("{path} {}", inner.get_name())));
            if !command.has_subcommands() {
                let after = command.get_after_help().map(ToString::to_string);
                let example = format!("Example:\n  {path}");
                assert!(after.unwrap_or_default().contains(&example), "{path}");
            }
        }
        check(&command(), "pilotctl");
    }

    #[test]
    fn every_other_command_can_print_json() {
        let commands = manual::commands_of(&command());
        let silent = commands
            .iter()
            .filter(|command| !command.options.contains(&"--json".to_owned()));
        let silent: Vec<&str> = silent.map(|command| command.path.as_str()).collect();
        assert_eq!(silent, ["serve"]);
    }
}
