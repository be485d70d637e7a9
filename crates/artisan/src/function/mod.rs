//! Running the functions of a build file.
//!
//! A function is a list of run lines; each is given to `/bin/sh -e`, and the
//! first that fails ends the function. Values of variables never become part
//! of a line's text: they are in the environment, and `${NAME}` is left to the
//! shell, which does not read a value as code.

mod check;
mod environment;
mod execute;
mod expand;
mod plan;
mod room;
mod signals;

pub(crate) use check::{Check, review};
pub(crate) use environment::Environment;
pub(crate) use execute::{LineOutput, Outcome, Runner, listed, no_such_function};
#[cfg(fuzzing)]
pub(crate) use expand::{Line, expand};
pub(crate) use plan::Plan;
pub(crate) use signals::{Between, Interrupts};
