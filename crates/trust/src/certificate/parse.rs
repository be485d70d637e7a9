//! Assembling certificates from their packets.
//!
//! Nothing is skipped silently: a packet that cannot be read might be the one
//! that revokes the key.

use pgp::packet::{Signature, SignatureType, UserId};

use super::{Certificate, Subkey, User};
use crate::{
    KeyError,
    key::Key,
    packets::{Packet, Packets},
};

/// Reads one or more certificates from binary OpenPGP data.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Certificate>, KeyError> {
    let mut assemblies = Vec::<Assembly>::new();
    for packet in Packets::new(bytes) {
        let (packet, encoded) = packet.map_err(KeyError::Unreadable)?;
        match (packet, assemblies.last_mut()) {
            (Packet::PublicKey(key), _) => assemblies.push(Assembly::new(key, encoded)),
            (Packet::Secret, _) => return Err(KeyError::Secret),
            (packet, Some(assembly)) => assembly.add(packet, encoded)?,
            (_, None) => {
                return Err(KeyError::Unreadable(
                    "it does not begin with a key".to_owned(),
                ));
            }
        }
    }
    Ok(assemblies
        .into_iter()
        .map(|assembly| assembly.certificate)
        .collect())
}

/// A certificate that is being read, and what its next signature is about.
struct Assembly {
    certificate: Certificate,
    subject: Subject,
}

enum Subject {
    Primary,
    User,
    Subkey,
    /// A picture: signatures on it say nothing about the key's use.
    Attribute,
}

impl Assembly {
    fn new(primary: Key, encoded: &[u8]) -> Self {
        let certificate = Certificate {
            primary,
            signatures: Vec::new(),
            users: Vec::new(),
            subkeys: Vec::new(),
            encoded: encoded.to_vec(),
        };
        Self {
            certificate,
            subject: Subject::Primary,
        }
    }

    fn add(&mut self, packet: Packet, encoded: &[u8]) -> Result<(), KeyError> {
        match packet {
            Packet::Signature(signature) => self.signature(signature),
            Packet::UserId(id) => self.user(id),
            Packet::UserAttribute => self.subject = Subject::Attribute,
            Packet::PublicSubkey(key) => self.subkey(key),
            Packet::Nothing => return Ok(()),
            _ => {
                return Err(KeyError::Unreadable(
                    "there is other OpenPGP data in it".to_owned(),
                ));
            }
        }
        self.certificate.encoded.extend_from_slice(encoded);
        Ok(())
    }

    fn user(&mut self, id: UserId) {
        self.certificate.users.push(User {
            id,
            signatures: Vec::new(),
        });
        self.subject = Subject::User;
    }

    fn subkey(&mut self, key: Key) {
        self.certificate.subkeys.push(Subkey {
            key,
            signatures: Vec::new(),
        });
        self.subject = Subject::Subkey;
    }

    fn signature(&mut self, signature: Signature) {
        let Certificate {
            signatures,
            users,
            subkeys,
            ..
        } = &mut self.certificate;
        let about = match self.subject {
            _ if revokes_a_key(&signature) => Some(signatures),
            Subject::Primary => Some(signatures),
            Subject::User => users.last_mut().map(|user| &mut user.signatures),
            Subject::Subkey => subkeys.last_mut().map(|subkey| &mut subkey.signatures),
            Subject::Attribute => None,
        };
        if let Some(about) = about {
            about.push(signature);
        }
    }
}

/// A key's revocation says itself which key it is about, and is often just
/// appended to the file: it counts wherever it stands.
fn revokes_a_key(signature: &Signature) -> bool {
    matches!(
        signature.typ(),
        Some(SignatureType::KeyRevocation | SignatureType::SubkeyRevocation)
    )
}
