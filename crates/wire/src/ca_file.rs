//! Files of CA certificates, as hosts have them: one rule for all programs.
//!
//! Every certificate between `-----BEGIN` and `-----END` counts, at any place in a line and with
//! any text around it, and whether its label is `CERTIFICATE`,
//! `X509 CERTIFICATE` or `TRUSTED CERTIFICATE` (OpenSSL's, of which the additions do not
//! count). A damaged one is passed over, and the others count. A file may also be one
//! certificate in DER.

use crate::encoding::{base64, from_base64};
use zeroize::Zeroizing;

/// A larger file is refused.
pub const MOST_BYTES: u64 = 1 << 20;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// What one block of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A certificate.
    Certificate(Certificate),
    /// A block that should be a certificate; what is wrong with it.
    Damaged(&'static str),
    /// A private key, which belongs somewhere else.
    PrivateKey,
}

/// A certificate (RFC 5280), not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its bytes.
    pub der: Vec<u8>,
    /// From when on it is valid, in unix seconds.
    pub not_before: u64,
    /// Until when.
    pub not_after: u64,
}

/// The blocks of a file that are or were to be certificates or private keys, each with
/// the number of its line.
pub fn entries(bytes: &[u8]) -> Vec<(usize, Entry)> {
    if bytes.first() == Some(&SEQUENCE) {
        return vec![(1, certificate(bytes))];
    }
    let mut found = Vec::new();
    let (mut line, mut rest) = (1, bytes);
    while let Some(at) = find(rest, BEGIN) {
        line += lines(&rest[..at]);
        let block = &rest[at + BEGIN.len()..];
        let next = find(block, BEGIN).unwrap_or(block.len());
        found.extend(entry(&block[..next]).map(|entry| (line, entry)));
        line += lines(&block[..next]);
        rest = &block[next..];
    }
    found
}

/// The certificates of a file.
///
/// # Errors
/// Why there is none.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut good = Vec::new();
    let mut why = String::new();
    for (line, entry) in entries(bytes) {
        match entry {
            Entry::Certificate(certificate) => good.push(certificate.der),
            Entry::Damaged(flaw) => why = format!(": the one in line {line} {flaw}"),
            Entry::PrivateKey => {}
        }
    }
    match good.is_empty() {
        true => Err(format!("holds no certificate that can be used{why}")),
        false => Ok(good),
    }
}

/// The first private key of a file, read by the same rule: its label, as `PRIVATE KEY`
/// (RFC 7468, section 10), and its bytes (DER), or else what is wrong with it.
pub fn private_key(bytes: &[u8]) -> Option<(&str, Result<Vec<u8>, &'static str>)> {
    let mut rest = bytes;
    loop {
        let (_, block) = split(rest, BEGIN)?;
        let (label, behind) = split(block, DASHES)?;
        if label.ends_with(b"PRIVATE KEY") {
            let label = std::str::from_utf8(label).ok()?;
            return Some((label, body(label.as_bytes(), behind)));
        }
        rest = block;
    }
}

/// A certificate (DER) as text (RFC 7468).
pub fn pem(der: &[u8]) -> String {
    let text = base64(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// How many lines end here: with LF, CR LF, or CR alone.
fn lines(bytes: &[u8]) -> usize {
    let ends =
        |at: usize| bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(|at| ends(*at)).count()
}

/// What stands between a BEGIN and the next one; nothing if it is about another matter.
fn entry(block: &[u8]) -> Option<Entry> {
    let (label, rest) = split(block, DASHES)?;
    match label {
        b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE" => {
            Some(body(label, rest).map_or_else(Entry::Damaged, |der| certificate(&der)))
        }
        other if other.ends_with(b"PRIVATE KEY") => Some(Entry::PrivateKey),
        _ => None,
    }
}

fn body(label: &[u8], rest: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (text, end) = split(rest, END).ok_or("is damaged: it has no end")?;
    if !end
        .strip_prefix(label)
        .is_some_and(|end| end.starts_with(DASHES))
    {
        return Err("is damaged: it does not end as it began");
    }
    // It may be a secret: it is wiped, and never grows, which would leave parts behind.
    let mut plain = Zeroizing::new(String::with_capacity(2 * text.len()));
    let text = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    plain.extend(text.map(|byte| char::from(*byte)));
    from_base64(&plain).ok_or("is damaged: it is not base64")
}

fn certificate(der: &[u8]) -> Entry {
    match validity(der) {
        Some((length, not_before, not_after)) => Entry::Certificate(Certificate {
            der: der[..length].to_vec(),
            not_before,
            not_after,
        }),
        None => Entry::Damaged("is damaged: it is no certificate"),
    }
}

const SEQUENCE: u8 = 0x30;

/// How long a certificate is, and the time between which it is valid (RFC 5280,
/// section 4.1).
fn validity(der: &[u8]) -> Option<(usize, u64, u64)> {
    let mut rest = der;
    let mut certificate = take(&mut rest, SEQUENCE)?;
    let mut signed = take(&mut certificate, SEQUENCE)?;
    // The version is there in all but the oldest.
    let _ = take(&mut signed, 0xa0);
    take(&mut signed, 0x02)?;
    take(&mut signed, SEQUENCE)?;
    take(&mut signed, SEQUENCE)?;
    let mut validity = take(&mut signed, SEQUENCE)?;
    let (from, until) = (time(&mut validity)?, time(&mut validity)?);
    Some((der.len() - rest.len(), from, until))
}

/// Takes the content of a value with this tag off the front (X.690).
fn take<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (&[found, length], after) = rest.split_first_chunk::<2>()?;
    let (length, after) = match length {
        0x81..=0x84 => {
            let (bytes, after) = after.split_at_checked(usize::from(length & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, after)
        }
        short => (usize::from(short), after),
    };
    let (content, after) = after.split_at_checked(length)?;
    if found != tag {
        return None;
    }
    *rest = after;
    Some(content)
}

/// UTCTime, of 1950 to 2049, or GeneralizedTime.
fn time(rest: &mut &[u8]) -> Option<u64> {
    let text = match take(rest, 0x17) {
        Some(short) => [if short < b"5" { b"20" } else { b"19" }, short].concat(),
        None => take(rest, 0x18)?.to_vec(),
    };
    let digits = text.strip_suffix(b"Z")?;
    let number = |from: usize, to: usize| {
        let digits = digits.get(from..to)?.iter();
        digits
            .map(|digit| char::from(*digit).to_digit(10))
            .try_fold(0, |sum, digit| Some(sum * 10 + u64::from(digit?)))
    };
    let days = days(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
    Some(days * 86_400 + number(8, 10)? * 3_600 + number(10, 12)? * 60 + number(12, 14)?)
}

/// Days since 1970-01-01; none for what was before.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    // Years begin in March, so that the leap day is the last day of one.
    let (year, month) = if month < 3 {
        (year.checked_sub(1)?, month + 9)
    } else {
        (year, month - 3)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(days.saturating_sub(719_469))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = find(bytes, at)?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenSSL, valid from 2026-01-02T03:04:05Z to 2051-12-31T23:59:58Z.
    const DER: &[u8] = include_bytes!("../tests/vectors/ca/ca.der");

    fn good(file: &[u8]) -> usize {
        let found = certificates(file).unwrap_or_default();
        assert!(found.iter().all(|der| der == DER), "{file:?}");
        found.len()
    }

    #[test]
    fn a_private_key_is_found_whatever_stands_around_it() {
        let key = "-----BEGIN PRIVATE KEY-----\nAQID\nBA==\n-----END PRIVATE KEY-----\n";
        let before = format!(
            "{}-----BEGIN EC PARAMETERS-----\nAA==\n-----END EC PARAMETERS-----",
            pem(DER)
        );
        for file in [
            key.to_owned(),
            format!("\u{feff}{before}{key}"),
            key.replace('\n', "\r\n"),
            key.replace('\n', ""),
            format!("Bag Attributes\n  friendlyName: x\n{key}bye"),
        ] {
            let found = private_key(file.as_bytes());
            assert_eq!(found, Some(("PRIVATE KEY", Ok(vec![1, 2, 3, 4]))), "{file}");
        }
        assert_eq!(private_key(before.as_bytes()), None);
        let damaged = key.replace("AQID", "?");
        assert!(private_key(damaged.as_bytes()).is_some_and(|(_, key)| key.is_err()));
    }

    #[test]
    fn files_as_hosts_have_them() {
        let pem = pem(DER);
        let two = format!("{pem}{pem}");
        for file in [
            two.clone(),
            format!("\u{feff}{two}"),
            two.replace('\n', "\r\n"),
            two.replace('\n', "\r"),
            two.trim_end().to_owned(),
            two.replace("-----\n-----BEGIN", "----------BEGIN"),
            two.replace("-----\n", "-----"),
            two.replace('\n', " \n\t"),
            format!("# Müller\nsubject=CN = a\n{pem}\n\nissuer: -----\n{pem}bye"),
            two.replace("CERTIFICATE", "X509 CERTIFICATE"),
        ] {
            assert_eq!(good(file.as_bytes()), 2, "{file}");
        }
        assert_eq!(good(&[b"caf\xe9\n", two.as_bytes()].concat()), 2);
        assert_eq!(good(DER), 1);
    }

    #[test]
    fn what_openssl_adds_to_a_trusted_certificate_does_not_count() {
        let longer = [DER, b"\x30\x03\x0c\x01a"].concat();
        let trusted = pem(&longer).replace("CERTIFICATE", "TRUSTED CERTIFICATE");
        assert_eq!(good(trusted.as_bytes()), 1);
    }

    #[test]
    fn a_damaged_entry_costs_no_other() {
        let pem = pem(DER);
        let mut flipped = DER.to_vec();
        flipped[1] ^= 1;
        for (damaged, why) in [
            (pem.replace("-----END CERTIFICATE-----\n", ""), "has no end"),
            (pem.replacen("M", "!", 1), "not base64"),
            (
                pem.replace("END CERTIFICATE", "END X"),
                "does not end as it began",
            ),
            (super::pem(&DER[..DER.len() - 9]), "no certificate"),
            (super::pem(&flipped), "no certificate"),
            (super::pem(b""), "no certificate"),
        ] {
            let file = format!("{pem}{damaged}{pem}");
            assert_eq!(good(file.as_bytes()), 2, "{file}");
            let line = 1 + pem.lines().count();
            let found = entries(file.as_bytes());
            let (at, Entry::Damaged(why_damaged)) = &found[1] else {
                panic!("{found:?}")
            };
            assert!(
                *at == line && why_damaged.contains(why),
                "{why_damaged} {at}"
            );
            let alone = certificates(damaged.as_bytes()).unwrap_err();
            assert!(
                alone.contains("in line 1") && alone.contains(why),
                "{alone}"
            );
        }
    }

    #[test]
    fn where_there_is_none_there_is_an_error() {
        for file in [
            &b""[..],
            b"\n",
            b"-----BEGIN ",
            b"-----BEGIN CRL-----",
            b"\x30\x82",
        ] {
            assert!(certificates(file).is_err(), "{file:?}");
        }
        let key = b"-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n";
        assert_eq!(entries(key), [(1, Entry::PrivateKey)]);
        assert!(certificates(key).is_err());
    }

    #[test]
    fn a_certificate_says_from_when_to_when_it_is_valid() {
        let found = entries(DER);
        let [(1, Entry::Certificate(certificate))] = found.as_slice() else {
            panic!("{found:?}")
        };
        let valid = [certificate.not_before, certificate.not_after].map(crate::time::rfc3339);
        assert_eq!(valid, ["2026-01-02T03:04:05Z", "2051-12-31T23:59:58Z"]);
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(1969, 12, 31), Some(0));
    }

    #[test]
    fn no_part_of_a_certificate_is_one() {
        for end in 0..DER.len() {
            assert_eq!(good(&DER[..end]), 0, "{end}");
        }
    }
}
