//! Reads passwords from a file, standard input or a prompt; never from an argument, which
//! every Unix user of the machine could read.

use super::failure::Failure;
use super::text_file;
use crate::domain::user::check_password;
use std::io::{self, IsTerminal};
use std::path::Path;
use wire::command::Secret;

/// Reads the password of a new user: from a file; else, on a terminal, twice from a prompt;
/// else from standard input.
pub(super) fn new_password(file: Option<&Path>) -> Result<Secret, Failure> {
    let password = match file {
        Some(path) => text_file::password(path)?,
        None if io::stdin().is_terminal() => prompt_twice()?,
        None => text_file::password(Path::new("-"))?,
    };
    check_password(&password).map_err(Failure::Usage)?;
    Ok(password)
}

fn prompt_twice() -> Result<Secret, Failure> {
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt)
            .map(Secret::new)
            .map_err(no_input)
    };
    let password = ask("Password: ")?;
    if ask("Again: ")? != password {
        return Err(Failure::Usage("the two passwords differ".into()));
    }
    Ok(password)
}

fn no_input(error: io::Error) -> Failure {
    Failure::Refused(format!("reading the password: {error}"))
}
