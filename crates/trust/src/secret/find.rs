//! Whether a file holds a secret key, in any usable form.
//!
//! The reader of keys is strict. Here the question is what an attacker could get out of a file:
//! a key behind other text, one with a passphrase, one of several, one of GnuPG's own files.

use std::io::{self, Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use pgp::{
    packet::{self, PacketParser},
    types::Tag,
};
use zeroize::Zeroizing;

use crate::armor;

const MARKER: &[u8] = b"-----BEGIN PGP PRIVATE KEY BLOCK-----";
/// With so many dashes it begins.
const DASHES: usize = 5;
/// How much of an armored block is looked at: its first packet is the key.
const ARMOR_LOOKED_AT: usize = 8 << 10;
/// How much of a file of GnuPG's own has the line with the key.
const NOTES_LOOKED_AT: usize = 4 << 10;

pub(super) fn holds_secret_key(bytes: &[u8]) -> bool {
    let bytes = armor::without_bom(bytes);
    has_secret_packet(bytes) || is_of_gnupg(bytes) || has_armored(bytes)
}

fn has_armored(bytes: &[u8]) -> bool {
    // Regardless of the rest: it was meant to be a key.
    if bytes.trim_ascii_start().starts_with(MARKER) {
        return true;
    }
    let mut from = 0;
    while let Some(at) = next_marker(bytes, from) {
        from = at + MARKER.len();
        let body = &bytes[from..bytes.len().min(from + ARMOR_LOOKED_AT)];
        let end = body.windows(DASHES).position(|five| five == b"-----");
        if begins_with_key(&body[..end.unwrap_or(body.len())]) {
            return true;
        }
    }
    false
}

/// Where the next marker begins. Of its dashes one is at every fifth byte.
fn next_marker(bytes: &[u8], from: usize) -> Option<usize> {
    let mut dashes = (from..bytes.len())
        .step_by(DASHES)
        .filter(|at| bytes[*at] == b'-');
    dashes.find_map(|at| {
        let earliest = at.saturating_sub(DASHES - 1).max(from);
        (earliest..=at).find(|start| bytes[*start..].starts_with(MARKER))
    })
}

/// Whether what follows a marker is a key's: in lines of a text, a comment, or a string of
/// a program.
fn begins_with_key(body: &[u8]) -> bool {
    let text = Zeroizing::new(String::from_utf8_lossy(body).into_owned());
    let text = Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n"));
    let lines = text.split(['\n', '\r']).skip(1);
    let lines =
        lines.map(|line| line.trim_matches([' ', '\t', '>', '#', '"', '\'', ',', '+', '\\']));
    let base64 = lines
        .skip_while(|line| line.is_empty() || line.contains(": ") || line.ends_with(':'))
        .take_while(|line| {
            // The checksum begins with a `=`.
            !line.starts_with('=') && !line.is_empty() && line.bytes().all(is_base64)
        });
    let mut base64 = Zeroizing::new(base64.collect::<String>());
    let whole = base64.trim_end_matches('=').len() / 4 * 4;
    base64.truncate(whole);
    STANDARD
        .decode(base64.as_bytes())
        .is_ok_and(|packets| begins_secret(&Zeroizing::new(packets)))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// Whether there is a secret key among packets, whole and followed by what belongs to keys.
/// Among a hundred thousand files of random bytes some begin like anything; none like this.
fn has_secret_packet(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while armor::is_binary(rest) {
        let mut parser = PacketParser::new(rest);
        let Some(Ok(mut body)) = parser.next_ref() else {
            return false;
        };
        let tag = body.packet_header().tag();
        let is_key = matches!(tag, Tag::SecretKey | Tag::PublicKey);
        let is_possible = match is_key {
            true => begins_like_key(&mut body),
            false => may_be_beside_a_key(tag),
        };
        if !is_possible || io::copy(&mut body, &mut io::sink()).is_err() {
            return false;
        }
        let all = std::mem::replace(&mut rest, parser.into_inner());
        if tag == Tag::SecretKey && is_read(all) && may_follow_a_key(rest) {
            return true;
        }
    }
    false
}

/// The same for bytes that may be cut short and are labelled as a key.
fn begins_secret(bytes: &[u8]) -> bool {
    let mut parser = PacketParser::new(bytes);
    let Some(Ok(mut body)) = parser.next_ref() else {
        return false;
    };
    match body.packet_header().tag() {
        Tag::SecretKey | Tag::SecretSubkey => begins_like_key(&mut body),
        _ => has_secret_packet(bytes),
    }
}

/// Version, time and algorithm (RFC 9580, section 5.5.2).
fn begins_like_key(body: &mut impl Read) -> bool {
    let mut start = [0; 8];
    if body.read_exact(&mut start).is_err() {
        return false;
    }
    match start[0] {
        2 | 3 => matches!(start[7], 1..=3 | 16 | 17),
        4..=6 => matches!(start[5], 1..=3 | 16..=36),
        _ => false,
    }
}

fn may_be_beside_a_key(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::SecretSubkey
            | Tag::PublicSubkey
            | Tag::UserId
            | Tag::UserAttribute
            | Tag::Signature
            | Tag::Trust
            | Tag::Padding
            | Tag::Marker
    )
}

fn may_follow_a_key(rest: &[u8]) -> bool {
    let header = PacketParser::new(rest)
        .next_ref()
        .and_then(Result::ok)
        .map(|body| body.packet_header().tag());
    rest.is_empty()
        || header.is_some_and(|tag| {
            matches!(tag, Tag::SecretKey | Tag::PublicKey) || may_be_beside_a_key(tag)
        })
}

/// Whether it is a key to the reader that signs with it.
fn is_read(packet: &[u8]) -> bool {
    matches!(
        PacketParser::new(packet).next(),
        Some(Ok(packet::Packet::SecretKey(_)))
    )
}

/// The files of `private-keys-v1.d`: S-expressions, bare or below `Key:`. What only says
/// that a key is on a card holds no secret.
fn is_of_gnupg(bytes: &[u8]) -> bool {
    let is_bare = [&b"(11:private-key("[..], b"(21:protected-private-key("]
        .iter()
        .any(|start| bytes.starts_with(start));
    let mut lines = bytes[..bytes.len().min(NOTES_LOOKED_AT)].split(|byte| *byte == b'\n');
    is_bare
        || lines.any(|line| {
            let key = line.strip_prefix(b"Key:").map(<[u8]>::trim_ascii_start);
            key.is_some_and(|key| {
                key.starts_with(b"(private-key") || key.starts_with(b"(protected-private-key")
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, SecretKey};

    fn key() -> SecretKey {
        SecretKey::generate("a <a@example.com>", Algorithm::Ed25519, 1_700_000_000).unwrap()
    }

    /// The fixture of a passphrase: its form is what counts here.
    fn forms(key: &SecretKey) -> Vec<(&'static str, Vec<u8>)> {
        let armor = key.to_armor().unwrap().to_string();
        let binary = key.encoded.to_vec();
        let text = |text: String| text.into_bytes();
        let public = key.certificate().to_armor();
        vec![
            ("plain", text(armor.clone())),
            ("blank lines", text(format!("\n \n\t\n{armor}"))),
            ("byte order mark", text(format!("\u{FEFF}{armor}"))),
            ("mark and blank lines", text(format!("\u{FEFF}\r\n{armor}"))),
            ("text before", text(format!("# key\nhello é\n{armor}"))),
            ("text without a line's end", text(format!("é key={armor}"))),
            ("CR LF", text(armor.replace('\n', "\r\n"))),
            ("CR", text(format!("x\r{}", armor.replace('\n', "\r")))),
            (
                "indented",
                text(format!("key: |\n  {}", armor.replace('\n', "\n  "))),
            ),
            (
                "quoted",
                text(format!("x\n> {}", armor.replace('\n', "\n> "))),
            ),
            (
                "a string",
                text(format!("{{\"k\": \"{}\"}}", armor.replace('\n', "\\n"))),
            ),
            (
                "comment",
                text(format!(
                    "x\n{}",
                    armor.replacen("\n\n", "\nComment: x\n\n", 1)
                )),
            ),
            (
                "cut short",
                text(format!("x\n{}", &armor[..armor.len() / 2])),
            ),
            ("behind a public one", text(format!("{public}\n{armor}"))),
            ("binary", binary.clone()),
            (
                "binary with a mark",
                [b"\xEF\xBB\xBF", &binary[..]].concat(),
            ),
            ("two", [&binary[..], &binary].concat()),
            (
                "behind a marker packet",
                [b"\xca\x03PGP", &binary[..]].concat(),
            ),
        ]
    }

    #[test]
    fn a_key_is_found_in_every_form() {
        let key = key();
        for (form, bytes) in forms(&key) {
            assert!(holds_secret_key(&bytes), "{form}");
        }
    }

    /// Every key that can sign is found, even in an unknown form.
    #[test]
    fn what_the_reader_takes_is_found() {
        for (form, bytes) in forms(&key()) {
            assert!(
                SecretKey::from_bytes(&bytes).is_err() || holds_secret_key(&bytes),
                "{form}"
            );
        }
    }

    #[test]
    fn what_holds_none_is_not_taken_for_one() {
        let public = key().certificate();
        let talk = "grep -q -- '-----BEGIN PGP PRIVATE KEY BLOCK-----' file && exit 1\n";
        let placeholder = format!("Paste it:\n{}\n...\n", std::str::from_utf8(MARKER).unwrap());
        for bytes in [
            &b""[..],
            public.to_armor().as_bytes(),
            talk.as_bytes(),
            placeholder.as_bytes(),
            b"\xC5\x00",
            b"\xC5",
            b"\x95\x00\x03abc",
            b"\xC5\x06\x04\0\0\0\0\x16rest",
            b"\x7fELF\x02\x01\x01",
            b"Key: (shadowed-private-key (ecc",
            "-".repeat(1000).as_bytes(),
        ] {
            assert!(
                !holds_secret_key(bytes),
                "{:?}",
                String::from_utf8_lossy(bytes)
            );
        }
    }

    #[test]
    fn files_of_gnupgs_own_are_found() {
        for bytes in [
            &b"(21:protected-private-key(3:ecc"[..],
            b"(11:private-key(3:ecc",
            b"Created: 20261130T070000\nKey: (protected-private-key (ecc (curve Ed25519)\n",
            b"Key: (private-key (rsa (n #00",
        ] {
            assert!(holds_secret_key(bytes));
        }
    }

    /// Of 23,000 files of random bytes one was taken for a key, and the package was not built.
    #[test]
    fn random_bytes_are_not_taken_for_a_key() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        for _ in 0..100_000 {
            let bytes: Vec<u8> = (0..16).flat_map(|_| random()).collect();
            assert!(!holds_secret_key(&bytes), "{bytes:x?}");
        }
    }

    #[test]
    fn abuse_a_file_of_markers_or_of_tiny_packets() {
        let marker = std::str::from_utf8(MARKER).unwrap();
        assert!(!holds_secret_key(
            format!("x{marker}").repeat(25_000).as_bytes()
        ));
        assert!(!holds_secret_key(&b"\xca\x00".repeat(500_000)));
        assert!(!holds_secret_key(&b"\xC5\x00".repeat(500_000)));
    }
}
