//! The end of every command's help: an example and the exit codes. Environment variables are
//! listed beside their options.

/// The end of the help of a command that calls a running service.
macro_rules! of_client {
    ($example:literal) => {
        concat!(
            "Example:\n  ",
            $example,
            "\n\nThe password comes from PILOTCTL_PASSWORD_FILE, else PILOTCTL_PASSWORD; an API token in\n",
            "PILOTCTL_TOKEN_FILE is used in its place.\n",
            "Exit codes: 0 done, 1 refused or the job did not succeed, 2 usage,\n",
            "3 the service could not be reached or refused the user."
        )
    };
}

/// The end of the help of a command that works on files of this machine.
macro_rules! of_files {
    ($example:literal) => {
        concat!(
            "Example:\n  ",
            $example,
            "\n\nExit codes: 0 done, 1 it failed or was refused, 2 usage."
        )
    };
}

pub(super) use {of_client, of_files};
