//! The kinds of key that can be generated.

use std::{fmt, str::FromStr};

use crate::KeyError;

/// The public-key algorithm of a new key.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Algorithm {
    /// EdDSA over Curve25519 in the version 4 form that GnuPG 2.2 reads.
    #[default]
    Ed25519,
    /// RSA with a modulus of 3072 bits, for readers without EdDSA.
    Rsa3072,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "ed25519",
            Self::Rsa3072 => "rsa3072",
        })
    }
}

impl FromStr for Algorithm {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        match text {
            "ed25519" => Ok(Self::Ed25519),
            "rsa3072" => Ok(Self::Rsa3072),
            other => Err(KeyError::UnknownAlgorithm(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_others_are_refused() {
        for algorithm in [Algorithm::Ed25519, Algorithm::Rsa3072] {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        assert_eq!(
            "dsa1024".parse::<Algorithm>().unwrap_err().to_string(),
            "dsa1024 is not a kind of key that can be made: choose ed25519 or rsa3072"
        );
    }
}
