//! What holds a job's processes together, and finds what would not end with it.
#![forbid(unsafe_code)]

pub(crate) mod cgroup;
mod remains;
pub(crate) mod sweep;

pub(crate) use remains::Remains;
