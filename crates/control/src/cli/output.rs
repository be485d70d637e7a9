//! The output of commands. A full disk is a failure; a reader that closes the pipe is not.

use super::failure::Failure;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use wire::printable;

/// Prints lines that may have text from elsewhere.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    write(&format!("{}\n", printable::in_lines(&text.to_string())))
}

/// Prints JSON for programs.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    write(&format!("{}\n", printable::json(&format!("{value:#}"))))
}

/// Prints what was done: a line for people, or JSON for programs.
pub(super) fn done(as_json: bool, value: &Value, text: impl Display) -> Result<(), Failure> {
    if as_json { json(value) } else { line(text) }
}

/// Prints a log unchanged, or on a terminal without control characters.
pub(super) fn log(log: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        write(&printable::in_lines(log))
    } else {
        write(log)
    }
}

/// Prints text unchanged.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Refused(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Prints a note on standard error. A failure of that is ignored: it could not be reported.
pub(super) fn note(text: impl Display) {
    let text = printable::on_one_line(&text.to_string());
    let _ = writeln!(io::stderr().lock(), "pilotctl: {text}");
}
