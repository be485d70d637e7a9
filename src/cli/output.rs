//! What commands write, wherever their streams lead: a full disk is an error
//! like any other, and no panic.

use crate::failure::{Context, Failure};
use std::fmt::Display;
use std::io::{self, Write};

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

/// Tells a person something on standard error. When that cannot be written
/// either, there is nobody left to tell.
pub(super) fn tell(message: impl Display) {
    let _ = writeln!(io::stderr(), "pilot: {message}");
}
