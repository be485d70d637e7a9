//! Waiting for an answer without the program's code in memory.
//!
//! A courier waits for control's answer during most of its life, and it does so inside the HTTP
//! library. So the C function that the library receives with is replaced in this program, as those
//! are that it connects with ([`super::handover`]).

use super::memory::ProgramText;
use std::ffi::{c_int, c_void};
use std::ptr::null;
use std::sync::OnceLock;

static TEXT: OnceLock<ProgramText> = OnceLock::new();

/// How long a connection is silent before the memory is released, in milliseconds: an answer that
/// comes at once should find the code in place.
const SOON: c_int = 1_000;

/// From now on, this process releases the memory of its text whenever it waits longer than a
/// second for bytes. All of its connections have to be blocking and without a time-out.
pub(crate) fn release_text_while_waiting() {
    TEXT.get_or_init(ProgramText::find);
}

/// In place of the C library's: waits first, if [`release_text_while_waiting`] was called.
///
/// # Safety
/// `buffer` points to `length` bytes that may be written to (recv(2)).
#[unsafe(no_mangle)]
unsafe extern "C" fn recv(
    fd: c_int,
    buffer: *mut c_void,
    length: libc::size_t,
    flags: c_int,
) -> libc::ssize_t {
    if let Some(text) = TEXT.get()
        && flags & libc::MSG_DONTWAIT == 0
    {
        wait(fd, text, SOON);
    }
    let anybody = null::<c_void>();
    // SAFETY: the arguments are the caller's, of the system call that it means; recvfrom(2) without
    // room for an address is recv.
    let count = unsafe {
        libc::syscall(
            libc::SYS_recvfrom,
            fd,
            buffer,
            length,
            flags,
            anybody,
            anybody,
        )
    };
    count as libc::ssize_t
}

/// Returns once there are bytes, or the connection's end or error: all of them are for recv(2) to
/// tell. An interruption by a signal only ends the wait.
///
/// What runs after the release stays in memory: the release's linker lays it side by side, for
/// which it has to be a function of its own.
#[inline(never)]
fn wait(fd: c_int, text: &ProgramText, soon: c_int) {
    let mut entry = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: there is one valid entry.
    if unsafe { libc::poll(&raw mut entry, 1, soon) } == 0 {
        text.release();
        // SAFETY: as above.
        unsafe { libc::poll(&raw mut entry, 1, -1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::{fs, thread};

    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    /// Waits until a thread of this process sleeps (proc_pid_stat(5)).
    fn until_asleep(thread: libc::pid_t) {
        let path = format!("/proc/self/task/{thread}/stat");
        while !fs::read_to_string(&path).unwrap().contains(") S ") {
            thread::yield_now();
        }
    }

    #[test]
    fn what_arrives_after_the_release_is_received() {
        let (mut here, mut there) = connection();
        // SAFETY: it takes nothing and always succeeds (gettid(2)).
        let waiting = unsafe { libc::gettid() };
        let writer = thread::spawn(move || {
            until_asleep(waiting);
            there.write_all(b"an answer").unwrap();
        });
        wait(here.as_raw_fd(), &ProgramText::find(), 0);
        let mut received = [0; 9];
        here.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"an answer");
        writer.join().unwrap();
    }

    #[test]
    fn an_end_is_received_as_before() {
        let (mut here, there) = connection();
        drop(there);
        wait(here.as_raw_fd(), &ProgramText::find(), SOON);
        assert_eq!(here.read(&mut [0; 1]).unwrap(), 0);
    }
}
