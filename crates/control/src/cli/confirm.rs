//! Asks before what cannot be undone.

use super::failure::Failure;
use std::io::{self, BufRead, IsTerminal, Write};
use wire::printable;

/// Whether to ask.
#[derive(clap::Args)]
pub(super) struct Confirmation {
    /// Do not ask whether to remove it
    #[arg(short, long)]
    yes: bool,
}

impl Confirmation {
    /// Returns if `what` is to be removed: a person says so on a terminal, a program by `--yes`.
    ///
    /// # Errors
    /// When it is not to be, or nobody can be asked.
    pub(super) fn ask(&self, what: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let what = printable::on_one_line(what);
        if !io::stdin().is_terminal() {
            return Err(Failure::Usage(format!(
                "this removes {what}, which cannot be undone: add --yes"
            )));
        }
        let mut answer = String::new();
        let asked = write!(
            io::stderr().lock(),
            "Remove {what}? This cannot be undone. [y/N] "
        );
        asked
            .and_then(|()| io::stdin().lock().read_line(&mut answer))
            .map_err(|error| Failure::Refused(format!("reading the answer: {error}")))?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(Failure::Refused(format!("{what} was not removed"))),
        }
    }
}
