//! Who is connected, and what control remembers of each host.

pub(crate) mod sessions;
