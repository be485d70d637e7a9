//! Who is connected, what control remembers of each host, and what each gets to do.

mod admission;
pub(crate) mod bus;
pub(crate) mod delivery;
mod due_notices;
pub(crate) mod live_output;
pub(crate) mod notices;
mod offers;
pub(crate) mod ping_interval;
mod precedence;
pub(crate) mod presence;
pub(crate) mod sessions;
mod to_its_end;
pub(crate) mod tokens;
mod visit;

pub(crate) use admission::{Admission, SHORT, Turn};
pub(crate) use precedence::Precedence;
pub(crate) use to_its_end::to_its_end;

/// How many threads of this process can work at once.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
