//! What commands write, wherever their streams lead: a full disk is an error
//! like any other, and no panic.

use crate::failure::{Context, Failure};
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Writes lines to standard output.
///
/// # Errors
/// When they cannot be written.
pub(super) fn print(lines: impl Display) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{lines}")
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")
}

/// Writes what a job printed as it is, or, on a terminal, without what would
/// steer it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn foreign(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = if stdout.is_terminal() {
        stdout.write_all(without_control(text).as_bytes())
    } else {
        stdout.write_all(text.as_bytes())
    };
    written
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")
}

fn without_control(text: &str) -> String {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let harmless = text.chars().map(|c| if steers(c) { '?' } else { c });
    harmless.collect()
}

/// Tells a person something on standard error. When that cannot be written
/// either, there is nobody left to tell.
pub(super) fn tell(message: impl Display) {
    let _ = writeln!(io::stderr(), "pilot: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_printed_keeps_its_lines_alone() {
        assert_eq!(without_control("a\tb\n\u{1b}[2J\r"), "a\tb\n?[2J?");
    }
}
