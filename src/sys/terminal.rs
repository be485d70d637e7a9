//! Asking for a secret on a terminal (termios(3)).

use super::cerr;
use std::io::{self, BufRead, Write};
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};

/// Prompts on standard error and reads a line from `terminal` that does not
/// show while it is typed.
///
/// # Errors
/// What reading reports; ENOTTY when it is not a terminal.
pub(crate) fn read_hidden(prompt: &str, terminal: BorrowedFd<'_>) -> io::Result<String> {
    let fd = terminal.as_raw_fd();
    let mut settings = mem::MaybeUninit::uninit();
    // SAFETY: the kernel fills `settings`; the descriptor is borrowed, so open.
    cerr(unsafe { libc::tcgetattr(fd, settings.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it is initialised.
    let shown = unsafe { settings.assume_init() };
    let mut hidden = shown;
    hidden.c_lflag &= !libc::ECHO;
    eprint!("{prompt}");
    io::stderr().flush()?;
    // SAFETY: `hidden` is a valid termios.
    cerr(unsafe { libc::tcsetattr(fd, libc::TCSAFLUSH, &raw const hidden) })?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    // SAFETY: `shown` is what the terminal had before.
    cerr(unsafe { libc::tcsetattr(fd, libc::TCSAFLUSH, &raw const shown) })?;
    eprintln!();
    read.map(|_| line)
}
