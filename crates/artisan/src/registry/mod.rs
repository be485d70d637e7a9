//! The package registry, as a client sees it.
//!
//! Always HTTPS, never a redirect, everything with a time limit and a size
//! limit. What comes back is not believed until [`crate::verify`] has seen it.

mod client;
mod error;
mod tls;

#[cfg(fuzzing)]
pub(crate) use client::reference_in;
pub(crate) use client::{Pushed, Registry};
