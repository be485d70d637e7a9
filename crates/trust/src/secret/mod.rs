//! Keys that sign.

use pgp::{
    armor::BlockType,
    packet::{self, PacketTrait, SignatureConfig, SignatureType, Subpacket, SubpacketData},
    types::{KeyDetails, KeyVersion, Password, SigningKey, Timestamp},
};
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::{Certificate, KeyError, algorithm::Algorithm, armor, policy};

mod find;
mod generate;
mod parse;

/// The longest file that a key is read from, in bytes.
pub const MOST_KEY_FILE: u64 = 1 << 20;

/// Whether a file's bytes hold a secret key in any form: armored or not, behind other text, with
/// a passphrase, one of several, or one of GnuPG's own files. Of a file that is not whole, what
/// begins in it is found as far as it is there.
pub fn holds_secret_key(bytes: &[u8]) -> bool {
    find::holds_secret_key(bytes)
}

/// A secret key without passphrase. Its material is wiped when it is dropped,
/// as far as the `pgp` crate allows, and is never shown.
pub struct SecretKey {
    primary: packet::SecretKey,
    subkeys: Vec<packet::SecretSubkey>,
    certificate: Certificate,
    encoded: Zeroizing<Vec<u8>>,
}

impl SecretKey {
    /// Makes a key of version 4 that certifies and signs, named `user_id`, as
    /// of `now` (Unix seconds), without expiry.
    ///
    /// # Errors
    /// [`KeyError::NoUserId`] if the name is blank, [`KeyError::Time`] if the
    /// time is beyond OpenPGP's, [`KeyError::Failed`] if the key cannot be made.
    pub fn generate(user_id: &str, algorithm: Algorithm, now: u64) -> Result<Self, KeyError> {
        generate::generate(user_id, algorithm, timestamp(now)?)
    }

    /// Reads one secret key, armored or binary.
    ///
    /// # Errors
    /// [`KeyError::Passphrase`] if it is protected, [`KeyError::Public`] if it
    /// is no secret key, [`KeyError::Unreadable`] if it is not understood.
    pub fn from_bytes(armored: &[u8]) -> Result<Self, KeyError> {
        parse::parse(armored)
    }

    /// The key as an armored private key block, without passphrase.
    ///
    /// # Errors
    /// [`KeyError::Failed`] if it cannot be encoded.
    pub fn to_armor(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(armor::encode(&self.encoded, BlockType::PrivateKey)?)
    }

    /// The public part.
    pub fn certificate(&self) -> Certificate {
        self.certificate.clone()
    }

    /// Makes an armored detached signature over `message` as of `now` (Unix
    /// seconds): by the primary key if it may sign, else by a subkey that may.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] if the key may not sign at that time.
    pub fn sign(&self, message: &[u8], now: u64) -> Result<String, KeyError> {
        let time = timestamp(now)?;
        let refusal = match policy::primary_may_sign(&self.certificate, now) {
            Ok(()) if is_present(self.primary.secret_params()) => {
                return sign_with(&self.primary, message, time);
            }
            Ok(()) => KeyError::NoSigningPart,
            Err(refusal) => KeyError::Unusable(refusal),
        };
        match self.signing_subkey(now) {
            Some(subkey) => sign_with(subkey, message, time),
            None => Err(refusal),
        }
    }

    fn signing_subkey(&self, now: u64) -> Option<&packet::SecretSubkey> {
        let public = self.certificate.subkeys.iter();
        let allowed: Vec<_> = public
            .filter(|subkey| policy::subkey_may_sign(&self.certificate, subkey, now).is_ok())
            .map(|subkey| subkey.key.fingerprint())
            .collect();
        self.subkeys.iter().find(|subkey| {
            is_present(subkey.secret_params()) && allowed.contains(&subkey.fingerprint())
        })
    }
}

/// Whether the secret is there: a key whose primary part is kept elsewhere has
/// a stub in its place.
fn is_present(params: &pgp::types::SecretParams) -> bool {
    !params.is_encrypted()
}

fn sign_with(key: &impl SigningKey, message: &[u8], now: Timestamp) -> Result<String, KeyError> {
    let mut config = SignatureConfig::from_key(OsRng, key, SignatureType::Binary)?;
    config.hashed_subpackets = origin(key, now)?;
    let signature = config.sign(key, &Password::empty(), message)?;
    Ok(armor::encode(&encode(&signature)?, BlockType::Signature)?.to_string())
}

/// When and by which key. Readers older than RFC 9580 know keys by their id,
/// which keys of version 6 must not use.
fn origin(key: &impl SigningKey, now: Timestamp) -> Result<Vec<Subpacket>, KeyError> {
    let mut subpackets = vec![
        Subpacket::regular(SubpacketData::SignatureCreationTime(now))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
    ];
    if key.version() == KeyVersion::V4 {
        subpackets.push(Subpacket::regular(SubpacketData::IssuerKeyId(
            key.legacy_key_id(),
        ))?);
    }
    Ok(subpackets)
}

fn timestamp(seconds: u64) -> Result<Timestamp, KeyError> {
    let seconds = u32::try_from(seconds).map_err(|_| KeyError::Time(seconds))?;
    Ok(Timestamp::from_secs(seconds))
}

/// A packet with its header.
fn encode(packet: &impl PacketTrait) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut encoded = Zeroizing::new(Vec::with_capacity(packet.write_len() + 6));
    packet.to_writer_with_header(&mut *encoded)?;
    Ok(encoded)
}
