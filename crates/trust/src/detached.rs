//! Reading a detached signature: one packet, and nothing else.

use pgp::packet::Signature;

use crate::{
    Refusal,
    armor::{self, Block},
    packets::{Packet, Packets},
};

/// Reads the one signature packet in armored or binary input.
pub(crate) fn parse(input: &[u8]) -> Result<Signature, Refusal> {
    if armor::is_binary(input) {
        return single(input);
    }
    let blocks = armor::decode(input).map_err(unreadable)?;
    match blocks.as_slice() {
        [
            Block {
                label: armor::SIGNATURE,
                bytes,
            },
        ] => single(bytes),
        [Block { label, .. }] => Err(unreadable(&format!("it is a {label}"))),
        [] => Err(unreadable("it is empty")),
        _ => Err(Refusal::NotAlone),
    }
}

fn single(bytes: &[u8]) -> Result<Signature, Refusal> {
    let mut packets = Packets::new(bytes);
    let first = packets
        .next()
        .unwrap_or_else(|| Err("it is empty".to_owned()));
    match first.map_err(|why| unreadable(&why))? {
        (Packet::Signature(_), _) if packets.next().is_some() => Err(Refusal::NotAlone),
        (Packet::Signature(signature), _) => Ok(signature),
        _ => Err(unreadable("it is another kind of OpenPGP data")),
    }
}

fn unreadable(why: &str) -> Refusal {
    Refusal::Unreadable(why.to_owned())
}
