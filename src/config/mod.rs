//! What the operator sets: a file of `KEY=VALUE` lines, and the environment,
//! which overrides it.
#![forbid(unsafe_code)]

mod file;
mod home;
mod program;
mod settings;

#[cfg(fuzzing)]
pub(crate) use file::parse;
pub(crate) use program::Program;
#[cfg(test)]
pub(crate) use settings::KEYS;
pub(crate) use settings::{Config, Source};
