//! Looking up the addresses of a name, one family at a time (gethostbyname2_r,
//! gethostbyname(3)). getaddrinfo(3) of musl, asked for both families at once, says that
//! a name has no address at all if the question about one family fails.

use std::ffi::{CStr, c_char, c_int};
use std::net::IpAddr;

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

/// Why no address was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAddress {
    /// The name does not exist.
    NoName,
    /// The name has no address of this family.
    NotOfFamily,
    /// No name server answered, or those that did could not tell.
    NoAnswer,
}

/// Room for the answer: more than five hundred addresses.
const ROOM: usize = 16 << 10;

// netdb.h
const HOST_NOT_FOUND: c_int = 1;
const NO_DATA: c_int = 4;

unsafe extern "C" {
    fn gethostbyname2_r(
        name: *const c_char,
        family: c_int,
        entry: *mut libc::hostent,
        buffer: *mut c_char,
        length: libc::size_t,
        result: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
}

/// Looks up the addresses of this family that the name has, in the resolver's order.
/// Blocks as long as /etc/resolv.conf says (resolv.conf(5)).
///
/// # Errors
/// When there is none.
pub(crate) fn look_up(name: &CStr, family: Family) -> Result<Vec<IpAddr>, NoAddress> {
    let mut buffer = vec![0_u8; ROOM];
    // SAFETY: zeros are a valid value of the structure, which holds pointers and numbers.
    let mut entry: libc::hostent = unsafe { std::mem::zeroed() };
    let mut result = std::ptr::null_mut();
    let mut error = 0;
    let af = match family {
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
    };
    // SAFETY: the name ends with NUL; the other pointers are to variables that outlive
    // the call, and the buffer has the length that is given.
    let code = unsafe {
        gethostbyname2_r(
            name.as_ptr(),
            af,
            &raw mut entry,
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut result,
            &raw mut error,
        )
    };
    if result.is_null() {
        return Err(match (code, error) {
            (_, HOST_NOT_FOUND) => NoAddress::NoName,
            (_, NO_DATA) => NoAddress::NotOfFamily,
            _ => NoAddress::NoAnswer,
        });
    }
    // SAFETY: on success the list is in `entry` and `buffer`, both alive; it ends with a
    // null pointer, and each address before has the length of its family.
    Ok(unsafe { addresses(entry.h_addr_list, family) })
}

/// # Safety
/// `list` ends with a null pointer; each pointer before is to an address of the family.
unsafe fn addresses(mut list: *const *mut c_char, family: Family) -> Vec<IpAddr> {
    let mut found = Vec::new();
    loop {
        // SAFETY: the caller vouches for the list, whose end was not reached.
        let address = unsafe { list.read() };
        if address.is_null() {
            return found;
        }
        found.push(match family {
            Family::V4 => {
                // SAFETY: an IPv4 address has 4 bytes, of any alignment.
                let bytes: [u8; 4] = unsafe { address.cast::<[u8; 4]>().read_unaligned() };
                IpAddr::from(bytes)
            }
            Family::V6 => {
                // SAFETY: an IPv6 address has 16 bytes, of any alignment.
                let bytes: [u8; 16] = unsafe { address.cast::<[u8; 16]>().read_unaligned() };
                IpAddr::from(bytes)
            }
        });
        // SAFETY: the element was not the last one.
        list = unsafe { list.add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn an_address_is_its_own_name_in_its_family_alone() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        assert_eq!(look_up(c"127.0.0.1", Family::V4), Ok(vec![loopback]));
        assert!(look_up(c"127.0.0.1", Family::V6).is_err());
        assert!(look_up(c"no-such-host.invalid", Family::V4).is_err());
    }
}
