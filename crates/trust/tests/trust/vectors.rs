//! The answers of the existing control service, and who signed them.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use trust::{Flaw, Keyring, Refusal};

const NOW: u64 = 1_795_400_000;

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/vectors")
}

fn keyring(name: &str) -> Keyring {
    Keyring::from_bytes(&std::fs::read(folder().join(name)).unwrap()).unwrap()
}

/// The armored signature in a recorded answer.
fn signature(name: &str) -> Vec<u8> {
    let answer = std::fs::read(folder().join(format!("ping/{name}.json"))).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    STANDARD
        .decode(answer["signature"].as_str().unwrap())
        .unwrap()
}

fn digest(name: &str) -> Vec<u8> {
    let signed = std::fs::read(folder().join(format!("ping/{name}.signed.txt"))).unwrap();
    Sha256::digest(signed).to_vec()
}

fn valid() -> Vec<String> {
    let files = std::fs::read_dir(folder().join("ping")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(".signed.txt").map(str::to_owned))
        .collect()
}

#[test]
fn every_recorded_answer_of_control_is_believed() {
    let control = keyring("control_pub.pgp");
    let names = valid();
    assert!(names.len() >= 9, "only {} vectors found", names.len());
    for name in names {
        let signer = control.verify(&digest(&name), &signature(&name), NOW);
        assert_eq!(
            signer,
            Ok(control.certificates()[0].fingerprint()),
            "{name}"
        );
    }
}

#[test]
fn a_signature_over_other_data_is_refused() {
    let refusal = keyring("control_pub.pgp")
        .verify(&digest("plain"), &signature("verbose"), NOW)
        .unwrap_err();
    assert_eq!(refusal, Refusal::Signature(Flaw::Mismatch));
    assert_eq!(refusal.to_string(), "the signature does not match the data");
}

#[test]
fn the_strangers_signature_is_refused_by_name() {
    let (control, stranger) = (keyring("control_pub.pgp"), keyring("stranger_pub.pgp"));
    let refusal = control
        .verify(b"", &signature("signed_by_stranger"), NOW)
        .unwrap_err();
    let (trusted, stranger) = (
        control.certificates()[0].fingerprint(),
        stranger.certificates()[0].fingerprint(),
    );
    assert_eq!(
        refusal.to_string(),
        format!(
            "signed by key {}, which is not one of the trusted keys ({trusted})",
            &stranger.to_string()[24..]
        )
    );
}

#[test]
fn the_owner_is_named() {
    let control = keyring("control_pub.pgp");
    assert_eq!(
        control.certificates()[0].user_id().as_deref(),
        Some("pilot-control (vectors) <control@example.com>")
    );
}
