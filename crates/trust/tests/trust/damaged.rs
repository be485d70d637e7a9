//! Bytes that were cut, flipped or made up are refused, and nothing panics.

use pgp::{
    packet::{Packet, PacketParser, SignatureConfig},
    types::SignatureBytes,
};
use trust::{Algorithm, Keyring, SecretKey};

use crate::gnupg::read;

const NOW: u64 = 1_780_272_000;

struct Sample {
    keyring: Keyring,
    /// The certificate, secret key and signature in binary.
    certificate: Vec<u8>,
    secret: Vec<u8>,
    signature: Vec<u8>,
    armored: String,
}

fn sample() -> Sample {
    let key = SecretKey::generate("Control", Algorithm::Ed25519, NOW).unwrap();
    let armored = key.sign(b"hello", NOW).unwrap();
    Sample {
        keyring: Keyring::from(key.certificate()),
        certificate: binary(&key.certificate().to_armor()),
        secret: binary(&key.to_armor().unwrap()),
        signature: binary(&armored),
        armored,
    }
}

fn binary(armor: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let lines = armor.lines().filter(|line| !line.starts_with(['-', '=']));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

/// Every way to change one byte by one bit, or to all of its bits.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    let masks = [1, 2, 4, 8, 16, 32, 64, 128, 255];
    (0..bytes.len()).flat_map(move |i| {
        masks.map(|mask| {
            let mut flipped = bytes.to_vec();
            flipped[i] ^= mask;
            (i, flipped)
        })
    })
}

/// What a signature states under its hash, and the numbers that prove it.
fn covered(bytes: &[u8]) -> Option<(SignatureConfig, SignatureBytes)> {
    let Packet::Signature(signature) = PacketParser::new(bytes).next()?.ok()? else {
        return None;
    };
    let mut config = signature.config()?.clone();
    config.unhashed_subpackets.clear();
    Some((config, signature.signature()?.clone()))
}

/// A number's length and what stands beside the hash can be written in more
/// than one way: what is accepted says the same and proves it by the same.
fn assert_only_the_same_is_accepted(keyring: &Keyring, message: &[u8], signature: &[u8]) {
    for (i, flipped) in flips(signature) {
        if keyring.verify(message, &flipped, NOW).is_ok() {
            assert_eq!(
                covered(&flipped),
                covered(signature),
                "byte {i} of {signature:02X?}"
            );
        }
    }
}

#[test]
fn no_flipped_bit_changes_what_a_signature_says() {
    let sample = sample();
    assert_only_the_same_is_accepted(&sample.keyring, b"hello", &sample.signature);
    let gnupg = Keyring::from_bytes(&read("good.asc")).unwrap();
    assert_only_the_same_is_accepted(&gnupg, &read("message.bin"), &read("good-binary.sig"));
}

#[test]
fn no_flipped_bit_of_an_armored_signature_panics() {
    let sample = sample();
    for (_, flipped) in flips(sample.armored.as_bytes()) {
        let _ = sample.keyring.verify(b"hello", &flipped, NOW);
    }
}

#[test]
fn no_part_of_a_signature_is_accepted_for_the_whole() {
    let sample = sample();
    for end in 0..sample.signature.len() {
        assert!(
            sample
                .keyring
                .verify(b"hello", &sample.signature[..end], NOW)
                .is_err(),
            "{end}"
        );
    }
    for end in 0..sample.armored.trim_end().len() {
        assert!(
            sample
                .keyring
                .verify(b"hello", &sample.armored.as_bytes()[..end], NOW)
                .is_err(),
            "{end}"
        );
    }
}

#[test]
fn nothing_may_follow_a_signature() {
    let sample = sample();
    for byte in 0..=255 {
        let longer = [&sample.signature[..], &[byte]].concat();
        assert!(
            sample.keyring.verify(b"hello", &longer, NOW).is_err(),
            "{byte:02X}"
        );
    }
}

#[test]
fn no_flipped_bit_makes_another_certificate_of_the_same_signer() {
    let sample = sample();
    let original = &sample.keyring.certificates()[0];
    for (i, flipped) in flips(&sample.certificate) {
        let Ok(keyring) = Keyring::from_bytes(&flipped) else {
            continue;
        };
        if let Ok(signer) = keyring.verify(b"hello", &sample.signature, NOW) {
            let user_id = keyring.certificates()[0].user_id();
            assert_eq!(
                (signer, user_id),
                (original.fingerprint(), original.user_id()),
                "byte {i}"
            );
        }
    }
}

#[test]
fn no_part_of_a_certificate_is_accepted_for_the_whole() {
    let sample = sample();
    for end in 0..sample.certificate.len() {
        let believed = Keyring::from_bytes(&sample.certificate[..end])
            .is_ok_and(|keyring| keyring.verify(b"hello", &sample.signature, NOW).is_ok());
        assert!(!believed, "{end}");
    }
}

#[test]
fn a_damaged_secret_key_does_not_panic() {
    let sample = sample();
    for (_, flipped) in flips(&sample.secret) {
        if let Ok(key) = SecretKey::from_bytes(&flipped) {
            let _ = key.sign(b"hello", NOW);
        }
    }
    for end in 0..sample.secret.len() {
        let _ = SecretKey::from_bytes(&sample.secret[..end]);
    }
}

#[test]
fn damaged_keys_of_gnupg_do_not_panic() {
    let (message, signature) = (read("message.bin"), read("offline.sig"));
    let certificate = binary(&String::from_utf8(read("offline.asc")).unwrap());
    for (_, flipped) in flips(&certificate) {
        if let Ok(keyring) = Keyring::from_bytes(&flipped) {
            let _ = keyring.verify(&message, &signature, NOW);
        }
    }
}
