//! A sequence of OpenPGP packets (RFC 9580, section 4), read to its last byte.

use pgp::packet::{Packet, PacketParser};

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
        Some(match parser.next() {
            None => Err("it was cut short".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(packet)) => {
                self.rest = parser.into_inner();
                Ok((packet, &bytes[..bytes.len() - self.rest.len()]))
            }
        })
    }
}
