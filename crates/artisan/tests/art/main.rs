//! The real program, with homes of its own and a registry on loopback.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod building;
mod checkouts;
mod examples;
mod existing;
mod functions;
mod git;
mod home;
mod memory;
mod origins;
mod packages;
mod publishing;
mod pulling;
mod pushing;
mod reaching;
mod rebuilt;
mod registry;
mod serials;
mod signals;
