//! `build.yaml`: what to pack and which functions there are.

mod keys;
mod load;
mod model;
mod template;
mod words;
mod yaml;

#[cfg(fuzzing)]
pub(crate) use load::parse;
pub(crate) use load::{FILE_NAME, load};
pub(crate) use model::{BuildFile, Function, Profile};
pub(crate) use template::{Fallback, Piece, pieces};
