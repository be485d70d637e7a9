//! The CAs that this host trusts for control and registry.

use super::report::Finding;
use crate::config::Config;
use crate::keys;
use crate::storage;
use rustls::RootCertStore;
use std::path::Path;
use wire::ca_file::{Certificate, Entry, MOST_BYTES, entries};
use wire::time::rfc3339;

const CHECK: &str = "CA";

/// What to do about a file that is of no use.
pub(super) const REMEDY: &str = "put the PEM certificate of the CA that issued control's there";

pub(super) fn check(config: &Config, now: u64) -> Vec<Finding> {
    let Some(file) = keys::ca_file(config) else {
        return vec![Finding::ok(
            CHECK,
            "none configured or pinned; the system's count",
        )];
    };
    let bytes = storage::read_limited(&file, MOST_BYTES);
    match bytes.map(Option::unwrap_or_default) {
        Ok(bytes) => judge(&file, &bytes, now),
        Err(error) => {
            let text = format_args!("{}: {error}", file.display());
            vec![Finding::fail(CHECK, text, REMEDY)]
        }
    }
}

/// The certificates of a file, and then its errors.
fn judge(file: &Path, bytes: &[u8], now: u64) -> Vec<Finding> {
    let file = file.display();
    let entries = entries(bytes);
    let wrong = entries
        .iter()
        .filter_map(|(line, entry)| flaw(&format!("{file}, line {line}"), entry, now));
    let good = entries.iter().filter(|(_, entry)| counts(entry)).count();
    let first = match good {
        0 => Finding::fail(
            CHECK,
            format_args!("{file} holds no certificate that can be used"),
            REMEDY,
        ),
        _ => Finding::ok(
            CHECK,
            format_args!("{file}; certificates that count: {good}"),
        ),
    };
    [first].into_iter().chain(wrong).collect()
}

fn counts(entry: &Entry) -> bool {
    matches!(entry, Entry::Certificate(certificate) if is_usable(certificate))
}

/// Whether TLS takes it for a CA's.
fn is_usable(certificate: &Certificate) -> bool {
    let der = certificate.der.as_slice().into();
    RootCertStore::empty().add(der).is_ok()
}

fn flaw(place: &str, entry: &Entry, now: u64) -> Option<Finding> {
    let damaged = |why: &str| {
        let text = format_args!("{place}: the certificate {why}; it is passed over");
        Finding::warn(
            CHECK,
            text,
            "copy the certificate there once more, or remove it",
        )
    };
    match entry {
        Entry::Damaged(why) => Some(damaged(why)),
        Entry::Certificate(certificate) if !is_usable(certificate) => {
            Some(damaged("is damaged: TLS does not understand it"))
        }
        Entry::Certificate(certificate) => is_early(place, certificate, now),
        Entry::PrivateKey => Some(Finding::warn(
            CHECK,
            format_args!("{place}: there is a private key, which no host needs"),
            "remove it from the file; if it is a CA's, replace that CA (docs/operations/keys.md)",
        )),
    }
}

/// That one ends is warned of with what else does.
fn is_early(place: &str, certificate: &Certificate, now: u64) -> Option<Finding> {
    let begins = rfc3339(certificate.not_before);
    let text = format_args!("{place}: the certificate is not valid before {begins}");
    let remedy = "set this host's clock, or wait";
    (certificate.not_before > now).then(|| Finding::warn(CHECK, text, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::Level;
    use wire::ca_file::pem;

    /// Valid from 2026-01-02T03:04:05Z to 2051-12-31T23:59:58Z.
    const DER: &[u8] = include_bytes!("../../../crates/wire/tests/vectors/ca/ca.der");
    const NOW: u64 = 1_800_000_000;

    #[track_caller]
    fn assert_found(file: &str, now: u64, expected: &[(Level, &str)]) {
        let found = judge(Path::new("/ca.pem"), file.as_bytes(), now);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (finding, (level, words)) in found.iter().zip(expected) {
            let text = finding.to_string();
            assert!(finding.level == *level && text.contains(words), "{text}");
        }
    }

    /// A certificate with an outline that is whole, and damage that TLS minds.
    fn unknown() -> Vec<u8> {
        let flipped = (0..DER.len()).map(|at| {
            let mut der = DER.to_vec();
            der[at] ^= 0xff;
            der
        });
        let is_strange = |der: &Vec<u8>| match entries(der).pop() {
            Some((_, Entry::Certificate(certificate))) => !is_usable(&certificate),
            _ => false,
        };
        flipped.into_iter().find(is_strange).unwrap()
    }

    #[test]
    fn certificates_are_counted_and_errors_named_by_line() {
        let good = pem(DER);
        let cut = pem(&DER[..DER.len() - 1]);
        assert_found(&good, NOW, &[(Level::Ok, "certificates that count: 1")]);
        assert_found("", NOW, &[(Level::Fail, "holds no certificate")]);
        assert_found(
            "BEGIN CERTIFICATE",
            NOW,
            &[(Level::Fail, "holds no certificate")],
        );
        let line = 1 + good.lines().count();
        for damaged in [cut, pem(&unknown())] {
            let named = format!("/ca.pem, line {line}: the certificate is damaged");
            assert_found(
                &format!("{good}{damaged}{good}"),
                NOW,
                &[(Level::Ok, "count: 2"), (Level::Warn, &named)],
            );
        }
        let key = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n";
        assert_found(
            &format!("{good}{key}"),
            NOW,
            &[(Level::Ok, "count: 1"), (Level::Warn, "private key")],
        );
    }

    #[test]
    fn a_ca_of_tomorrow_is_warned_of() {
        let warned = (Level::Warn, "is not valid before 2026-01-02T03:04:05Z");
        assert_found(&pem(DER), 1_767_225_600, &[(Level::Ok, "count: 1"), warned]);
    }
}
