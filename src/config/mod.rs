//! What the operator sets: a file of `KEY=VALUE` lines, and the environment,
//! which overrides it.
#![forbid(unsafe_code)]

mod home;
mod program;
mod settings;
mod source;

pub(crate) use program::Program;
pub(crate) use settings::Config;
#[cfg(test)]
pub(crate) use settings::KEYS;
pub(crate) use source::Source;
