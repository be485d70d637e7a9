//! Reading a secret key.

use pgp::{
    packet::{self, PacketParser},
    types::{EncryptedSecretParams, S2kParams, SecretParams, StringToKey},
};
use zeroize::Zeroizing;

use super::{SecretKey, encode};
use crate::{
    KeyError, armor, certificate,
    packets::{Packet, Packets},
};

/// GnuPG's kind of stub for a secret that is kept elsewhere.
const GNU_EXTENSION: u8 = 101;

pub(super) fn parse(input: &[u8]) -> Result<SecretKey, KeyError> {
    let input = armor::without_bom(input);
    if armor::is_binary(input) {
        return assemble(Zeroizing::new(input.to_vec()));
    }
    let blocks = armor::decode(input).map_err(|why| KeyError::Unreadable(why.to_owned()))?;
    let mut blocks = blocks.into_iter();
    let (Some(block), None) = (blocks.next(), blocks.next()) else {
        return Err(if input.trim_ascii().is_empty() {
            KeyError::Empty
        } else {
            KeyError::Several
        });
    };
    match block.label {
        armor::PRIVATE_KEY => assemble(block.bytes),
        armor::PUBLIC_KEY => Err(KeyError::Public),
        other => Err(KeyError::Unreadable(format!("it is a {other}"))),
    }
}

/// Builds the key from its packets, and its certificate from their public part.
pub(super) fn assemble(encoded: Zeroizing<Vec<u8>>) -> Result<SecretKey, KeyError> {
    let mut parts = Parts::default();
    for packet in Packets::new(&encoded) {
        // What the parser says about a secret key is not repeated.
        let (packet, bytes) = packet.map_err(|_| unreadable())?;
        parts.add(packet, bytes)?;
    }
    let primary = parts.primary.ok_or(KeyError::Empty)?;
    let certificate = certificate::parse(&parts.public)?
        .pop()
        .ok_or_else(unreadable)?;
    Ok(SecretKey {
        primary,
        subkeys: parts.subkeys,
        certificate,
        encoded,
    })
}

fn unreadable() -> KeyError {
    KeyError::Unreadable("a packet of it is malformed or not supported".to_owned())
}

#[derive(Default)]
struct Parts {
    primary: Option<packet::SecretKey>,
    subkeys: Vec<packet::SecretSubkey>,
    /// The packets of the certificate.
    public: Vec<u8>,
}

impl Parts {
    fn add(&mut self, packet: Packet, bytes: &[u8]) -> Result<(), KeyError> {
        match packet {
            Packet::Secret => self.secret(bytes),
            Packet::PublicKey(_) => Err(KeyError::Public),
            _ => {
                self.public.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn secret(&mut self, bytes: &[u8]) -> Result<(), KeyError> {
        match PacketParser::new(bytes).next() {
            Some(Ok(packet::Packet::SecretKey(key))) => self.primary(key),
            Some(Ok(packet::Packet::SecretSubkey(key))) => self.subkey(key),
            _ => Err(unreadable()),
        }
    }

    fn primary(&mut self, key: packet::SecretKey) -> Result<(), KeyError> {
        refuse_passphrase(key.secret_params())?;
        self.public.extend_from_slice(&encode(key.public_key())?);
        match self.primary.replace(key) {
            None => Ok(()),
            Some(_) => Err(KeyError::Several),
        }
    }

    fn subkey(&mut self, key: packet::SecretSubkey) -> Result<(), KeyError> {
        refuse_passphrase(key.secret_params())?;
        self.public.extend_from_slice(&encode(key.public_key())?);
        self.subkeys.push(key);
        Ok(())
    }
}

fn refuse_passphrase(params: &SecretParams) -> Result<(), KeyError> {
    match params {
        SecretParams::Encrypted(params) if !is_stub(params) => Err(KeyError::Passphrase),
        _ => Ok(()),
    }
}

fn is_stub(params: &EncryptedSecretParams) -> bool {
    match params.string_to_key_params() {
        S2kParams::Cfb { s2k, .. } | S2kParams::MalleableCfb { s2k, .. } => {
            matches!(
                s2k,
                StringToKey::Private {
                    typ: GNU_EXTENSION,
                    ..
                }
            )
        }
        _ => false,
    }
}
