//! `build.yaml`: what to pack and which functions there are.

mod keys;
mod load;
mod model;

#[cfg(fuzzing)]
pub(crate) use load::parse;
pub(crate) use load::{FILE_NAME, load};
pub(crate) use model::{BuildFile, Function, Profile};
