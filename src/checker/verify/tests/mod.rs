//! What the checker accepts, and what it refuses.

mod bounds;
mod envelopes;
mod key_lists;

use super::*;
use trust::{Algorithm, SecretKey};
use wire::canonical;
use wire::command::{Command, Input, VarInput};
use wire::encoding::base64;
use wire::labelled::sha256;

const NOW: u64 = 1_800_000_000;

fn key(name: &str) -> SecretKey {
    SecretKey::generate(name, Algorithm::Ed25519, NOW - 1000).unwrap()
}

fn keyring(key: &SecretKey) -> Keyring {
    Keyring::from_bytes(key.certificate().to_armor().as_bytes()).unwrap()
}

fn host() -> HostId {
    HostId::derive("m", "", b"")
}

fn offer() -> Envelope {
    Envelope {
        value: Command {
            job_id: 7,
            ..Command::default()
        },
        interval: 1,
        host: Some(host()),
        n: Some(3),
        issued: Some(NOW),
        expires: Some(NOW + 300),
        cancel: vec![],
        query: vec![],
        follow: vec![],
        rotate: false,
    }
}

fn sign(envelope: &Envelope, key: &SecretKey) -> Vec<u8> {
    let signed = Signed::new(envelope, |message| key.sign(message, NOW)).unwrap();
    serde_json::to_vec(&signed).unwrap()
}

const PING: u64 = 3;

fn answered(body: &[u8], keys: &Keyring, anchor: Option<&Anchor>) -> Result<Answered, String> {
    let expected = Expectation {
        host: host(),
        n: PING,
        now: NOW,
    };
    match ping(body, keys, anchor, &expected) {
        Verdict::Ping(answered) => Ok(*answered),
        Verdict::Refused(why) => Err(why),
        other => panic!("{other:?}"),
    }
}

fn judge(body: &[u8], keys: &Keyring) -> Result<Envelope, String> {
    answered(body, keys, None)?.envelope
}
