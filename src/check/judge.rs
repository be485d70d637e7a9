//! Decides whether what came from the network is what it should be.

use super::verdict::{Answered, Enrolment, ListedKeys, Verdict};
use crate::keys::{self, Anchor};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::error::Category;
use trust::Keyring;
use wire::HostId;
use wire::enrol::EnrolAnswer;
use wire::envelope::{Envelope, OpenError, Signed};
use wire::key_list::{KeyList, SignedKeyList};

/// What an envelope has to say of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectation {
    /// This host.
    pub(crate) host: HostId,
    /// The number of the ping that it answers.
    pub(crate) n: u64,
    /// Unix seconds.
    pub(crate) now: u64,
}

/// A newer list of keys counts for the envelope beside it already.
pub(super) fn ping(
    body: &[u8],
    keys: &Keyring,
    anchor: Option<&Anchor>,
    expected: &Expectation,
) -> Verdict {
    let signed = match Signed::parse(body) {
        Ok(signed) => signed,
        Err(error) => {
            return Verdict::Refused(format!("it is not a signed envelope: {}", place(&error)));
        }
    };
    let news = signed.keys.as_ref();
    let news = news.map(|list| newer_keys(list, anchor, expected.now));
    let (keys, list) = match news {
        Some(Ok((list, keys))) => (keys, Some(Ok(list))),
        Some(Err(why)) => (keys.clone(), Some(Err(why))),
        None => (keys.clone(), None),
    };
    Verdict::Ping(Box::new(Answered {
        keys: list,
        envelope: envelope(&signed, &keys, expected),
    }))
}

/// Opens a list with the root key that enrolment pinned; returns it and the job
/// keys on it.
fn newer_keys(
    signed: &SignedKeyList,
    anchor: Option<&Anchor>,
    now: u64,
) -> Result<(ListedKeys, Keyring), String> {
    let anchor = anchor.ok_or("no root key vouches for this host's keys")?;
    let list = keys::open_list(anchor.root.as_bytes(), signed, now)?;
    if list.number <= anchor.number {
        return Err(format!(
            "it has number {}, and this host goes by number {} already",
            list.number, anchor.number
        ));
    }
    let job_keys = keys::keyring(&list.job)?;
    keys::keyring(&list.registry)?;
    Ok(((signed.clone(), list), job_keys))
}

/// The signature is checked first, on the bytes as they came; only then is
/// anything read, and only then are audience, freshness and expiry compared.
fn envelope(signed: &Signed, keys: &Keyring, expected: &Expectation) -> Result<Envelope, String> {
    let verify =
        |message: &[u8], signature: &[u8]| keys.verify(message, signature, expected.now).map(drop);
    let envelope = signed.open(verify).map_err(|error| match error {
        OpenError::Envelope(error) => {
            format!("it is signed, but cannot be read: {}", place(&error))
        }
        other => other.to_string(),
    })?;
    for (wrong, why) in [
        (
            envelope.host != Some(expected.host),
            "it is signed, but not for this host",
        ),
        (
            envelope.n != Some(expected.n),
            "it is signed, but does not answer this ping",
        ),
        (
            envelope
                .expires
                .is_none_or(|expires| expires < expected.now),
            "it is signed, but has expired",
        ),
    ] {
        if wrong {
            return Err(why.to_owned());
        }
    }
    Ok(envelope)
}

pub(super) fn registration(body: &[u8]) -> Verdict {
    read(body).map_or_else(Verdict::Refused, Verdict::Registered)
}

pub(super) fn rejection(body: &[u8]) -> Verdict {
    read(body).map_or_else(Verdict::Refused, Verdict::Rejected)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body)
        .map_err(|error| format!("the answer cannot be read: {}", place(&error)))
}

/// What is wrong with JSON, and where. The whole message would quote the value,
/// which may be one of a job's secrets, into the log.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Syntax => "it is not JSON",
        Category::Data => "a value is missing or of the wrong type",
        Category::Eof | Category::Io => "it ends too early",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

pub(super) fn enrolment(body: &[u8], root: Option<&str>, now: u64) -> Verdict {
    match read(body).and_then(|answer| enrolled(answer, root, now)) {
        Ok(enrolment) => Verdict::Enrolment(Box::new(enrolment)),
        // A proxy or another service may answer in its own words.
        Err(why) => Verdict::Refused(message_of(body).unwrap_or(why)),
    }
}

fn message_of(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Message {
        error: String,
    }
    serde_json::from_slice::<Message>(body)
        .ok()
        .map(|message| message.error)
}

fn enrolled(
    answer: EnrolAnswer,
    expected_root: Option<&str>,
    now: u64,
) -> Result<Enrolment, String> {
    let (interval, root, list) = match answer {
        EnrolAnswer::Enrolled {
            interval,
            root,
            keys,
        } => (interval, root, keys),
        EnrolAnswer::Pending { .. } => return Ok(Enrolment::Pending),
        EnrolAnswer::Clone => return Ok(Enrolment::Clone),
        EnrolAnswer::Refused { error } => return Ok(Enrolment::Refused(error)),
    };
    let keys = match (expected_root, root, list) {
        // Without a code that names it, a root key is not trusted: the key
        // that the operator put on this host stands alone.
        (None, _, _) => None,
        (Some(expected), Some(root), Some(signed)) => {
            Some(accept_keys(expected, root, signed, now)?)
        }
        (Some(_), _, _) => {
            return Err(
                "the enrolment code names a root key, but the service did not present it"
                    .to_owned(),
            );
        }
    };
    Ok(Enrolment::Enrolled { interval, keys })
}

fn accept_keys(
    expected: &str,
    root: String,
    signed: SignedKeyList,
    now: u64,
) -> Result<(String, SignedKeyList, KeyList), String> {
    let keyring = Keyring::from_bytes(root.as_bytes()).map_err(|error| error.to_string())?;
    let found: Vec<String> = keyring
        .certificates()
        .iter()
        .map(|key| key.fingerprint().to_string())
        .collect();
    if found != [expected] {
        return Err(format!(
            "the service presented the root key {}, the code names {expected}",
            found.join(", ")
        ));
    }
    let list = keys::open_list(root.as_bytes(), &signed, now)?;
    keys::keyring(&list.job)?;
    Ok((root, signed, list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust::{Algorithm, SecretKey};
    use wire::canonical;
    use wire::command::Command;
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

    #[test]
    fn an_envelope_for_this_host_and_ping_is_accepted() {
        let key = key("job");
        assert_eq!(judge(&sign(&offer(), &key), &keyring(&key)), Ok(offer()));
    }

    #[test]
    fn an_envelope_for_anyone_or_anytime_else_is_refused() {
        let key = key("job");
        let other = HostId::derive("n", "", b"");
        for (wrong, why) in [
            (
                Envelope {
                    host: Some(other),
                    ..offer()
                },
                "not for this host",
            ),
            (
                Envelope {
                    host: None,
                    ..offer()
                },
                "not for this host",
            ),
            (
                Envelope {
                    n: Some(2),
                    ..offer()
                },
                "does not answer this ping",
            ),
            (Envelope { n: None, ..offer() }, "does not answer this ping"),
            (
                Envelope {
                    expires: Some(NOW - 1),
                    ..offer()
                },
                "has expired",
            ),
            (
                Envelope {
                    expires: None,
                    ..offer()
                },
                "has expired",
            ),
        ] {
            let refusal = judge(&sign(&wrong, &key), &keyring(&key)).unwrap_err();
            assert!(refusal.contains(why), "{refusal}");
        }
    }

    #[test]
    fn abuse_any_byte_of_an_answer_is_changed() {
        let key = key("job");
        let body = sign(&offer(), &key);
        let start = body
            .windows(10)
            .position(|window| window == b"\"envelope\"")
            .unwrap();
        for at in start..body.len() {
            let mut changed = body.clone();
            changed[at] ^= 1;
            assert!(judge(&changed, &keyring(&key)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn abuse_a_secret_is_fished_for_in_refusals() {
        let key = key("job");
        let secret = r#"{"hunter2":"hunter2"}"#;
        let signed = |envelope: &str| {
            let digest = sha256(&canonical::indent(envelope.as_bytes()));
            let signature = base64(key.sign(&digest, NOW).unwrap().as_bytes());
            format!(r#"{{"envelope":{envelope},"signature":"{signature}"}}"#)
        };
        for body in [
            signed(r#"{"value":"hunter2","interval":1}"#),
            signed(&format!(r#"{{"value":{secret},"interval":"hunter2"}}"#)),
            r#"{"envelope":{},"signature":{"hunter2":1}}"#.to_owned(),
            "hunter2".to_owned(),
        ] {
            let refusal = judge(body.as_bytes(), &keyring(&key)).unwrap_err();
            assert!(refusal.contains("(line 1, column "), "{refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
        let Verdict::Refused(refusal) = registration(br#"{"operation":"hunter2"}"#) else {
            panic!("there is no such operation");
        };
        assert!(!refusal.contains("hunter2"), "{refusal}");
    }

    #[test]
    fn abuse_a_stranger_signs_an_answer() {
        assert!(judge(&sign(&offer(), &key("stranger")), &keyring(&key("job"))).is_err());
    }

    fn list_of(number: u64, job: &SecretKey, signer: &SecretKey) -> SignedKeyList {
        let list = KeyList {
            number,
            issued: NOW,
            job: vec![job.certificate().to_armor()],
            registry: vec![],
        };
        let list = serde_json::to_vec(&list).unwrap();
        let signature = signer.sign(&SignedKeyList::message(&list), NOW).unwrap();
        SignedKeyList { list, signature }
    }

    /// An answer whose envelope `job` signed, with a list of keys.
    fn with_keys(list: SignedKeyList, job: &SecretKey) -> Vec<u8> {
        let mut signed = Signed::new(&offer(), |message| job.sign(message, NOW)).unwrap();
        signed.keys = Some(list);
        serde_json::to_vec(&signed).unwrap()
    }

    fn anchor(root: &SecretKey, number: u64) -> Anchor {
        Anchor {
            root: root.certificate().to_armor(),
            number,
        }
    }

    #[test]
    fn a_newer_list_of_the_pinned_root_key_counts_at_once() {
        let (root, old, new) = (key("root"), key("old"), key("new"));
        let anchor = anchor(&root, 1);
        let answer = |job| with_keys(list_of(2, &new, &root), job);
        let judged = |job| answered(&answer(job), &keyring(&old), Some(&anchor)).unwrap();
        let by_new = judged(&new);
        assert_eq!(by_new.keys.unwrap().unwrap().1.number, 2);
        assert_eq!(by_new.envelope, Ok(offer()));
        let by_old = judged(&old);
        assert!(by_old.keys.unwrap().is_ok());
        assert!(by_old.envelope.is_err(), "it is no longer listed");
    }

    #[test]
    fn abuse_a_stolen_job_key_signs_its_successor() {
        let (root, stolen, successor) = (key("root"), key("stolen"), key("successor"));
        let anchor = anchor(&root, 1);
        let body = with_keys(list_of(2, &successor, &stolen), &successor);
        let judged = answered(&body, &keyring(&stolen), Some(&anchor)).unwrap();
        assert!(judged.keys.unwrap().is_err() && judged.envelope.is_err());
    }

    #[test]
    fn a_list_that_is_not_newer_is_refused_and_the_envelope_beside_it_is_not() {
        let (root, present, other) = (key("root"), key("present"), key("other"));
        for number in [0, 4, 5] {
            let body = with_keys(list_of(number, &other, &root), &present);
            let judged = answered(&body, &keyring(&present), Some(&anchor(&root, 5))).unwrap();
            assert!(judged.keys.unwrap().unwrap_err().contains("number 5"));
            assert_eq!(judged.envelope, Ok(offer()));
        }
    }

    #[test]
    fn where_one_key_was_deployed_no_list_replaces_it() {
        let (root, deployed, other) = (key("root"), key("deployed"), key("other"));
        let body = with_keys(list_of(2, &other, &root), &deployed);
        let judged = answered(&body, &keyring(&deployed), None).unwrap();
        assert!(judged.keys.unwrap().is_err());
        assert_eq!(judged.envelope, Ok(offer()));
    }

    fn enrolled_with(root: &SecretKey, signer: &SecretKey) -> Vec<u8> {
        let signed = list_of(1, &key("job"), signer);
        serde_json::to_vec(&EnrolAnswer::Enrolled {
            interval: 1,
            root: Some(root.certificate().to_armor()),
            keys: Some(signed),
        })
        .unwrap()
    }

    #[test]
    fn abuse_another_root_key_at_enrolment() {
        let root = key("root");
        let pin = root.certificate().fingerprint().to_string();
        let is_enrolled = |body: &[u8], pin: Option<&str>| matches!(enrolment(body, pin, NOW), Verdict::Enrolment(found) if matches!(*found, Enrolment::Enrolled { keys: Some(_), .. }));
        assert!(is_enrolled(&enrolled_with(&root, &root), Some(&pin)));
        assert!(!is_enrolled(&enrolled_with(&root, &root), None));
        assert!(!is_enrolled(&enrolled_with(&root, &key("x")), Some(&pin)));
        assert!(!is_enrolled(&enrolled_with(&key("x"), &root), Some(&pin)));
        let bare = serde_json::to_vec(&EnrolAnswer::Enrolled {
            interval: 1,
            root: None,
            keys: None,
        })
        .unwrap();
        assert!(matches!(
            enrolment(&bare, Some(&pin), NOW),
            Verdict::Refused(_)
        ));
    }
}
