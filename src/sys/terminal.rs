//! Asking for a secret on a terminal (termios(3)).

use super::cerr;
use super::poll::wait_readable;
use super::signals::SignalFd;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::{mem, ptr};

/// A terminal hands over a line of at most this length (N_TTY_BUF_SIZE).
const MOST_BYTES: usize = 4096;

/// Prompts on standard error and reads a line from standard input, a terminal,
/// that does not show while it is typed.
///
/// A signal such as that of Ctrl-C takes effect once the terminal shows again input; after
/// Ctrl-Z and back the question is asked anew.
///
/// # Errors
/// What reading reports; ENOTTY when it is not a terminal.
pub(crate) fn read_hidden(prompt: &str) -> io::Result<String> {
    loop {
        if let Some(line) = ask(prompt)? {
            return Ok(line);
        }
    }
}

/// `None` when a signal came instead of a line.
fn ask(prompt: &str) -> io::Result<Option<String>> {
    let (stdin, mut stderr) = (io::stdin(), io::stderr());
    // Undone in the reverse order: first the terminal shows again what is
    // typed, then the signals take effect.
    let signals = HeldSignals::new()?;
    let _hidden = HiddenInput::new(stdin.as_fd())?;
    stderr.write_all(prompt.as_bytes())?;
    let (signal, answer) = wait(&signals, stdin.as_fd())?;
    let mut line = [0; MOST_BYTES];
    let length = if answer {
        stdin.lock().read(&mut line)?
    } else {
        0
    };
    // The line feed that was typed did not show either.
    stderr.write_all(b"\n")?;
    Ok((!signal).then(|| String::from_utf8_lossy(&line[..length]).into_owned()))
}

/// Whether a signal came, or else an answer.
fn wait(signals: &HeldSignals, terminal: BorrowedFd<'_>) -> io::Result<(bool, bool)> {
    loop {
        match wait_readable([Some(signals.pending.as_fd()), Some(terminal)])? {
            // Interrupted, as by SIGCONT.
            [false, false] => {}
            [signal, answer] => return Ok((signal, answer && !signal)),
        }
    }
}

/// While it lives, signals that would end or stop this process are pending
/// instead, and can be waited for.
struct HeldSignals {
    pending: SignalFd,
    before: libc::sigset_t,
}

impl HeldSignals {
    fn new() -> io::Result<Self> {
        let mut before = mem::MaybeUninit::uninit();
        // SAFETY: without a new mask the kernel only fills `before`.
        cerr(unsafe { libc::sigprocmask(libc::SIG_BLOCK, ptr::null(), before.as_mut_ptr()) })?;
        Ok(Self {
            // SAFETY: the call succeeded, so it is initialised.
            before: unsafe { before.assume_init() },
            pending: SignalFd::new(&[
                libc::SIGINT,
                libc::SIGTERM,
                libc::SIGTSTP,
                libc::SIGQUIT,
                libc::SIGHUP,
            ])?,
        })
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        // SAFETY: `before` is the mask that this process had. It cannot fail:
        // SIG_SETMASK is a valid operation.
        unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut()) };
    }
}

/// A terminal that does not show input while this value exists.
struct HiddenInput<'a> {
    terminal: BorrowedFd<'a>,
    shown: libc::termios,
}

impl<'a> HiddenInput<'a> {
    fn new(terminal: BorrowedFd<'a>) -> io::Result<Self> {
        let mut shown = mem::MaybeUninit::uninit();
        // SAFETY: the kernel fills `shown`; the descriptor is borrowed, so open.
        cerr(unsafe { libc::tcgetattr(terminal.as_raw_fd(), shown.as_mut_ptr()) })?;
        // SAFETY: the call succeeded, so it is initialised.
        let shown = unsafe { shown.assume_init() };
        let hidden = libc::termios {
            c_lflag: shown.c_lflag & !libc::ECHO,
            ..shown
        };
        set(terminal, &hidden)?;
        Ok(Self { terminal, shown })
    }
}

impl Drop for HiddenInput<'_> {
    fn drop(&mut self) {
        // A terminal that refuses what it had before is gone.
        let _ = set(self.terminal, &self.shown);
    }
}

fn set(terminal: BorrowedFd<'_>, settings: &libc::termios) -> io::Result<()> {
    // SAFETY: `settings` is a valid termios; the descriptor is borrowed, so open.
    cerr(unsafe { libc::tcsetattr(terminal.as_raw_fd(), libc::TCSAFLUSH, settings) }).map(drop)
}
