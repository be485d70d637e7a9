//! The process's own environment.

use std::ffi::OsStr;

/// Removes an environment variable of this process.
pub(crate) fn remove(name: &str) {
    // SAFETY: as in `set`.
    unsafe { std::env::remove_var(name) };
}

/// Sets an environment variable of this process.
pub(crate) fn set(name: &str, value: &OsStr) {
    // SAFETY: this program has one thread, so nothing reads or writes the
    // environment at the same time.
    unsafe { std::env::set_var(name, value) };
}
