//! Why a key could not be read, made or used.

use std::{error::Error, fmt};

use crate::Refusal;

/// Why a key could not be read, made or used. Never holds secret material.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyError {
    /// There was nothing in the file.
    Empty,
    /// The bytes are no OpenPGP key; why not.
    Unreadable(String),
    /// A secret key where only public keys belong.
    Secret,
    /// A public key where a secret key is needed.
    Public,
    /// More than one key where one is needed.
    Several,
    /// The secret key is protected by a passphrase.
    Passphrase,
    /// Only a part of a key: the secret signing part is not in the file.
    NoSigningPart,
    /// The key may not sign at the given time; the reason.
    Unusable(Refusal),
    /// The text is no fingerprint.
    NotAFingerprint(String),
    /// The text names no algorithm.
    UnknownAlgorithm(String),
    /// A key needs the name of its owner.
    NoUserId,
    /// The time in Unix seconds does not fit into OpenPGP's 32 bits.
    Time(u64),
    /// The `pgp` crate failed to make a key or a signature.
    Failed(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no OpenPGP key in it: it is empty"),
            Self::Unreadable(why) => write!(f, "it cannot be read as an OpenPGP key: {why}"),
            Self::Secret => f.write_str(
                "it holds a secret key where only public keys belong: put the public key here \
                 (`gpg --export --armor`), and keep the secret key elsewhere",
            ),
            Self::Public => f.write_str("it holds a public key where a secret key is needed"),
            Self::Several => f.write_str("it holds more than one key where one is needed"),
            Self::Passphrase => f.write_str(
                "the secret key is protected by a passphrase, which is not supported: \
                 export it without one, into a file that only its user can read",
            ),
            Self::NoSigningPart => {
                f.write_str("it holds no secret part of a key that is allowed to sign")
            }
            Self::Unusable(why) => write!(f, "the key cannot sign now: {why}"),
            Self::NotAFingerprint(text) => write!(
                f,
                "{text:?} is not a fingerprint: that is 40 or 64 hexadecimal digits"
            ),
            Self::UnknownAlgorithm(name) => write!(
                f,
                "{name} is not a kind of key that can be made: choose ed25519 or rsa3072"
            ),
            Self::NoUserId => f.write_str(
                "a key needs the name of its owner, such as `Control <control@example.com>`",
            ),
            Self::Time(seconds) => write!(
                f,
                "the time {seconds} is beyond what OpenPGP can state: is the clock right?"
            ),
            Self::Failed(why) => write!(f, "OpenPGP failed: {why}"),
        }
    }
}

impl Error for KeyError {}

impl From<pgp::errors::Error> for KeyError {
    fn from(error: pgp::errors::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
