//! What can be wrong with a signature packet and with a key.

use std::{error::Error, fmt};

use crate::{date::Date, policy::MIN_RSA_BITS};

/// Why a signature packet does not count, be it over data, over a key's own
/// user id or over a subkey. Shown as what follows "the signature".
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// There is no such signature.
    Missing,
    /// Neither version 4 nor 6.
    Version(u8),
    /// Made with a hash algorithm that is broken, unknown, or too short for the key.
    Hash(String),
    /// Does not state in its hashed area when it was made.
    NoCreationTime,
    /// States something twice, and so says nothing certain.
    Repeated(&'static str),
    /// Carries a critical notation, and none is known here.
    CriticalNotation(String),
    /// Carries a critical subpacket of this type, which is not understood here.
    CriticalSubpacket(u8),
    /// Does not state in its hashed area who made it.
    NoIssuer,
    /// Names another algorithm than its key has.
    Algorithm,
    /// Made at this time (Unix seconds), which is still to come.
    FromFuture(u64),
    /// Made before its key was.
    OlderThanKey,
    /// Expired at this time (Unix seconds).
    Expired(u64),
    /// The certification was revoked.
    Revoked,
    /// The cryptographic check failed.
    Mismatch,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Version(version) => {
                write!(f, "is of version {version}, and only 4 and 6 are accepted")
            }
            Self::Hash(name) => write!(
                f,
                "was made with {name}, which is not safe with its key or not known"
            ),
            Self::NoCreationTime => f.write_str("does not state under its hash when it was made"),
            Self::Repeated(what) => write!(f, "states its {what} more than once"),
            Self::CriticalNotation(name) => {
                write!(
                    f,
                    "depends on the notation {name:?}, which is not known here"
                )
            }
            Self::CriticalSubpacket(id) => {
                write!(
                    f,
                    "depends on a subpacket of type {id}, which is not known here"
                )
            }
            Self::NoIssuer => f.write_str("does not state under its hash which key made it"),
            Self::Algorithm => f.write_str("names another algorithm than that of its key"),
            Self::FromFuture(time) => write!(
                f,
                "was made on {}, which by this machine's clock is still to come",
                Date(*time)
            ),
            Self::OlderThanKey => f.write_str("claims to be older than its key"),
            Self::Expired(time) => write!(f, "expired on {}", Date(*time)),
            Self::Revoked => f.write_str("was revoked"),
            Self::Mismatch => f.write_str("does not match the data"),
        }
    }
}

impl Error for Flaw {}

/// Why a key may not sign. Shown as what follows "the signing key".
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyFlaw {
    /// An RSA key of this many bits.
    ShortRsa(u16),
    /// An algorithm that is weak, or that cannot sign.
    Algorithm(String),
    /// Made at this time (Unix seconds), which is still to come.
    FromFuture(u64),
    /// Revoked by its owner.
    Revoked,
    /// Revoked by its designated revoker, or by its owner with a hash that is not
    /// known, for all that can be known here.
    MayBeRevoked,
    /// Expired at this time (Unix seconds).
    Expired(u64),
    /// Its self-signature does not allow it to sign.
    NotForSigning,
    /// None of its self-signatures counts.
    SelfSignature(Flaw),
    /// A subkey without a valid binding by its primary key.
    Binding(Flaw),
    /// A subkey that has not signed its primary key in turn.
    BackSignature(Flaw),
}

impl fmt::Display for KeyFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortRsa(bits) => write!(
                f,
                "is an RSA key of {bits} bits, and at least {MIN_RSA_BITS} are needed"
            ),
            Self::Algorithm(name) => write!(f, "is of the algorithm {name}, which is not accepted"),
            Self::FromFuture(time) => write!(
                f,
                "was made on {}, which by this machine's clock is still to come",
                Date(*time)
            ),
            Self::Revoked => f.write_str("was revoked"),
            Self::MayBeRevoked => f.write_str(
                "counts as revoked: its certificate has a revocation that cannot be verified here",
            ),
            Self::Expired(time) => write!(f, "expired on {}", Date(*time)),
            Self::NotForSigning => f.write_str("is not allowed to sign"),
            Self::SelfSignature(flaw) => write!(f, "is not valid: its self-signature {flaw}"),
            Self::Binding(flaw) => {
                write!(
                    f,
                    "is not part of its certificate: the binding signature {flaw}"
                )
            }
            Self::BackSignature(flaw) => {
                write!(
                    f,
                    "is not part of its certificate: its back-signature {flaw}"
                )
            }
        }
    }
}

impl Error for KeyFlaw {}
