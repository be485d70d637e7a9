//! Where passwords come from: a file, standard input or a prompt, never an
//! argument, which every user of the machine could read.

use super::failure::Failure;
use std::io::{self, IsTerminal};
use std::path::Path;
use wire::command::Secret;

/// The shortest password that a new user may have.
const SHORTEST: usize = 8;

/// Reads the password of a new user: from a file, from a prompt (twice) when
/// there is a terminal, else from standard input.
pub(super) fn new_password(file: Option<&Path>) -> Result<Secret, Failure> {
    let password = match file {
        Some(path) => from_file(path)?,
        None if io::stdin().is_terminal() => prompt_twice()?,
        None => first_line(&io::read_to_string(io::stdin()).map_err(no_input)?),
    };
    if password.expose().chars().count() < SHORTEST {
        return Err(Failure::Usage(format!(
            "the password is too short: use at least {SHORTEST} characters"
        )));
    }
    Ok(password)
}

/// Reads a secret from the first line of a file.
pub(super) fn from_file(path: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
    Ok(first_line(&text))
}

fn first_line(text: &str) -> Secret {
    Secret::new(text.lines().next().unwrap_or_default())
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
