//! The real program, with homes of its own and a registry on loopback.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod building;
mod examples;
mod existing;
mod functions;
mod home;
mod memory;
mod packages;
mod pulling;
mod pushing;
mod reaching;
mod registry;
mod signals;
