//! The only place with `unsafe`: thin, typed wrappers of system calls.
//!
//! Nothing here decides anything. Each wrapper says what the call does in the
//! terms of its man page and turns `errno` into [`std::io::Error`].
#![expect(unsafe_code, reason = "system calls; every block says why it is sound")]

mod allocator;
pub(crate) mod capabilities;
pub(crate) mod clock;
pub(crate) mod environment;
pub(crate) mod fork;
pub(crate) mod handover;
pub(crate) mod interfaces;
pub(crate) mod landlock;
pub(crate) mod limits;
pub(crate) mod memory;
pub(crate) mod names;
pub(crate) mod pidfd;
pub(crate) mod pipe;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod receive;
pub(crate) mod seccomp;
pub(crate) mod signals;
pub(crate) mod socket;
pub(crate) mod space;
pub(crate) mod terminal;
pub(crate) mod timer;
pub(crate) mod user;
pub(crate) mod watch;

use std::io;

/// Turns the `-1` of a C function into the error in `errno`.
fn cerr(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
