//! Who is believed and who is not, on keys and signatures of several makers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod damaged;
mod forge;
mod forged_primary_keys;
mod forged_signatures;
mod forged_subkeys;
mod gnupg;
mod gpg;
mod makers;
mod newest;
mod revocations;
mod secret;
mod vectors;
