//! What commands write, wherever their streams lead: a full disk is a failure
//! like any other, and a reader that has seen enough is none.

use super::failure::Failure;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use wire::printable;

/// Prints lines of an answer: text from elsewhere can be in them.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    write(&format!("{}\n", printable::in_lines(&text.to_string())))
}

/// Prints JSON for programs.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    write(&format!("{}\n", printable::json(&format!("{value:#}"))))
}

/// Says what was done: as a line for people, or as JSON for programs.
pub(super) fn done(as_json: bool, value: &Value, text: impl Display) -> Result<(), Failure> {
    if as_json { json(value) } else { line(text) }
}

/// Prints a log as it is, or, on a terminal, without what would steer it.
pub(super) fn log(log: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        write(&printable::in_lines(log))
    } else {
        write(log)
    }
}

/// Prints text as it is.
pub(super) fn write(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Refused(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Says something beside the answer, on standard error. When that cannot be
/// written either, there is nobody left to tell.
pub(super) fn note(text: impl Display) {
    let text = printable::on_one_line(&text.to_string());
    let _ = writeln!(io::stderr().lock(), "pilotctl: {text}");
}
