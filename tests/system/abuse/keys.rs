//! A job key whose time is over.

use crate::double::{Asked, Reply, now};
use crate::refusals::{assert_refused, copy_of, offer};
use trust::SecretKey;
use wire::envelope::Signed;

/// GnuPG made it on 2026-01-01, for 30 days.
const LAPSED: &[u8] = include_bytes!("../../../crates/trust/tests/fixtures/lapsed-secret.asc");

/// 2026-01-15
const IN_TIME: u64 = 1_768_435_200;

/// An attacker with the key can date signatures at will: what counts is the day on which it is
/// to be believed. It is refused alone; the agent goes on.
#[test]
fn abuse_a_stolen_job_key_signs_after_its_expiry_with_an_earlier_date() {
    let key = SecretKey::from_bytes(LAPSED).unwrap();
    assert!(key.sign(b"today", now()).is_err(), "it signs no more");
    let thief = copy_of(&key);
    assert_refused(
        &key,
        " expired on 2026-01-31",
        move |asked: &Asked| -> Reply {
            let signed = Signed::new(&offer(asked), |message| thief.sign(message, IN_TIME));
            asked.reply(201, serde_json::to_vec(&signed.unwrap()).unwrap())
        },
    );
}
