//! A sequence of OpenPGP packets (RFC 9580, section 4), read to its last byte.
//!
//! Only what belongs to public keys and signatures is parsed. The pgp crate's own reader knows
//! every kind of packet, and with it decryption, decompression and secret keys, which would all
//! be linked into the agent and be there for the bytes that it reads.

use std::io::{self, BufRead, ErrorKind};

use pgp::{
    errors::Error,
    packet::{PacketHeader, PacketParser, Signature, UserId},
    types::Tag,
};

use crate::key::Key;

/// A packet, as far as keys and signatures have need of it.
pub(crate) enum Packet {
    PublicKey(Key),
    PublicSubkey(Key),
    UserId(UserId),
    /// Of a user: a picture.
    UserAttribute,
    Signature(Signature),
    /// Part of a secret key, unread.
    Secret,
    /// A local note of another program, which is not to be exported, or filling.
    Nothing,
    /// Anything else, unread.
    Other,
}

/// Takes the packets off the front of a byte sequence, one by one, and ends
/// with an error where the rest is no complete packet.
pub(crate) struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Packets<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Packets<'a> {
    /// A packet and the bytes that encode it.
    type Item = Result<(Packet, &'a [u8]), String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = std::mem::take(&mut self.rest);
        let mut parser = PacketParser::new(bytes);
        let packet = match parser.next_ref() {
            None => Err("it was cut short".to_owned()),
            Some(Err(error)) => Err(reason(error)),
            Some(Ok(mut body)) => read(body.packet_header(), &mut body),
        };
        Some(packet.map(|packet| {
            self.rest = parser.into_inner();
            (packet, &bytes[..bytes.len() - self.rest.len()])
        }))
    }
}

/// Reads a packet's body to its end.
fn read(header: PacketHeader, body: &mut impl BufRead) -> Result<Packet, String> {
    let packet = parse(header, body).map_err(reason)?;
    let is_read = matches!(
        packet,
        Packet::PublicKey(_) | Packet::PublicSubkey(_) | Packet::UserId(_) | Packet::Signature(_)
    );
    match io::copy(body, &mut io::sink()) {
        Ok(1..) if is_read => Err("there is more in a packet than belongs there".to_owned()),
        Ok(_) => Ok(packet),
        Err(error) => Err(error.to_string()),
    }
}

fn parse(header: PacketHeader, body: &mut impl BufRead) -> Result<Packet, Error> {
    Ok(match header.tag() {
        Tag::PublicKey => Packet::PublicKey(key(body)?),
        Tag::PublicSubkey => Packet::PublicSubkey(key(body)?),
        Tag::UserId => Packet::UserId(UserId::try_from_reader(header, body)?),
        Tag::Signature => Packet::Signature(Signature::try_from_reader(header, body)?),
        Tag::UserAttribute => Packet::UserAttribute,
        Tag::SecretKey | Tag::SecretSubkey => Packet::Secret,
        Tag::Trust | Tag::Marker | Tag::Padding => Packet::Nothing,
        _ => Packet::Other,
    })
}

fn key(body: &mut impl BufRead) -> Result<Key, Error> {
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)?;
    Key::from_body(&bytes)
}

/// Why the pgp crate refused a packet. Its own texts show errors inside of errors as `{:?}`
/// does, with backtraces: the agent would link all that this takes.
fn reason(error: Error) -> String {
    match error {
        Error::Message { message, .. }
        | Error::Unimplemented { message, .. }
        | Error::Unsupported { message, .. } => message,
        Error::InvalidPacketContent { source } => reason(*source),
        Error::IO { source, .. } if source.kind() == ErrorKind::UnexpectedEof => {
            "it was cut short".to_owned()
        }
        Error::IO { source, .. } => source.to_string(),
        _ => "a packet is malformed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A marker packet: new format, tag 10 (RFC 9580, sections 4.2 and 5.8).
    const MARKER: &[u8] = b"\xca\x03PGP";

    #[test]
    fn a_packet_that_is_not_read_has_to_be_complete_too() {
        let kinds = |bytes| Packets::new(bytes).map(|packet| packet.map(|(_, own)| own.len()));
        let two = [MARKER, MARKER].concat();
        let whole: Vec<_> = kinds(&two).collect();
        assert_eq!(whole, [Ok(5), Ok(5)]);
        let cut = kinds(&MARKER[..4]).next();
        assert!(matches!(cut, Some(Err(_))), "{cut:?}");
    }

    #[test]
    fn why_a_packet_cannot_be_read() {
        let why = |bytes| Packets::new(bytes).next().unwrap().map(drop).unwrap_err();
        let key_of_version_3 = b"\xc6\x08\x03\0\0\0\0\0\0\x01";
        assert!(why(key_of_version_3).contains("version 3"));
        let signature_without_a_type = b"\xc2\x01\x04";
        assert_eq!(why(signature_without_a_type), "it was cut short");
    }
}
