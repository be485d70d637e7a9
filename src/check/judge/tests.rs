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

/// An answer whose envelope is this text, whatever that is.
fn signed_text(envelope: &str, key: &SecretKey) -> String {
    let digest = sha256(&canonical::indent(envelope.as_bytes()));
    let signature = base64(key.sign(&digest, NOW).unwrap().as_bytes());
    format!(r#"{{"envelope":{envelope},"signature":"{signature}"}}"#)
}

#[test]
fn abuse_a_secret_is_fished_for_in_refusals() {
    let key = key("job");
    let secret = r#"{"hunter2":"hunter2"}"#;
    let signed = |envelope: &str| signed_text(envelope, &key);
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
fn a_job_that_cannot_be_read_is_known_by_its_id() {
    let key = key("job");
    let good = serde_json::to_string(&offer()).unwrap();
    let newer = good.replacen(r#""verbose":false"#, r#""verbose":{"level":2}"#, 1);
    let body = signed_text(&newer, &key);
    let answered = answered(body.as_bytes(), &keyring(&key), None).unwrap();
    assert_eq!(answered.envelope.unwrap().value.job_id, 7);
    let why = answered.unreadable.unwrap();
    assert!(why.contains("of the wrong type"), "{why}");
    // For another host, it is nothing at all.
    let other = newer.replacen(
        &host().to_string(),
        &HostId::derive("o", "", b"").to_string(),
        1,
    );
    let refusal = judge(signed_text(&other, &key).as_bytes(), &keyring(&key));
    assert!(refusal.unwrap_err().contains("not for this host"));
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
