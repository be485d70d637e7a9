//! A host's state when its programs are killed, its disk fails, or its power is cut.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is a verdict, as in the laboratory"
)]

pub(super) mod crash;
mod fixture;
mod leftovers;
mod matrix;
mod processes;
mod running;
mod scenario;
mod stall;
mod strace;
pub(super) mod synced;

use release::failure::{Result, failed};
use rustix::process::geteuid;

/// Only root may trace the agent, or see which files it has open.
fn require_root() -> Result<()> {
    if !geteuid().is_root() {
        return failed("this campaign traces the agent: run it as root");
    }
    Ok(())
}
