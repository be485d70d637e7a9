//! The output of commands. A full disk is a failure; a reader that closes the pipe is not.

use super::failure::Failure;
use super::presentation::{self, Shape};
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use wire::printable;

/// Prints lines that may have text from elsewhere.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    write(&format!("{}\n", printable::in_lines(&text.to_string())))
}

/// Prints JSON for programs: as one value, or with an entry on each line.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    match (presentation::chosen().shape, value) {
        (Shape::Jsonl, Value::Array(entries)) => entries.iter().try_for_each(json_line),
        (Shape::Jsonl, value) => json_line(value),
        _ => write(&format!("{}\n", printable::json(&format!("{value:#}")))),
    }
}

fn json_line(value: &Value) -> Result<(), Failure> {
    write(&format!("{}\n", printable::json(&value.to_string())))
}

/// Says what was done: in a sentence for people, unless nothing was to be said, or as JSON for
/// programs.
pub(super) fn done(as_json: bool, value: &Value, text: impl Display) -> Result<(), Failure> {
    match presentation::chosen().only_names() && !as_json {
        true => Ok(()),
        false => made(as_json, value, text),
    }
}

/// Prints what was asked for: as it is, or as JSON for programs.
pub(super) fn made(as_json: bool, value: &Value, text: impl Display) -> Result<(), Failure> {
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

/// Prints a note on standard error, unless only what was asked for is wanted.
pub(super) fn note(text: impl Display) {
    if !presentation::chosen().quiet {
        complain(text);
    }
}

/// Prints on standard error what the command does, where that is wanted.
pub(super) fn detail(text: impl Display) {
    if presentation::chosen().verbose {
        complain(text);
    }
}

/// Prints on standard error why the command failed. A failure of that is ignored: it could not be
/// reported.
pub(super) fn complain(text: impl Display) {
    let text = printable::on_one_line(&text.to_string());
    let _ = writeln!(io::stderr().lock(), "pilotctl: {text}");
}
