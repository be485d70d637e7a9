//! `cargo xtask bench`: what the agent costs a host, in figures.
//!
//! A figure is worth something beside another one: memory and time are also
//! given as multiples of what the smallest program takes that does nothing.

mod memory;

use crate::failure::{Result, failed};
use lab::Lab;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Measures and prints.
///
/// # Errors
/// When something cannot be measured.
pub(crate) fn run() -> Result<()> {
    match catch_unwind(AssertUnwindSafe(measure)) {
        Ok(done) => done,
        // The panic has said what it was.
        Err(_) => failed("something could not be measured"),
    }
}

fn measure() -> Result<()> {
    let lab = Lab::new();
    let memory = memory::measure(&lab)?;
    println!(
        "idle {} in flight {} printing {}",
        memory.idle, memory.in_flight, memory.printing
    );
    Ok(())
}
