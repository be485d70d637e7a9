//! Who is believed and who is not, on keys and signatures of several makers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod damaged;
mod forge;
mod forged_keys;
mod forged_signatures;
mod gnupg;
mod makers;
mod secret;
mod vectors;
