//! Answers made and signed by the libraries of the existing programs.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use trust::{Keyring, Refusal};
use wire::envelope::{Envelope, OpenError, Signed};

/// Some days after the answers were signed.
const NOW: u64 = 1_796_000_000;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/vectors")
}

fn keys(file: &str) -> Keyring {
    Keyring::from_bytes(&fs::read(vectors().join(file)).unwrap()).unwrap()
}

fn open(answer: &Path, keys: &Keyring) -> Result<Envelope, OpenError<Refusal>> {
    let signed = Signed::parse(&fs::read(answer).unwrap()).unwrap();
    signed.open(|message, signature| keys.verify(message, signature, NOW).map(drop))
}

#[test]
fn every_answer_is_good_or_bad_as_stated() {
    let control = keys("control_pub.pgp");
    let (mut good, mut bad) = (0, 0);
    for entry in fs::read_dir(vectors().join("ping")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let opened = open(&path, &control);
        if path.with_extension("signed.txt").exists() {
            assert!(opened.is_ok(), "{}: {opened:?}", path.display());
            good += 1;
        } else {
            assert!(
                matches!(opened, Err(OpenError::Signature(_))),
                "{}: {opened:?}",
                path.display()
            );
            bad += 1;
        }
    }
    assert_eq!((good, bad), (9, 3));
}

#[test]
fn a_strangers_answer_is_good_under_the_strangers_key_alone() {
    let answer = vectors().join("ping/signed_by_stranger.json");
    assert!(open(&answer, &keys("stranger_pub.pgp")).is_ok());
    assert!(open(&answer, &keys("control_pub.pgp")).is_err());
}
