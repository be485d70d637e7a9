//! The machine that everything is measured on.

use release::failure::{Context, Result};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::fs;
use std::thread::available_parallelism;

/// Lets this process, and those that it starts, open as many files as they may: each host
/// has a connection.
///
/// # Errors
/// What the system reports.
pub(super) fn allow_many_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).context("raising the limit of open files")
}

/// The load of the last minute.
///
/// # Errors
/// When `/proc` does not say it.
pub(super) fn load() -> Result<String> {
    let path = "/proc/loadavg";
    let text = fs::read_to_string(path).context(path)?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// Under which circumstances the figures came about.
///
/// # Errors
/// As [`load`].
pub(super) fn described(rounds: u32, load_before: &str) -> Result<String> {
    let path = "/proc/sys/kernel/osrelease";
    let kernel = fs::read_to_string(path).context(path)?;
    let processors = available_parallelism().map_or(1, usize::from);
    Ok(format!(
        "Rounds: {rounds}; median (least–most). Linux {}, {processors} processors, which the hosts \
         share with control; load average {load_before} before, {} after.",
        kernel.trim(),
        load()?
    ))
}
