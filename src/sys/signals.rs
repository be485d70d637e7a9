//! Signals as something to read (signalfd(2)), and their dispositions.

use super::cerr;
use std::fs::File;
use std::io::{self, Read};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

pub(crate) use libc::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1};

/// Signals that are blocked and read from a descriptor instead.
pub(crate) struct SignalFd(File);

impl SignalFd {
    /// Blocks the signals for this process and opens a descriptor that reports of them.
    ///
    /// # Errors
    /// EMFILE when there are no descriptors left.
    pub(crate) fn new(signals: &[libc::c_int]) -> io::Result<Self> {
        let set = set_of(signals);
        // SAFETY: `set` is initialised; no old mask is asked for.
        cerr(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) })?;
        // SAFETY: -1 asks for a new descriptor; `set` is initialised.
        let fd = cerr(unsafe {
            libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
        })?;
        // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }.into()))
    }

    /// The same for every signal that can be blocked: none but KILL and STOP
    /// does anything to this process then.
    ///
    /// # Errors
    /// As [`SignalFd::new`].
    pub(crate) fn of_all() -> io::Result<Self> {
        let all: Vec<_> = (1..=libc::SIGRTMAX()).collect();
        Self::new(&all)
    }

    /// The next signal that has come, if there is one.
    pub(crate) fn next(&mut self) -> Option<libc::c_int> {
        let mut record = [0_u8; size_of::<libc::signalfd_siginfo>()];
        self.0.read_exact(&mut record).ok()?;
        let number = record
            .first_chunk::<4>()
            .map(|bytes| u32::from_ne_bytes(*bytes))?;
        libc::c_int::try_from(number).ok()
    }
}

impl AsFd for SignalFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Gives a process the signals as a fresh process has them: nothing blocked,
/// nothing ignored. Both survive an exec, so every child has to do this. So does a
/// command whose output may be cut off by a reader such as head(1).
pub(crate) fn restore_defaults() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL is a valid disposition; the kernel refuses it for
        // KILL, STOP and the C library's own signals, which changes nothing.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let none = set_of(&[]);
    // SAFETY: `none` is initialised; no old mask is asked for. It cannot fail:
    // SIG_SETMASK is a valid operation.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) };
}

/// Turns a write to a connection that the other side has closed into an error
/// instead of the end of the process, for children that go on without an exec.
pub(crate) fn survive_broken_pipes() {
    // SAFETY: SIG_IGN is a valid disposition for SIGPIPE.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
}

fn set_of(signals: &[libc::c_int]) -> libc::sigset_t {
    let mut set = mem::MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set that it is given.
    let mut set = unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        set.assume_init()
    };
    for &signal in signals {
        // SAFETY: the set is initialised and the numbers are those of signals.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    set
}
