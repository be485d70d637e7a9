//! What the operator sets: a file of `KEY=VALUE` lines, and the environment,
//! which overrides it.
#![forbid(unsafe_code)]

pub(crate) mod address;
mod home;
pub(crate) mod job_policy;
mod no_proxy;
pub(crate) mod program;
pub(crate) mod proxy;
mod settings;
mod source;
mod table;

pub(crate) use program::Program;
pub(crate) use settings::Config;
pub(crate) use source::Source;
pub(crate) use table::{SETTINGS, keys};
