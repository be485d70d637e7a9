//! Bytes made by the libraries of the existing programs.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use wire::canonical;
use wire::encoding::from_base64;
use wire::envelope::Signed;
use wire::seal::{ArchiveHash, Manifest, Seal};
use wire::token::{Malformed, Token};

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(vectors().join(name)).unwrap()
}

/// The signed forms, by the name of their answer.
fn valid() -> Vec<String> {
    let names = fs::read_dir(vectors().join("ping")).unwrap();
    let mut valid: Vec<String> = names
        .filter_map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()?
                .strip_suffix(".signed.txt")
                .map(str::to_owned)
        })
        .collect();
    valid.sort();
    assert_eq!(valid.len(), 9, "{valid:?}");
    valid
}

/// The envelope's own bytes inside an answer.
fn raw_envelope(answer: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        envelope: &'a serde_json::value::RawValue,
    }
    serde_json::from_slice::<Outer<'_>>(answer)
        .unwrap()
        .envelope
        .get()
        .to_owned()
}

#[test]
fn an_envelope_is_laid_out_as_go_does() {
    for name in valid() {
        let envelope = raw_envelope(&read(&format!("ping/{name}.json")));
        assert_eq!(
            canonical::indent(envelope.as_bytes()),
            read(&format!("ping/{name}.signed.txt")),
            "{name}"
        );
    }
}

#[test]
fn what_we_print_is_what_go_prints() {
    for name in valid().into_iter().filter(|name| name != "empty_input") {
        let answer = read(&format!("ping/{name}.json"));
        let envelope = Signed::parse(&answer)
            .unwrap()
            .open(|_, _| Ok::<_, String>(()))
            .unwrap();
        assert_eq!(
            canonical::compact(&envelope).unwrap(),
            raw_envelope(&answer).as_bytes(),
            "{name}"
        );
    }
}

#[test]
fn digest_and_id_of_a_package_are_those_of_the_existing_programs() {
    let reference = "20221108143838999-0123456789";
    let printed = read(&format!("package/{reference}.json"));
    let mut archive = read(&format!("package/{reference}.zip"));
    let seal: Seal = serde_json::from_slice(&printed).unwrap();
    assert!(seal.matches(&ArchiveHash::of(&archive)));
    assert_eq!(
        seal.id().unwrap().as_bytes(),
        read("package/id.txt").trim_ascii()
    );
    assert_eq!(seal.print().unwrap(), printed.trim_ascii_end());
    archive[100] ^= 1;
    assert!(!seal.matches(&ArchiveHash::of(&archive)));
}

#[test]
fn a_manifest_is_printed_as_go_prints_it() {
    let seal: Seal =
        serde_json::from_slice(&read("package/20221108143838999-0123456789.json")).unwrap();
    let manifest: Manifest = seal.manifest().unwrap();
    let archive = read("package/20221108143838999-0123456789.zip");
    assert_eq!(
        Seal::new(&manifest, &ArchiveHash::of(&archive))
            .unwrap()
            .digest,
        seal.digest
    );
}

/// What existing agents send proves nothing: anybody can write it.
#[test]
fn the_authorization_of_existing_agents_is_not_taken_for_a_token() {
    let file = String::from_utf8(read("legacy_token.txt")).unwrap();
    let (plain, value) = file.trim_end().split_once('\n').unwrap();
    let reversed: String = value.chars().rev().collect();
    assert_eq!(from_base64(&reversed).unwrap(), plain.as_bytes());
    assert_eq!(Token::parse(value), Err(Malformed));
}
