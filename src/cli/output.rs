//! What commands write, wherever their streams lead: a full disk is an error
//! like any other, and no panic.

use crate::failure::{Context, Failure};
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use wire::printable;

/// Writes lines to standard output: text from elsewhere can be in them.
///
/// # Errors
/// When they cannot be written.
pub(super) fn print(lines: impl Display) -> Result<(), Failure> {
    write(&format!("{}\n", printable::in_lines(&lines.to_string())))
}

/// Writes JSON for programs.
///
/// # Errors
/// When it cannot be written.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    write(&format!("{}\n", printable::json(&format!("{value:#}"))))
}

/// Writes a job's output as it is, or, on a terminal, without characters that would steer it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn foreign(text: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        return write(&printable::in_lines(text));
    }
    write(text)
}

fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    written
        .and_then(|()| stdout.flush())
        .context("cannot write to standard output")
}

/// Writes a message to standard error. A failure to write cannot be reported.
pub(super) fn message(text: impl Display) {
    let text = printable::on_one_line(&text.to_string());
    let _ = writeln!(io::stderr(), "pilot: {text}");
}
