//! ASCII armor (RFC 9580, section 6), read strictly: nothing but white space
//! stands outside the blocks, and every line of a block is what it should be.

use base64::{Engine, engine::general_purpose::STANDARD};
use pgp::{armor::BlockType, ser::Serialize};
use zeroize::Zeroizing;

pub(crate) const PUBLIC_KEY: &str = "PGP PUBLIC KEY BLOCK";
pub(crate) const PRIVATE_KEY: &str = "PGP PRIVATE KEY BLOCK";
pub(crate) const SIGNATURE: &str = "PGP SIGNATURE";

/// One armored block: what its first line says it is, and the bytes in it,
/// which may be a secret key's.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// A file without the byte order mark that some editors put before a text. No packet
/// that a key begins with looks like one.
pub(crate) fn without_bom(input: &[u8]) -> &[u8] {
    input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input)
}

/// Whether the input is binary OpenPGP: every packet begins with a set bit.
pub(crate) fn is_binary(input: &[u8]) -> bool {
    input.first().is_some_and(|byte| byte & 0x80 != 0)
}

/// All the blocks of a text.
pub(crate) fn decode(input: &[u8]) -> Result<Vec<Block<'_>>, &'static str> {
    let text = str::from_utf8(input).map_err(|_| "it is neither text nor binary OpenPGP")?;
    let mut lines = text.lines().map(str::trim_end);
    let mut blocks = Vec::new();
    while let Some(line) = lines.find(|line| !line.is_empty()) {
        let label =
            delimited(line, "-----BEGIN ").ok_or("there is text outside the armored block")?;
        blocks.push(Block {
            label,
            bytes: body(label, &mut lines)?,
        });
    }
    Ok(blocks)
}

/// Reads the lines of a block from behind its first to its last.
fn body<'a>(
    label: &str,
    lines: &mut impl Iterator<Item = &'a str>,
) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    if !lines
        .take_while(|line| !line.is_empty())
        .all(|line| line.contains(": ") || line.ends_with(':'))
    {
        return Err("the armor's headers are malformed");
    }
    let mut base64 = Zeroizing::new(String::new());
    let last = loop {
        match lines.next() {
            None => return Err("the armored block has no end: was it cut short?"),
            Some(line) if line.starts_with(['=', '-']) => break line,
            Some(line) => base64.push_str(line),
        }
    };
    // RFC 9580, section 6.1: the checksum is optional and not to be relied upon.
    let last = if is_checksum(last) {
        lines.next().unwrap_or_default()
    } else {
        last
    };
    if delimited(last, "-----END ") != Some(label) {
        return Err("the armored block does not end as it began");
    }
    STANDARD
        .decode(base64.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| "the armored block is not base64")
}

fn is_checksum(line: &str) -> bool {
    line.len() == 5 && line.starts_with('=')
}

fn delimited<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix("-----")
}

/// Armors packets that are already encoded, with the checksum that older
/// readers expect.
pub(crate) fn encode(
    packets: &[u8],
    block: BlockType,
) -> Result<Zeroizing<String>, pgp::errors::Error> {
    let mut armored = Zeroizing::new(Vec::with_capacity(packets.len() * 3 / 2 + 128));
    pgp::armor::write(&Encoded(packets), block, &mut *armored, None, true)?;
    Ok(Zeroizing::new(
        String::from_utf8_lossy(&armored).into_owned(),
    ))
}

/// Bytes that are written as they are.
struct Encoded<'a>(&'a [u8]);

impl Serialize for Encoded<'_> {
    fn to_writer<W: std::io::Write>(&self, writer: &mut W) -> pgp::errors::Result<()> {
        Ok(writer.write_all(self.0)?)
    }

    fn write_len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "-----BEGIN PGP SIGNATURE-----\nComment: hello\n\naGVs\nbG8=\n=abcd\n-----END PGP SIGNATURE-----\n";

    fn error(text: &str) -> &'static str {
        decode(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn blocks_are_read_one_after_the_other_with_any_line_ends() {
        let two = format!("\n{BLOCK}\n{}", BLOCK.replace('\n', "\r\n"));
        let blocks = decode(two.as_bytes()).unwrap();
        assert_eq!(blocks.len(), 2);
        assert!(
            blocks
                .iter()
                .all(|block| block.label == SIGNATURE && block.bytes.as_slice() == b"hello")
        );
    }

    #[test]
    fn the_checksum_may_be_missing() {
        assert_eq!(
            decode(BLOCK.replace("=abcd\n", "").as_bytes()).unwrap()[0]
                .bytes
                .as_slice(),
            b"hello"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let armored = encode(b"\xC2\x00some packets", BlockType::PublicKey).unwrap();
        let blocks = decode(armored.as_bytes()).unwrap();
        assert_eq!(
            (blocks[0].label, blocks[0].bytes.as_slice()),
            (PUBLIC_KEY, &b"\xC2\x00some packets"[..])
        );
    }

    #[test]
    fn anything_unexpected_is_refused() {
        assert_eq!(
            error(&format!("hello\n{BLOCK}")),
            "there is text outside the armored block"
        );
        assert_eq!(
            error(&format!("{BLOCK}hello")),
            "there is text outside the armored block"
        );
        assert_eq!(
            error(&BLOCK.replace("\n\n", "\n")),
            "the armor's headers are malformed"
        );
        assert_eq!(
            error(&BLOCK.replace("END PGP S", "END PGP B")),
            "the armored block does not end as it began"
        );
        assert_eq!(
            error(&BLOCK.replace("bG8=", "bG8==")),
            "the armored block is not base64"
        );
        assert_eq!(
            error(&BLOCK[..51]),
            "the armored block has no end: was it cut short?"
        );
        assert_eq!(
            decode(b"\xFF\xFE").unwrap_err(),
            "it is neither text nor binary OpenPGP"
        );
    }
}
