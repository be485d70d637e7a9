//! Why a signature is not believed.

use std::{error::Error, fmt};

use crate::{Fingerprint, Flaw, KeyFlaw};

/// Why a signature is not believed, in words for the person who has to act.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The keyring is empty.
    NoTrustedKeys,
    /// The bytes are no OpenPGP signature; why not.
    Unreadable(String),
    /// Something stands before or behind the signature packet.
    NotAlone,
    /// A signature over text or over a key, not over bytes.
    NotBinary,
    /// Made by a key that is in none of the trusted certificates.
    UnknownSigner {
        /// Fingerprint or key id that the signature names, in hexadecimal.
        signer: String,
        /// The certificates that are trusted.
        trusted: Vec<Fingerprint>,
    },
    /// The signature itself is not acceptable.
    Signature(Flaw),
    /// The key that made it, or its certificate's primary key, may not be used.
    Key {
        /// The key or subkey that is at fault.
        fingerprint: Fingerprint,
        /// What is wrong with it.
        flaw: KeyFlaw,
    },
}

impl Refusal {
    /// Whether all that is wrong is that the key is not for signing.
    pub(crate) fn is_about_use(&self) -> bool {
        matches!(
            self,
            Self::Key {
                flaw: KeyFlaw::NotForSigning,
                ..
            }
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTrustedKeys => f.write_str("there is no trusted key to verify it with"),
            Self::Unreadable(why) => write!(f, "the signature cannot be read: {why}"),
            Self::NotAlone => f.write_str("more than one signature was given, and one is expected"),
            Self::NotBinary => f.write_str("the signature is not one over binary data"),
            Self::UnknownSigner { signer, trusted } => {
                write!(
                    f,
                    "signed by key {signer}, which is not one of the trusted keys ("
                )?;
                write_list(f, trusted)?;
                f.write_str(")")
            }
            Self::Signature(flaw) => write!(f, "the signature {flaw}"),
            Self::Key { fingerprint, flaw } => write!(f, "the signing key {fingerprint} {flaw}"),
        }
    }
}

impl Error for Refusal {}

fn write_list(f: &mut fmt::Formatter<'_>, fingerprints: &[Fingerprint]) -> fmt::Result {
    /// A key list has up to a hundred.
    const NAMED: usize = 4;
    for (i, fingerprint) in fingerprints.iter().take(NAMED).enumerate() {
        let separator = if i == 0 { "" } else { ", " };
        write!(f, "{separator}{fingerprint}")?;
    }
    match fingerprints.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, SecretKey};

    #[test]
    fn a_long_list_of_trusted_keys_is_counted() {
        let key = SecretKey::generate("a", Algorithm::Ed25519, 1_780_272_000).unwrap();
        let text = |keys| {
            let refusal = Refusal::UnknownSigner {
                signer: "X".into(),
                trusted: vec![key.certificate().fingerprint(); keys],
            };
            refusal.to_string()
        };
        assert!(text(4).matches(", ").count() == 4 && !text(4).contains("more"));
        assert!(text(100).ends_with(" and 96 more)"), "{}", text(100));
    }
}
