//! Sockets: connections that are begun and not waited for (connect(2)), and descriptors
//! that go from one process to another (unix(7)).

use super::cerr;
use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// A file without a name, in memory alone (memfd_create(2)).
///
/// # Errors
/// EMFILE or ENFILE when there are no descriptors left.
pub(crate) fn anonymous_file() -> io::Result<File> {
    // SAFETY: the name ends with NUL and lives for ever.
    let fd = cerr(unsafe { libc::memfd_create(c"handover".as_ptr(), libc::MFD_CLOEXEC) })?;
    // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) }.into())
}

/// What cmsg(3) lays out for `N` descriptors: they follow the header at once, since
/// its size is a multiple of its alignment.
#[repr(C)]
struct Control<const N: usize> {
    header: libc::cmsghdr,
    descriptors: [c_int; N],
}

/// Sends one byte, and descriptors with it (sendmsg(2), `SCM_RIGHTS`).
///
/// # Errors
/// EPIPE when the other end is closed, EAGAIN when its buffer is full.
pub(crate) fn send_descriptors<const N: usize>(
    socket: &UnixStream,
    descriptors: [BorrowedFd<'_>; N],
) -> io::Result<()> {
    let mut byte = 0_u8;
    let mut data = libc::iovec {
        iov_base: (&raw mut byte).cast(),
        iov_len: 1,
    };
    // SAFETY: zeros are a valid value of both structures, which hold numbers and pointers.
    let (mut control, mut message): (Control<N>, libc::msghdr) = unsafe { mem::zeroed() };
    control.header.cmsg_level = libc::SOL_SOCKET;
    control.header.cmsg_type = libc::SCM_RIGHTS;
    let length = size_of::<libc::cmsghdr>() + size_of::<[c_int; N]>();
    control.header.cmsg_len = length as _;
    control.descriptors = descriptors.map(|fd| fd.as_raw_fd());
    message.msg_iov = &raw mut data;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = size_of::<Control<N>>() as _;
    let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
    // SAFETY: `message` names one byte and one control message, both of which live until
    // the call returns, with their sizes; the descriptors are open.
    match unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Begins a TCP connection. Once it can be written to, it is made or has failed
/// (`SO_ERROR`, [`TcpStream::take_error`]).
///
/// # Errors
/// When it fails at once, as without a route (connect(2)).
pub(crate) fn begin_connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let family = match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the call takes numbers alone.
    let fd = cerr(unsafe { libc::socket(family, kind, 0) })?;
    // SAFETY: the call succeeded, so the descriptor is open and owned by nothing else.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let begun = match address {
        SocketAddr::V4(address) => {
            // SAFETY: zeros are a valid value of the structure, which holds numbers.
            let mut name: libc::sockaddr_in = unsafe { mem::zeroed() };
            name.sin_family = family as libc::sa_family_t;
            name.sin_port = address.port().to_be();
            name.sin_addr.s_addr = u32::from_ne_bytes(address.ip().octets());
            connect(&socket, &raw const name)
        }
        SocketAddr::V6(address) => {
            // SAFETY: as above.
            let mut name: libc::sockaddr_in6 = unsafe { mem::zeroed() };
            name.sin6_family = family as libc::sa_family_t;
            name.sin6_port = address.port().to_be();
            name.sin6_addr.s6_addr = address.ip().octets();
            name.sin6_scope_id = address.scope_id();
            connect(&socket, &raw const name)
        }
    };
    match begun {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// The system call itself: the function of that name has another purpose in this program
/// (`handover`).
fn connect<T>(socket: &OwnedFd, name: *const T) -> io::Result<c_int> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: `name` points to an address of its family, which has this length.
    let called = unsafe { libc::syscall(libc::SYS_connect, socket.as_raw_fd(), name, length) };
    cerr(called as c_int)
}
