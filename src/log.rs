//! One line per event on standard error: time, level, what happened.
#![forbid(unsafe_code)]

use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

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

/// Leaves out what matters less than `level`.
pub(crate) fn set_level(level: Level) {
    MOST.store(level as u8, Ordering::Relaxed);
}

/// Writes an event; use the macros.
pub(crate) fn write(level: Level, event: fmt::Arguments<'_>) {
    if level as u8 > MOST.load(Ordering::Relaxed) {
        return;
    }
    let time = wire::time::rfc3339(crate::sys::clock::wall());
    let line = format!(
        "{time} {:5} {}\n",
        level.name(),
        one_line(&event.to_string())
    );
    // A log that cannot be written must not stop the agent.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Text from elsewhere can neither forge a line nor steer a terminal.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
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
        assert_eq!(one_line("a\nb\x1b[31mc"), "a b [31mc");
    }

    #[test]
    fn errors_matter_most() {
        assert!(Level::Error < Level::Warn && Level::Info < Level::Debug);
        assert!("loud".parse::<Level>().is_err());
    }
}
