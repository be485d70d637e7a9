//! What `art` prints: answers on standard output, chatter on standard error.

use crate::failure::Failure;
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};
use wire::printable;

/// Prints one line of an answer. A reader that went away is no failure.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    write(&printable::in_lines(text))
}

fn write(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::own(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Prints an answer for programs.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::own)?;
    write(&printable::json(&text))
}

/// What `art` says about its own work, if it was asked to.
#[derive(Clone, Copy)]
pub(crate) struct Chatter {
    /// Whether to say anything.
    pub(crate) on: bool,
}

impl Chatter {
    /// Says one line on standard error.
    pub(crate) fn say(self, text: &str) {
        if self.on {
            note(text);
        }
    }
}

/// Writes one line to standard error. A failure to write cannot be reported. Many messages quote
/// names and answers from outside.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "art: {}", printable::on_one_line(text));
}

/// Shows on a terminal that a transfer is moving; silent elsewhere.
pub(crate) struct Meter {
    label: String,
    bytes: u64,
    total: Option<u64>,
    shown: Option<Instant>,
    visible: bool,
}

const SHOWN_EVERY: Duration = Duration::from_millis(200);

impl Meter {
    /// Begins to count bytes under a label.
    pub(crate) fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            bytes: 0,
            total: None,
            shown: None,
            visible: io::stderr().is_terminal(),
        }
    }

    /// Goes on from so many bytes, of so many if that is known.
    pub(crate) fn begin(&mut self, bytes: u64, total: Option<u64>) {
        (self.bytes, self.total) = (bytes, total);
    }

    /// Counts bytes that were moved.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        let is_due = |last: Instant| last.elapsed() >= SHOWN_EVERY;
        if self.visible && self.shown.is_none_or(is_due) {
            self.shown = Some(Instant::now());
            let _ = write!(io::stderr(), "\r{}\x1b[K", self.text());
        }
    }

    fn text(&self) -> String {
        let moved = format!("{} {}", self.label, size(self.bytes));
        match self.total {
            Some(total) if total > 0 => format!(
                "{moved} of {} ({} %)",
                size(total),
                self.bytes.min(total) * 100 / total
            ),
            _ => moved,
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// A number of bytes for people, as existing manifests have it: `1.1KB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes}B");
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{}{}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1_100, "1.1KB"),
            (999_999, "999.9KB"),
            (1_000_000, "1.0MB"),
            (52_428_800, "52.4MB"),
            (1_073_741_824, "1.0GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn progress_shows_bytes_and_total() {
        let mut progress = Meter::new("pulling from r.io");
        progress.add(2_500_000);
        assert_eq!(progress.text(), "pulling from r.io 2.5MB");
        progress.begin(10_000_000, Some(40_000_000));
        progress.add(10_000_000);
        assert_eq!(progress.text(), "pulling from r.io 20.0MB of 40.0MB (50 %)");
    }
}
