//! The connection that the HTTP library sends over.
//!
//! minreq resolves the name and connects by itself, one address after the other and
//! without a bound, and it takes no socket from its caller. So the C functions that it
//! does this with are replaced in this program: after [`hand_over`], the next TCP
//! connection over IPv4 that this thread makes is the one that was handed over (decision 47).

use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::net::TcpStream;
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};
use std::ptr::null_mut;

const NONE: c_int = -1;

thread_local! {
    static OFFERED: Cell<c_int> = const { Cell::new(NONE) };
}

/// Hands over a connection, to be taken once.
pub(crate) fn hand_over(connection: TcpStream) {
    replace(connection.into_raw_fd());
}

/// Takes back a value that was not taken. Returns whether there was something.
pub(crate) fn take_back() -> bool {
    replace(NONE)
}

fn replace(fd: c_int) -> bool {
    let before = OFFERED.replace(fd);
    if before == NONE {
        return false;
    }
    // SAFETY: it came from `into_raw_fd`, and the caller that swaps it out owns it alone.
    drop(unsafe { OwnedFd::from_raw_fd(before) });
    true
}

/// One answer of [`getaddrinfo`].
#[repr(C)]
struct Found {
    entry: libc::addrinfo,
    address: libc::sockaddr_in,
}

/// In place of the C library's: any name has one address while a connection is handed
/// over, and none otherwise. The address means nothing, since [`connect`] does not look
/// at it. This program looks up names in `sys::names`.
///
/// # Safety
/// `result` is valid for writing (getaddrinfo(3)).
#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    _node: *const c_char,
    _service: *const c_char,
    _hints: *const libc::addrinfo,
    result: *mut *mut libc::addrinfo,
) -> c_int {
    if OFFERED.get() == NONE {
        return libc::EAI_FAIL;
    }
    // SAFETY: zeros are a valid value of both structures, which hold numbers and pointers.
    let mut found: Box<Found> = Box::new(unsafe { std::mem::zeroed() });
    found.address.sin_family = libc::AF_INET as libc::sa_family_t;
    found.entry.ai_family = libc::AF_INET;
    found.entry.ai_socktype = libc::SOCK_STREAM;
    found.entry.ai_addrlen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    found.entry.ai_next = null_mut();
    let found = Box::into_raw(found);
    // SAFETY: `found` was allocated just now; the caller vouches for `result`. The entry
    // is the structure's first field, so a pointer to one is a pointer to the other.
    unsafe {
        (*found).entry.ai_addr = (&raw mut (*found).address).cast();
        result.write(found.cast());
    }
    0
}

/// In place of the C library's.
///
/// # Safety
/// `list` came from [`getaddrinfo`] and is not used again (freeaddrinfo(3)).
#[unsafe(no_mangle)]
unsafe extern "C" fn freeaddrinfo(list: *mut libc::addrinfo) {
    // SAFETY: that one makes entries as boxes of this type, one at a time.
    drop(unsafe { Box::from_raw(list.cast::<Found>()) });
}

/// In place of the C library's: puts the connection that was handed over into the
/// socket's place. Without one, and for other families, the system call it is.
///
/// # Safety
/// `address` points to `length` bytes (connect(2)).
#[unsafe(no_mangle)]
unsafe extern "C" fn connect(
    fd: c_int,
    address: *const libc::sockaddr,
    length: libc::socklen_t,
) -> c_int {
    // SAFETY: any address begins with its family (sockaddr(3type)).
    let family = c_int::from(unsafe { (*address).sa_family });
    let offered = match family {
        libc::AF_INET => OFFERED.replace(NONE),
        _ => NONE,
    };
    if offered == NONE {
        // SAFETY: the arguments are the caller's, of the system call that it means.
        return unsafe { libc::syscall(libc::SYS_connect, fd, address, length) } as c_int;
    }
    // SAFETY: both descriptors are open: one was handed over, and swapped out by this
    // call alone; the other is the caller's, who has it replaced by this.
    unsafe {
        let replaced = libc::dup3(offered, fd, libc::O_CLOEXEC);
        libc::close(offered);
        if replaced == -1 { -1 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn the_next_connection_is_the_one_handed_over() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        hand_over(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        let mut taken = TcpStream::connect(("no-such-host.invalid", 1)).unwrap();
        taken.write_all(b"!").unwrap();
        let mut byte = [0];
        listener.accept().unwrap().0.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"!");
        assert!(!take_back(), "it was taken");
    }

    #[test]
    fn without_one_no_name_has_an_address() {
        assert!(TcpStream::connect(("localhost", 1)).is_err());
        assert!(!take_back());
    }
}
