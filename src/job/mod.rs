//! Jobs: what is kept of them on disk, and how they are run.
#![forbid(unsafe_code)]

pub(crate) mod cgroup;
pub(crate) mod environment;
pub(crate) mod folder;
mod on_disk;
pub(crate) mod order;
pub(crate) mod printed;
pub(crate) mod reboot;
mod remains;
mod remembered;
pub(crate) mod report;
pub(crate) mod room;
pub(crate) mod rules;
pub(crate) mod runner;
pub(crate) mod shim;
pub(crate) mod spool;
mod sweep;
