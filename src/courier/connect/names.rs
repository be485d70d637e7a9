//! The addresses of a name.

use crate::sys::names::{self, Family, NoAddress};
use std::ffi::CString;
use std::fmt;
use std::net::IpAddr;

/// What was found out about one family of a name's addresses.
pub(crate) type Lookup = Result<Vec<IpAddr>, NoAddress>;

/// More addresses of one family than this are of no use to a host that needs one.
const MOST_ADDRESSES: usize = 16;

/// Asks the system's resolver, which may block for a while.
pub(crate) fn ask_resolver(name: &str, family: Family) -> Lookup {
    // A host name has no NUL; the configuration was checked for that.
    let name = CString::new(name).map_err(|_| NoAddress::NoName)?;
    let mut found = names::look_up(&name, family)?;
    found.truncate(MOST_ADDRESSES);
    match found.is_empty() {
        true => Err(NoAddress::NotOfFamily),
        false => Ok(found),
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "there is no such name",
            Self::NotOfFamily => "the name has no such address",
            Self::NoAnswer => "no name server answers that",
        })
    }
}
