//! Answers of an attacker who can even sign, in forms that control never signs.

use crate::double::{job_key, now, signed};
use crate::refusals::{assert_refused, copy_of, host_with_runner, mark, offer};
use std::fs;
use tempfile::TempDir;
use trust::SecretKey;
use wire::canonical;
use wire::encoding::base64;
use wire::labelled::sha256;

/// An answer whose envelope is this text, valid or not.
fn signed_text(envelope: &str, key: &SecretKey) -> Vec<u8> {
    let digest = sha256(&canonical::indent(envelope.as_bytes()));
    let signature = base64(key.sign(&digest, now()).unwrap().as_bytes());
    format!(r#"{{"signature":"{signature}","envelope":{envelope}}}"#).into_bytes()
}

/// The envelope of a good answer, changed before it is signed.
#[track_caller]
fn assert_text_refused(why: &str, change: impl Fn(String) -> String + Send + 'static) {
    let key = job_key();
    let signer = copy_of(&key);
    assert_refused(&key, why, move |asked| {
        let good = serde_json::to_string(&offer(asked)).unwrap();
        asked.reply(201, signed_text(&change(good), &signer))
    });
}

#[test]
fn abuse_an_answer_with_duplicate_members() {
    assert_text_refused("it is signed, but cannot be read", |good| {
        good.replacen('{', r#"{"interval":1,"#, 1)
    });
}

/// A newer control may say more than this agent understands.
#[test]
fn a_job_that_the_agent_cannot_read_is_refused_and_the_next_one_runs() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let line = format!("echo ran >> {}", mark(&folder).display());
    let (_double, host) = host_with_runner(&folder, &key, &line, move |_, asked| {
        let good = serde_json::to_string(&offer(asked)).unwrap();
        let newer = good.replacen(r#""verbose":"#, r#""limits":{"colour":1},"verbose":"#, 1);
        let next = good.replacen(r#""job_id":77"#, r#""job_id":78"#, 1);
        let acknowledged = |id| {
            asked
                .ping
                .result
                .as_ref()
                .is_some_and(|result| result.job_id == id)
        };
        match asked.ping.received.as_slice() {
            _ if acknowledged(77) => asked.reply(201, signed_text(&next, &signer)),
            [] if !acknowledged(78) => asked.reply(201, signed_text(&newer, &signer)),
            _ => asked.nothing(),
        }
    });
    host.agent()
        .wait_for("job 77 is refused: this agent cannot read the job");
    host.agent().wait_for("job 78 is reported");
    assert_eq!(fs::read_to_string(mark(&folder)).unwrap(), "ran\n");
}

#[test]
fn abuse_an_answer_of_deep_nesting() {
    assert_text_refused("an answer was refused", |_| {
        format!("{}{}", "[".repeat(200_000), "]".repeat(200_000))
    });
}

#[test]
fn abuse_an_answer_with_trailing_bytes() {
    let key = job_key();
    let signer = copy_of(&key);
    assert_refused(&key, "it is not a signed envelope", move |asked| {
        let mut body = signed(&offer(asked), &signer);
        body.extend_from_slice(b"{}");
        asked.reply(201, body)
    });
}

#[test]
fn abuse_an_answer_that_was_signed_tomorrow() {
    let key = job_key();
    let signer = copy_of(&key);
    assert_refused(
        &key,
        "which by this machine's clock is still to come",
        move |asked| {
            let tomorrow = now() + 86_400;
            let envelope = wire::envelope::Signed::new(&offer(asked), |message| {
                signer.sign(message, tomorrow)
            });
            asked.reply(201, serde_json::to_vec(&envelope.unwrap()).unwrap())
        },
    );
}

/// What this version does not know changes nothing, signed or not: least of all
/// another job beside the envelope, where no signature covers it.
#[test]
fn abuse_an_answer_with_unknown_members() {
    let folder = TempDir::new().unwrap();
    let key = job_key();
    let signer = copy_of(&key);
    let line = format!("echo ran >> {}", mark(&folder).display());
    let (double, host) = host_with_runner(&folder, &key, &line, move |count, asked| {
        if count > 1 {
            return asked.nothing();
        }
        let other = serde_json::to_string(&wire::command::Command {
            job_id: 78,
            ..offer(asked).value
        });
        let other = other.unwrap();
        let good = serde_json::to_string(&offer(asked)).unwrap();
        let inside = good.replacen('{', &format!(r#"{{"values":[{other}],"run":true,"#), 1);
        let body = String::from_utf8(signed_text(&inside, &signer)).unwrap();
        let beside = format!(r#"{{"value":{other},"cancel":[77],"envelopes":[{{}}],"#);
        asked.reply(201, body.replacen('{', &beside, 1).into_bytes())
    });
    host.agent().wait_for("job 77 is reported");
    double.next_ping();
    assert!(!host.job(78).exists());
    assert_eq!(fs::read_to_string(mark(&folder)).unwrap(), "ran\n");
}
