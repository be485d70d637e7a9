//! What GnuPG and Sequoia's `sq` make of every algorithm, in every role: see
//! `tests/fixtures/algorithms/README.md`.

use crate::gnupg::read;
use trust::{Flaw, Keyring, Refusal, SecretKey};
use wire::envelope::{Envelope, Signed};
use wire::key_list::{KeyList, SignedKeyList};
use wire::seal::{Endorsement, Statement};

/// 2026-06-01
const NOW: u64 = 1_780_272_000;

/// Made by GnuPG: the primary key signs, or only a subkey of it does.
const GNUPG: [&str; 14] = [
    "ed25519",
    "ed25519-subkey",
    "nistp256",
    "nistp256-subkey",
    "nistp384",
    "nistp384-subkey",
    "nistp521",
    "nistp521-subkey",
    "rsa2048",
    "rsa2048-subkey",
    "rsa3072",
    "rsa3072-subkey",
    "rsa4096",
    "rsa4096-subkey",
];

/// Made by sq, whose primary keys never sign.
const SQ: [&str; 3] = ["sq-cv25519", "sq-rsa3k", "sq-rsa4k"];

fn fixture(name: &str) -> Vec<u8> {
    read(&format!("algorithms/{name}"))
}

fn keyring(name: &str) -> Keyring {
    Keyring::from_bytes(&fixture(&format!("{name}.asc"))).unwrap()
}

fn secret(name: &str) -> SecretKey {
    SecretKey::from_bytes(&fixture(&format!("{name}-secret.asc"))).unwrap()
}

/// A job request as control has signed one.
fn job_request() -> Envelope {
    let answer = include_bytes!("../../../wire/tests/vectors/ping/plain.json");
    let signed = Signed::parse(answer).unwrap();
    signed.open(|_, _| Ok::<_, ()>(())).unwrap()
}

#[track_caller]
fn assert_signed(key: &str, signature: &str) {
    let (keys, signature) = (keyring(key), fixture(signature));
    let certificate = keys.certificates()[0].fingerprint();
    assert_eq!(
        keys.verify(&read("message.bin"), &signature, NOW),
        Ok(certificate),
        "{key}"
    );
    let other = keys.verify(b"another message", &signature, NOW);
    assert_eq!(other, Err(Refusal::Signature(Flaw::Mismatch)), "{key}");
}

#[test]
fn what_either_program_signs_is_believed() {
    for key in GNUPG {
        assert_signed(key, &format!("{key}.sig"));
        assert_signed(key, &format!("{key}-sq.sig"));
    }
    for key in SQ {
        assert_signed(key, &format!("{key}.sig"));
    }
}

#[test]
fn every_key_vouches_for_job_requests() {
    for name in GNUPG.iter().chain(&SQ) {
        let (key, keys) = (secret(name), keyring(name));
        let envelope = job_request();
        let signed = Signed::new(&envelope, |message| key.sign(message, NOW)).unwrap();
        let body = serde_json::to_vec(&signed).unwrap();
        let opened = Signed::parse(&body)
            .unwrap()
            .open(|message, signature| keys.verify(message, signature, NOW).map(drop));
        assert_eq!(opened.unwrap(), envelope, "{name}");
    }
}

#[test]
fn every_key_vouches_for_key_lists() {
    for name in GNUPG.iter().chain(&SQ) {
        let (key, keys) = (secret(name), keyring(name));
        let list = KeyList {
            number: 7,
            issued: NOW,
            job: vec![],
            registry: vec![],
        };
        let bytes = serde_json::to_vec(&list).unwrap();
        let signature = key.sign(&SignedKeyList::message(&bytes), NOW).unwrap();
        let signed = SignedKeyList {
            list: bytes,
            signature,
        };
        let opened =
            signed.open(|message, signature| keys.verify(message, signature, NOW).map(drop));
        assert_eq!(opened, Ok(list), "{name}");
    }
}

#[test]
fn every_key_vouches_for_packages() {
    for name in GNUPG.iter().chain(&SQ) {
        let (key, keys) = (secret(name), keyring(name));
        let package = "registry.example/group/name:latest".parse().unwrap();
        let statement = Statement::new(&package, "sha256:00", 3);
        let signature = key.sign(&statement.message(), NOW).unwrap();
        let value = Endorsement {
            serial: 3,
            signature,
        }
        .to_value();
        let endorsement = Endorsement::from_value(&value).unwrap();
        let signer = keys.verify(&statement.message(), endorsement.signature.as_bytes(), NOW);
        assert_eq!(signer, Ok(key.certificate().fingerprint()), "{name}");
    }
}
