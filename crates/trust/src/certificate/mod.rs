//! A public key with its owner's statements about it.

use std::fmt;

use pgp::{
    armor::BlockType,
    packet::{Signature, UserId},
    types::{KeyDetails, Tag},
};

use crate::{Fingerprint, armor, key::Key};

mod parse;

pub(crate) use parse::parse;

/// An OpenPGP certificate: a primary key with its self-signatures, revocations,
/// user ids and subkeys (RFC 9580, section 10.1). What it claims is judged when
/// a signature is verified, not when it is read.
#[derive(Clone)]
pub struct Certificate {
    pub(crate) primary: Key,
    /// Direct-key signatures.
    pub(crate) signatures: Vec<Signature>,
    /// Of the primary key, of subkeys and of certifications.
    pub(crate) revocations: Vec<Signature>,
    pub(crate) users: Vec<User>,
    pub(crate) subkeys: Vec<Subkey>,
    /// The packets as they were read.
    encoded: Vec<u8>,
}

/// A user id and the certifications that follow it.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) signatures: Vec<Signature>,
}

/// A subkey and the bindings that follow it.
#[derive(Clone)]
pub(crate) struct Subkey {
    pub(crate) key: Key,
    pub(crate) signatures: Vec<Signature>,
}

impl Certificate {
    /// The fingerprint of the primary key, which names the certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from(&self.primary.fingerprint())
    }

    /// Adds what another copy says about the same key: the newest counts, whichever
    /// has it.
    pub(crate) fn merge(&mut self, copy: Self) {
        self.signatures.extend(copy.signatures);
        self.revocations.extend(copy.revocations);
        for user in copy.users {
            let at = self.user(user.id);
            self.users[at].signatures.extend(user.signatures);
        }
        for subkey in copy.subkeys {
            let at = self.subkey(subkey.key);
            self.subkeys[at].signatures.extend(subkey.signatures);
        }
        self.encoded.extend(copy.encoded);
    }

    /// The place of a user id, which is there once.
    fn user(&mut self, id: UserId) -> usize {
        let known = self.users.iter().position(|user| user.id.id() == id.id());
        known.unwrap_or_else(|| {
            let signatures = Vec::new();
            self.users.push(User { id, signatures });
            self.users.len() - 1
        })
    }

    /// The place of a subkey, which is there once.
    fn subkey(&mut self, key: Key) -> usize {
        let fingerprint = key.fingerprint();
        let mut known = self.subkeys.iter();
        let known = known.position(|subkey| subkey.key.fingerprint() == fingerprint);
        known.unwrap_or_else(|| {
            let signatures = Vec::new();
            self.subkeys.push(Subkey { key, signatures });
            self.subkeys.len() - 1
        })
    }

    /// The first user id that the primary key has signed, control characters
    /// replaced, if there is one.
    pub fn user_id(&self) -> Option<String> {
        let user = self.users.iter().find(|user| self.has_certified(user))?;
        let text = String::from_utf8_lossy(user.id.id());
        Some(text.replace(char::is_control, "\u{FFFD}"))
    }

    fn has_certified(&self, user: &User) -> bool {
        user.signatures.iter().any(|signature| {
            signature
                .verify_certification(&self.primary, Tag::UserId, &user.id)
                .is_ok()
        })
    }

    /// The certificate as an armored public key block, packet for packet as it
    /// was read.
    pub fn to_armor(&self) -> String {
        #[expect(clippy::expect_used, reason = "writing to memory does not fail")]
        let armored = armor::encode(&self.encoded, BlockType::PublicKey).expect("armor in memory");
        armored.to_string()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}
