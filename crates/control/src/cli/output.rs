//! What commands write, wherever their streams lead: a full disk is a failure
//! like any other, and a reader that has seen enough is none.

use super::failure::Failure;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Prints one line of an answer.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    write(&format!("{text}\n"))
}

/// Prints JSON for programs.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    line(format_args!("{value:#}"))
}

/// Says what was done: as a line for people, or as JSON for programs.
pub(super) fn done(as_json: bool, value: &Value, text: impl Display) -> Result<(), Failure> {
    if as_json { json(value) } else { line(text) }
}

/// Prints a log as it is, or, on a terminal, without what would steer it.
pub(super) fn log(log: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        write(&lines_of(log))
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
    let text = harmless(&text.to_string());
    let _ = writeln!(io::stderr().lock(), "pilotctl: {text}");
}

/// Text from elsewhere on one line: it does not get to steer the terminal.
pub(super) fn harmless(text: &str) -> String {
    replaced(text, char::is_control)
}

fn lines_of(log: &str) -> String {
    replaced(log, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

fn replaced(text: &str, steers: impl Fn(char) -> bool) -> String {
    text.chars()
        .map(|c| if steers(c) { '?' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_lines_alone() {
        assert_eq!(lines_of("a\tb\n\u{1b}[2J\r"), "a\tb\n?[2J?");
    }

    #[test]
    fn foreign_text_stays_on_its_line() {
        assert_eq!(harmless("a\n\u{1b}[2Jé"), "a??[2Jé");
    }
}
