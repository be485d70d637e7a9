//! The package registry, as a client sees it.
//!
//! Always HTTPS, never a redirect, everything with a time limit and a size
//! limit. What does not get through is asked for again, a few times, from where it broke off.
//! What comes back is not believed until [`crate::verify`] has seen it.

mod client;
mod download;
mod error;
mod explain;
mod form;
mod interim;
mod proxy;
mod retry;
mod tls;

#[cfg(fuzzing)]
pub(crate) use client::reference_in;
pub(crate) use client::{Pushed, Registry};
