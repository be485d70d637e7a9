//! What becomes of a host's state when its programs are killed, its disk fails,
//! or its power is cut.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

pub(super) mod crash;
mod matrix;
mod patience;
mod running;
mod scenario;
mod site;
mod strace;
pub(super) mod synced;
