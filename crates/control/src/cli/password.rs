//! Reads passwords from a file, standard input or a prompt; never from an argument, which
//! every Unix user of the machine could read.

use super::failure::Failure;
use super::output;
use super::text_file;
use crate::domain::user::check_password;
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;
use wire::command::Secret;
use wire::printable;

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

/// Whether a password can be had without being typed, or somebody can type one.
pub(super) fn is_at_hand(file: Option<&Path>) -> bool {
    file.is_some() || std::env::var_os("PILOTCTL_PASSWORD").is_some() || io::stdin().is_terminal()
}

/// The password with which a user signs in: from a file, from PILOTCTL_PASSWORD, or on a
/// terminal from a prompt.
pub(super) fn existing(file: Option<&Path>, user: &str, url: &str) -> Result<Secret, Failure> {
    match (file, std::env::var("PILOTCTL_PASSWORD")) {
        (Some(path), _) => text_file::password(path),
        (None, Ok(password)) => Ok(Secret::new(password)),
        (None, Err(_)) if io::stdin().is_terminal() => {
            let prompt = format!("Password of {user} at {url}: ");
            rpassword::prompt_password(printable::on_one_line(&prompt))
                .map(Secret::new)
                .map_err(no_input)
        }
        (None, Err(_)) => Err(Failure::Usage(
            "no password: give --password-file, or run this on a terminal, which asks for it"
                .into(),
        )),
    }
}

/// Asks for the name of the user to sign in as.
pub(super) fn ask_user(url: &str) -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "no user: give --user, or set PILOTCTL_USER".into(),
        ));
    }
    output::write(&format!("User at {url}: "))?;
    let mut name = String::new();
    io::stdin().lock().read_line(&mut name).map_err(no_input)?;
    Ok(name.trim().to_owned())
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
