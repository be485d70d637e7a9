//! The addresses of the network interfaces (getifaddrs(3)).

use super::cerr;
use std::io;
use std::net::Ipv4Addr;

/// The IPv4 addresses of all interfaces that are up, less the loopback's.
///
/// # Errors
/// What the C library reports when it cannot ask the kernel.
pub(crate) fn ipv4_addresses() -> io::Result<Vec<Ipv4Addr>> {
    let mut list = std::ptr::null_mut();
    // SAFETY: `list` is a valid place for the pointer to the list's head.
    cerr(unsafe { libc::getifaddrs(&raw mut list) })?;
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: every element is valid until freeifaddrs, and the last one's
    // `ifa_next` is null.
    while let Some(interface) = unsafe { next.as_ref() } {
        found.extend(usable_address(interface));
        next = interface.ifa_next;
    }
    // SAFETY: `list` came from getifaddrs and is freed once.
    unsafe { libc::freeifaddrs(list) };
    Ok(found)
}

fn usable_address(interface: &libc::ifaddrs) -> Option<Ipv4Addr> {
    // The constants use the lowest 16 bits of the flags.
    let (up, loopback) = (
        libc::IFF_UP as libc::c_uint,
        libc::IFF_LOOPBACK as libc::c_uint,
    );
    if interface.ifa_flags & up == 0 || interface.ifa_flags & loopback != 0 {
        return None;
    }
    // SAFETY: the address is null or a valid sockaddr of the family it names.
    let family = i32::from(unsafe { interface.ifa_addr.as_ref() }?.sa_family);
    if family != libc::AF_INET {
        return None;
    }
    // SAFETY: an address of this family is a sockaddr_in; it may lie unaligned.
    let address = unsafe {
        interface
            .ifa_addr
            .cast::<libc::sockaddr_in>()
            .read_unaligned()
    };
    Some(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr)))
}
