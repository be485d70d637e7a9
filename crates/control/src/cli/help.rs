//! What stands below the options in every command's help: an example, and the
//! exit codes. Variables of the environment stand beside their options.

/// Help of a command that talks to a running service.
macro_rules! of_client {
    ($example:literal) => {
        concat!(
            "Example:\n  ",
            $example,
            "\n\nThe password is that of PILOTCTL_PASSWORD_FILE, else PILOTCTL_PASSWORD.\n",
            "Exit codes: 0 done, 1 refused or the job did not succeed, 2 usage,\n",
            "3 the service could not be reached or did not accept the user."
        )
    };
}

/// Help of a command that works on files of this machine.
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
