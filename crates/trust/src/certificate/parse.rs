//! Assembling certificates from their packets.
//!
//! Nothing is skipped silently: a packet that cannot be read might be the one
//! that revokes the key.

use pgp::packet::{Signature, SignatureType};

use super::Certificate;
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
    /// By its place among the users.
    User(usize),
    /// By its place among the subkeys.
    Subkey(usize),
    /// A picture: signatures on it say nothing about the key's use.
    Attribute,
}

impl Assembly {
    fn new(primary: Key, encoded: &[u8]) -> Self {
        let certificate = Certificate {
            primary,
            signatures: Vec::new(),
            revocations: Vec::new(),
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
            Packet::UserId(id) => self.subject = Subject::User(self.certificate.user(id)),
            Packet::UserAttribute => self.subject = Subject::Attribute,
            Packet::PublicSubkey(key) => {
                self.subject = Subject::Subkey(self.certificate.subkey(key));
            }
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

    fn signature(&mut self, signature: Signature) {
        let Certificate {
            signatures,
            revocations,
            users,
            subkeys,
            ..
        } = &mut self.certificate;
        let about = match self.subject {
            _ if revokes_a_key(&signature) => Some(revocations),
            Subject::Attribute => None,
            _ if signature.typ() == Some(SignatureType::CertRevocation) => Some(revocations),
            Subject::Primary => Some(signatures),
            Subject::User(at) => users.get_mut(at).map(|user| &mut user.signatures),
            Subject::Subkey(at) => subkeys.get_mut(at).map(|subkey| &mut subkey.signatures),
        };
        if let Some(about) = about {
            about.push(signature);
        }
    }
}

/// A revocation verifies only with what it is about, and is often just appended to
/// the file: it counts wherever it stands.
fn revokes_a_key(signature: &Signature) -> bool {
    matches!(
        signature.typ(),
        Some(SignatureType::KeyRevocation | SignatureType::SubkeyRevocation)
    )
}
