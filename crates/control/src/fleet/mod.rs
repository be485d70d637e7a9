//! Who is connected, what control remembers of each host, and what each gets to do.

mod offers;
pub(crate) mod sessions;
mod to_its_end;

pub(crate) use to_its_end::to_its_end;
