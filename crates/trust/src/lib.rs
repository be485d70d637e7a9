//! The OpenPGP policy of Host Pilot: which signatures are trusted, and when.
//!
//! [`Keyring::verify`] accepts a detached signature only if it is exactly one packet, of binary
//! type and version 4 or 6, with creation time and issuer under its hash, made by a primary key
//! or a properly bound signing subkey of a trusted certificate, with nothing weak, expired or
//! revoked at the time that the caller states. The `pgp` crate does the cryptography; this crate
//! applies the policy.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod account;
mod algorithm;
mod armor;
mod certificate;
mod date;
mod detached;
mod error;
mod fingerprint;
mod flaw;
mod key;
mod keyring;
mod packets;
mod policy;
mod refusal;
mod secret;
mod serial;

pub use account::Judgement;
pub use algorithm::Algorithm;
pub use certificate::Certificate;
pub use error::KeyError;
pub use fingerprint::Fingerprint;
pub use flaw::{Flaw, KeyFlaw};
pub use keyring::Keyring;
pub use policy::CLOCK_SKEW;
pub use refusal::Refusal;
pub use secret::{MOST_KEY_FILE, SecretKey, holds_secret_key};
pub use serial::is_serial_ahead;
