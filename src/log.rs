//! One line per event on standard error: time, level, what happened.
//!
//! The reader of the log may stall. The agent does not wait for it: lines that would block are
//! dropped and counted.
#![forbid(unsafe_code)]

use crate::sys::poll::is_writable;
use std::fmt;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use wire::printable;

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Something that the agent should do could not be done.
    Error,
    /// Something is not as it should be, and the agent goes on.
    Warn,
    /// A change that an operator may want to know of.
    Info,
    /// Every single step.
    Debug,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
}

impl FromStr for Level {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            _ => Err("write error, warn, info or debug"),
        }
    }
}

static MOST: AtomicU8 = AtomicU8::new(Level::Info as u8);
static FLOOR: AtomicU8 = AtomicU8::new(Level::Error as u8);

/// How many lines were dropped since the last one that was written.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// A longer line could block in the middle (PIPE_BUF, pipe(7)).
const MOST_BYTES: usize = 4096;

/// Leaves out what matters less than `level`, or less than the floor if that
/// says more.
pub(crate) fn set_level(level: Level) {
    let floor = FLOOR.load(Ordering::Relaxed);
    MOST.store(floor.max(level as u8), Ordering::Relaxed);
}

/// From now on, messages as important as `level` are written.
pub(crate) fn set_floor(level: Level) {
    FLOOR.store(level as u8, Ordering::Relaxed);
    MOST.fetch_max(level as u8, Ordering::Relaxed);
}

/// Writes an event; use the macros.
pub(crate) fn write(level: Level, event: fmt::Arguments<'_>) {
    if level as u8 > MOST.load(Ordering::Relaxed) {
        return;
    }
    write_to(&mut io::stderr(), &DROPPED, level, &event.to_string());
}

/// A log that cannot be written must not stop the agent.
fn write_to(log: &mut (impl Write + AsFd), dropped: &AtomicU64, level: Level, event: &str) {
    let before = dropped.load(Ordering::Relaxed);
    if before > 0 {
        let gap = format!("{before} lines of the log were dropped: its reader did not keep up");
        if !put(log, &line(Level::Warn, &gap)) {
            dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        dropped.store(0, Ordering::Relaxed);
    }
    if !put(log, &line(level, event)) {
        dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether the line was written.
fn put(log: &mut (impl Write + AsFd), line: &str) -> bool {
    is_writable(log.as_fd()) && log.write_all(line.as_bytes()).is_ok()
}

fn line(level: Level, event: &str) -> String {
    let time = wire::time::rfc3339(crate::sys::clock::wall());
    let mut line = format!("{time} {:5} {}", level.name(), one_line(event));
    line.truncate(line.floor_char_boundary(MOST_BYTES - 1));
    line.push('\n');
    line
}

/// Text from elsewhere can neither forge a line nor steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    printable::on_one_line(text)
}

/// Logs at [`Level::Error`].
macro_rules! error { ($($event:tt)*) => { $crate::log::write($crate::log::Level::Error, format_args!($($event)*)) } }
/// Logs at [`Level::Warn`].
macro_rules! warning { ($($event:tt)*) => { $crate::log::write($crate::log::Level::Warn, format_args!($($event)*)) } }
/// Logs at [`Level::Info`].
macro_rules! info { ($($event:tt)*) => { $crate::log::write($crate::log::Level::Info, format_args!($($event)*)) } }
/// Logs at [`Level::Debug`].
macro_rules! debug { ($($event:tt)*) => { $crate::log::write($crate::log::Level::Debug, format_args!($($event)*)) } }
pub(crate) use {debug, error, info, warning};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_on_its_line() {
        assert_eq!(one_line("a\nb\x1b[31mc"), "a b?[31mc");
    }

    #[test]
    fn errors_matter_most() {
        assert!(Level::Error < Level::Warn && Level::Info < Level::Debug);
        assert!("loud".parse::<Level>().is_err());
    }

    #[test]
    fn a_line_fits_into_a_pipe() {
        let line = line(Level::Info, &"é".repeat(5_000));
        assert!(line.len() <= MOST_BYTES && line.ends_with("é\n"));
    }

    #[test]
    fn a_stalled_reader_misses_lines_and_gets_their_number() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        let dropped = AtomicU64::new(0);
        let mut written = 0;
        while dropped.load(Ordering::Relaxed) < 3 {
            write_to(&mut writer, &dropped, Level::Info, &"x".repeat(MOST_BYTES));
            written += 1;
        }
        let mut full = vec![0; (written - 3) * MOST_BYTES];
        io::Read::read_exact(&mut reader, &mut full).unwrap();
        write_to(&mut writer, &dropped, Level::Info, "here again");
        drop(writer);
        let rest = io::read_to_string(reader).unwrap();
        let lines: Vec<&str> = rest.lines().collect();
        assert!(lines[0].contains("WARN  3 lines of the log were dropped"));
        assert!(lines[1].ends_with("here again") && lines.len() == 2);
    }
}
