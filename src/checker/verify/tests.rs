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

#[test]
fn abuse_a_signed_answer_of_more_than_a_host_reads() {
    let (root, key) = (key("root"), key("job"));
    let keys = keyring(&key);
    let many: Vec<i64> = (0..257).collect();
    let lists: [fn(&mut Envelope) -> &mut Vec<i64>; 3] = [
        |envelope| &mut envelope.cancel,
        |envelope| &mut envelope.query,
        |envelope| &mut envelope.follow,
    ];
    for list in lists {
        let mut envelope = offer();
        *list(&mut envelope) = many[1..].to_vec();
        let answer = answered(&sign(&envelope, &key), &keys, None).unwrap();
        assert_eq!(
            (answer.envelope, answer.unreadable),
            (Ok(envelope.clone()), None)
        );
        list(&mut envelope).push(0);
        let answer = answered(&sign(&envelope, &key), &keys, None).unwrap();
        assert!(answer.unreadable.is_some(), "{answer:?}");
    }

    let long = Signed::new(&offer(), |_| Ok::<_, String>("x".repeat(64 << 10)));
    let why = judge(&serde_json::to_vec(&long.unwrap()).unwrap(), &keys).unwrap_err();
    assert!(why.contains("the signature is too long"), "{why}");
    let mut list = list_of(2, &key, &root);
    list.signature = "x".repeat(192 << 10);
    let why = judge(&with_keys(list, &key), &keys).unwrap_err();
    assert!(why.contains("the signed key list is too long"), "{why}");
    let armored = key.certificate().to_armor();
    let list = KeyList {
        number: 2,
        issued: NOW,
        job: vec!["x".into(); 101],
        registry: vec![armored],
    };
    let bytes = serde_json::to_vec(&list).unwrap();
    let signature = root.sign(&SignedKeyList::message(&bytes), NOW).unwrap();
    let list = SignedKeyList {
        list: bytes,
        signature,
    };
    let answer = answered(&with_keys(list, &key), &keys, Some(&anchor(&root, 1))).unwrap();
    let why = answer.keys.unwrap().unwrap_err();
    assert!(why.contains("a list of up to 100 entries"), "{why}");
}

#[test]
fn abuse_a_job_of_texts_that_no_host_takes_is_refused_by_its_id_alone() {
    let key = key("job");
    let var = |name: &str, value: &str| VarInput {
        name: name.into(),
        value: Some(value.into()),
        ..VarInput::default()
    };
    let with = |input: Input| Command {
        input: Some(input),
        ..Command::default()
    };
    let long = "x".repeat(200 << 10);
    for (command, words) in [
        (
            Command {
                package: long.clone(),
                ..Command::default()
            },
            "package",
        ),
        (
            Command {
                function: long.clone(),
                ..Command::default()
            },
            "function",
        ),
        (
            with(Input {
                var: vec![var("A", &long)],
                ..Input::default()
            }),
            "value of a variable",
        ),
        (
            with(Input {
                var: vec![var(&long, "")],
                ..Input::default()
            }),
            "name of a variable",
        ),
        (
            with(Input {
                var: vec![var("A", "b"); 257],
                ..Input::default()
            }),
            "wrong type",
        ),
    ] {
        let mut envelope = offer();
        envelope.value = Command {
            job_id: 7,
            ..command
        };
        let answer = answered(&sign(&envelope, &key), &keyring(&key), None).unwrap();
        assert_eq!(answer.envelope.unwrap().value, offer().value, "{words}");
        let why = answer.unreadable.unwrap();
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn abuse_reasons_without_end() {
    let long = "x".repeat(100_000);
    let refused = serde_json::json!({ "state": "refused", "error": long }).to_string();
    let Verdict::Refused(why) = enrolment(refused.as_bytes(), None, NOW) else {
        panic!("it is too long");
    };
    assert!(
        why.starts_with("xxx") && why.len() <= MOST_REASON,
        "{}",
        why.len()
    );
    let rejected = serde_json::json!({ "reason": "clock", "error": long }).to_string();
    let Verdict::Refused(why) = rejection(rejected.as_bytes()) else {
        panic!("it is too long");
    };
    assert!(why.contains("error is too long"), "{why}");
    let root = serde_json::json!({ "state": "enrolled", "interval": 1, "root": long.repeat(6) });
    let Verdict::Refused(why) = enrolment(root.to_string().as_bytes(), None, NOW) else {
        panic!("it is too long");
    };
    assert!(why.contains("the root key is too long"), "{why}");
}
